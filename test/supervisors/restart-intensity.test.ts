import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { RestartWindow } from '../../supervisors/restart-intensity.ts';

function admitted(times: readonly number[], intensity: number, periodMs: number): number[] {
  const window = new RestartWindow({ intensity, periodMs });
  const yes: number[] = [];
  for (const at of times) {
    if (!window.admit(at)) break;
    yes.push(at);
  }
  return yes;
}

describe('restart intensity', () => {
  it('admits as many restarts in a period as it says, and not one more', () => {
    expect(admitted([0, 1, 2, 3], 3, 5_000)).toEqual([0, 1, 2]);
  });

  it('forgets a restart once its period is over; the last millisecond still counts, as in OTP', () => {
    expect(admitted([0, 5_000], 1, 5_000)).toEqual([0]);
    expect(admitted([0, 5_001], 1, 5_000)).toEqual([0, 5_001]);
  });

  it('with intensity 0 admits none', () => {
    expect(admitted([0], 0, 5_000)).toEqual([]);
  });

  it('never admits more than the intensity within any period', () => {
    const gaps = fc.array(fc.nat(50), { maxLength: 60 });
    fc.assert(
      fc.property(gaps, fc.nat(5), fc.integer({ min: 1, max: 100 }), (steps, intensity, periodMs) => {
        let now = 0;
        const yes = admitted(
          steps.map((gap) => (now += gap)),
          intensity,
          periodMs,
        );
        for (const from of yes) expect(yes.filter((at) => at >= from && at - from <= periodMs).length).toBeLessThanOrEqual(intensity);
      }),
    );
  });

  it('keeps no more times than the intensity, however long it runs', () => {
    const window = new RestartWindow({ intensity: 3, periodMs: 250 });
    for (let now = 0; now < 10_000; now += 100) {
      window.admit(now);
      expect(window.size).toBeLessThanOrEqual(3);
    }
  });
});
