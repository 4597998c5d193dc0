import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { judgeCutOff, MOST_RERUNS, MOST_WAITS } from '../../../actors/request/cut-off.ts';
import { retryPause } from '../../../actors/task/next-attempt.ts';

describe('the pause before the next attempt', () => {
  it('lies between nothing and the exponential bound, and never above five minutes', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 60 }), fc.integer({ min: 0, max: 60_000 }), fc.double({ min: 0, max: 0.999_999, noNaN: true }), (attempt, baseMs, random) => {
        const pause = retryPause({ max: 9, backoff: 'exponential', baseMs }, attempt, random);
        expect(pause).toBeGreaterThanOrEqual(0);
        expect(pause).toBeLessThanOrEqual(Math.min(baseMs * 2 ** (attempt - 1), 300_000));
      }),
    );
    expect(retryPause({ max: 3, backoff: 'fixed', baseMs: 200 }, 7, 0)).toBe(200);
  });
});

describe('an execution without an answer', () => {
  const judge = (code: string, more: { idempotent?: boolean; reruns?: number; unreached?: number } = {}) =>
    judgeCutOff({ code, message: '' }, { idempotent: false, reruns: 0, unreached: 0, ...more });

  it('is never run again by itself when it may have acted and may not act twice (G4)', () => {
    for (const code of ['SessionLost', 'EffectInterrupted', 'EffectDeadline']) expect(judge(code)).toBe('interrupted');
  });

  it('is run again when it may be, and when nobody took it, each for a while', () => {
    expect(judge('SessionLost', { idempotent: true })).toBe('run_again');
    expect(judge('SessionLost', { idempotent: true, reruns: MOST_RERUNS })).toBe('failed');
    expect(judge('NoSession')).toBe('wait_again');
    expect(judge('NoSession', { unreached: MOST_WAITS })).toBe('failed');
    expect(judge('ActionMismatch')).toBe('failed');
  });
});
