// The kernel's tests again with one step a batch: nothing of what they claim rests on how much a batch holds (K8, K11).
import { afterAll, beforeAll, describe } from 'vitest';
import { defaultLimits } from '../support/kernel-node.ts';

const AGAIN = ['asks', 'control-lane', 'effects', 'final-states', 'output-commit', 'poison', 'timers', 'unhandled', 'unknown-outcome', 'unwritable-batch'];

describe('with one step a batch', async () => {
  beforeAll(() => {
    defaultLimits.value = { steps: 1, turn: 1 };
  });
  afterAll(() => {
    defaultLimits.value = {};
  });
  // Under names of their own: what another file has loaded would not be run again.
  for (const name of AGAIN) await import(/* @vite-ignore */ new URL(`${name}.test.ts?one`, import.meta.url).href);
});
