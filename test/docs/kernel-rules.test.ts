// The kernel's rules that this slice holds: each has tests, and their titles name it.
import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { testTitles } from '../support/test-titles.ts';

const RULES: Readonly<Record<string, string>> = {
  K1: 'the cell is the interpreter',
  K2: 'steps do not touch the world',
  K3: 'plain JSON',
  K4: 'targets',
  K5: 'reserved types',
  K6: 'unhandled is visible',
  K7: 'loops end',
  K8: 'batch',
  K9: 'output commit',
  K10: 'unknown outcome',
  K11: 'deterministic failure',
  K12: 'poison',
  K13: 'read after 202',
  K14: 'durable and volatile',
  K15: "an effect's truth is its journal row",
  K16: 'start and stop of effects',
  K17: 'interruption',
  K18: 'key of an effect',
  K19: 'adoption',
  K20: 'timers',
  K21: 'bounds refuse at the edges only',
  K22: 'control',
  K23: 'ask',
  K24: 'supervisors',
  K25: 'dynamic children',
  K26: 'final states',
  K27: 'passivation',
  K28: 'quarantine does not come by itself',
  K29: 'unclean boots, and one boot action a state',
  K33: 'fencing',
  K34: 'projections and audit',
  K35: 'backup and restore',
};

const TESTS = fileURLToPath(new URL('../', import.meta.url));
const files = readdirSync(TESTS, { recursive: true, encoding: 'utf8' }).filter((name) => /\.test\.ts$|-contract\.ts$/.test(name));
/** `(K12)` or `(K6, K20)` at the end of a title. */
const named = new Set(files.flatMap((name) => testTitles(`${TESTS}${name}`)).flatMap((title) => /\(((?:[GK]\d+(?:, )?)+)\)$/.exec(title)?.[1]?.split(', ') ?? []));

describe('the rules of the kernel', () => {
  it.each(Object.entries(RULES))('%s, %s, is named by the title of a test', (rule) => {
    expect([...named]).toContain(rule);
  });

  it('are known wherever a title names one: no test stands for a rule that nobody has written down', () => {
    const others = [...named].filter((name) => name.startsWith('K') && !(name in RULES));
    expect(others.sort()).toEqual([]);
  });
});
