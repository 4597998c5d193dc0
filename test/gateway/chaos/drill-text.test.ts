import { describe, expect, it } from 'vitest';
import type { DrillReport } from '../../../gateway/chaos/drill.ts';
import { drillText, isWhole } from '../../../gateway/chaos/drill-text.ts';

const CLEAN: DrillReport = {
  seed: 7,
  durationMs: 15_000,
  faults: [
    { fault: 'node killed', times: 3, longestMs: 1_112, missing: null },
    { fault: 'disk full', times: 0, longestMs: 0, missing: 'only root may mount a small disk to fill' },
  ],
  counts: { messages: 1_327, plans: 11, tasks: 66, timers: 15, kills: 7, restarts: 4, facts: 4_964 },
  refusals: { NodeUnreachable: 318 },
  lost: [],
  doubled: [],
  late: [],
  disordered: [],
  flaws: [],
};

describe('the report of a drill', () => {
  it('shows each fault with its count, why one was not there, and ends with the line that counts', () => {
    const lines = drillText(CLEAN).split('\n');
    expect(lines[1]).toMatch(/^node killed +3 +1112 ms$/);
    expect(lines[2]).toMatch(/^disk full +- +not here: only root may mount a small disk to fill$/);
    expect(lines.slice(-2)).toEqual(['messages 1327  plans 11  tasks 66  timers 15  kills 7  restarts 4  facts 4964', 'lost 0 doubled 0 late 0']);
    expect(isWhole(CLEAN)).toBe(true);
  });

  it.each(['lost', 'doubled', 'late', 'disordered', 'flaws'] as const)('is not whole with anything in %s, and says what', (kind) => {
    const broken = { ...CLEAN, [kind]: ['the thing that is wrong'] };
    expect(isWhole(broken)).toBe(false);
    expect(drillText(broken)).toMatch(/^VIOLATION {2}.*the thing that is wrong$/m);
  });
});
