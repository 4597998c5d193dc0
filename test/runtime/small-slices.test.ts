// The kernel's tests about mail again, with one message of a mailbox in memory: nothing of what they claim rests on how much is there (K21).
import { afterAll, beforeAll, describe } from 'vitest';
import { defaultBacklog } from '../support/kernel-node.ts';

const AGAIN = [
  'asks',
  'control-lane',
  'dynamic-rows',
  'ends-at-once',
  'final-states',
  'inherited-mail',
  'mail-rows',
  'poison',
  'quarantine',
  'unknown-outcome',
  'unwritable-batch',
];

describe('with one message of a mailbox in memory', async () => {
  beforeAll(() => {
    defaultBacklog.value = { sliceMessages: 1, sliceBytes: 200 };
  });
  afterAll(() => {
    defaultBacklog.value = {};
  });
  // Under names of their own: what another file has loaded would not be run again.
  for (const name of AGAIN) await import(/* @vite-ignore */ new URL(`${name}.test.ts?small`, import.meta.url).href);
});
