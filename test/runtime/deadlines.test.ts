import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Deadline, Deadlines } from '../../runtime/deadlines.ts';
import { SimulatedClock } from '../../runtime/index.ts';

/** Deadlines on a clock that is moved by hand; turns of the event loop come when asked for. */
function desk() {
  const clock = new SimulatedClock();
  const turns: Array<() => void> = [];
  const deadlines = new Deadlines(clock, { soon: (run) => void turns.push(run), next: (run) => void turns.push(run) });
  const turn = () => {
    for (const run of turns.splice(0)) run();
  };
  return { clock, deadlines, turn };
}

class Noted extends Deadline {
  readonly #note: () => void;
  constructor(note: () => void) {
    super();
    this.#note = note;
  }
  expire(): void {
    this.#note();
  }
}

describe('deadlines', () => {
  it('expire each at its own instant, in the order in which they fall due, and never when they were dropped', () => {
    const plan = fc.array(fc.record({ atMs: fc.nat(100), lengthMs: fc.constantFrom(0, 1, 7, 30), dropAfterMs: fc.option(fc.nat(40), { nil: undefined }), turn: fc.boolean() }), {
      maxLength: 40,
    });
    fc.assert(
      fc.property(plan, (entries) => {
        const { clock, deadlines, turn } = desk();
        const expired: Array<readonly [number, number]> = [];
        const sorted = [...entries].sort((a, b) => a.atMs - b.atMs);
        sorted.forEach((entry, index) => {
          clock.after(entry.atMs, () => {
            const deadline = new Noted(() => void expired.push([clock.monotonic(), index]));
            deadlines.set(deadline, entry.lengthMs);
            if (entry.dropAfterMs !== undefined) clock.after(entry.dropAfterMs, () => deadlines.drop(deadline));
            if (entry.turn) turn();
          });
        });
        for (let ms = 0; ms < 200; ms += 1) clock.advance(1);
        // Dropped at the very instant at which it is due, it may have been either.
        const sure = sorted.map((entry, index) => ({ ...entry, index })).filter(({ dropAfterMs, lengthMs }) => dropAfterMs !== lengthMs);
        const due = sure
          .filter(({ dropAfterMs, lengthMs }) => dropAfterMs === undefined || dropAfterMs > lengthMs)
          .map(({ atMs, lengthMs, index }) => `${index}@${atMs + lengthMs}`);
        const surely = new Set(sure.map(({ index }) => index));
        expect(
          expired
            .filter(([, index]) => surely.has(index))
            .map(([at, index]) => `${index}@${at}`)
            .sort(),
        ).toEqual(due.sort());
        expect(expired.map(([at]) => at)).toEqual(expired.map(([at]) => at).sort((a, b) => a - b));
        turn();
        turn();
        expect([clock.pending, deadlines.pick((deadline): deadline is Deadline => deadline.line !== undefined)]).toEqual([0, []]);
      }),
    );
  });

  it('of one length share one timer, which moves on to the first that still waits', () => {
    const { clock, deadlines } = desk();
    const expired: string[] = [];
    const [first, second] = ['first', 'second'].map((name) => new Noted(() => void expired.push(name))) as [Noted, Noted];
    deadlines.set(first, 100);
    clock.advance(40);
    deadlines.set(second, 100);
    expect(clock.pending).toBe(1);
    deadlines.drop(first);
    clock.advance(99);
    expect([expired, clock.pending]).toEqual([[], 1]);
    clock.advance(1);
    expect([expired, clock.pending]).toEqual([['second'], 0]);
  });

  it('leave no timer once nobody has waited for a whole turn of the event loop', () => {
    const { clock, deadlines, turn } = desk();
    const deadline = new Noted(() => undefined);
    deadlines.set(deadline, 5_000);
    deadlines.drop(deadline);
    deadlines.drop(deadline);
    turn();
    expect(clock.pending).toBe(1);
    deadlines.set(deadline, 5_000);
    deadlines.drop(deadline);
    turn();
    expect(clock.pending).toBe(1);
    turn();
    expect(clock.pending).toBe(0);
  });
});
