import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Heap } from '../../runtime/heap.ts';
import { SimulatedClock } from '../../runtime/index.ts';

const ACTS = fc.array(
  fc.oneof(
    fc.record({ do: fc.constant('set' as const), ms: fc.nat(40), chained: fc.option(fc.nat(20), { nil: undefined }) }),
    fc.record({ do: fc.constant('cancel' as const), ms: fc.nat(100) }),
    fc.record({ do: fc.constant('advance' as const), ms: fc.nat(30) }),
  ),
  { maxLength: 120, size: 'max' },
);

/** What falls due, by looking at every timer each time. */
class Plain {
  now = 0;
  readonly ran: string[] = [];
  #timers: Array<{ readonly name: string; readonly at: number; readonly chained: number | undefined }> = [];

  get pending(): number {
    return this.#timers.length;
  }

  set(name: string, ms: number, chained?: number): void {
    this.#timers.push({ name, at: this.now + ms, chained });
  }

  cancel(name: string): void {
    this.#timers = this.#timers.filter((timer) => timer.name !== name);
  }

  advance(ms: number): void {
    const end = this.now + ms;
    for (;;) {
      const [next] = [...this.#timers].sort((one, other) => one.at - other.at);
      if (next === undefined || next.at > end) break;
      this.now = next.at;
      this.cancel(next.name);
      this.ran.push(`${next.name}@${this.now}`);
      if (next.chained !== undefined) this.set(`${next.name}'`, next.chained);
    }
    this.now = end;
  }
}

describe('a simulated clock', () => {
  it('runs what a plain list of timers would, in its order, with what that sets on the way, and nothing that was cancelled', () => {
    fc.assert(
      fc.property(ACTS, (script) => {
        const clock = new SimulatedClock();
        const plain = new Plain();
        const ran: string[] = [];
        const cancellations: Array<readonly [string, () => void]> = [];
        script.forEach((act, n) => {
          if (act.do === 'set') {
            const { chained } = act;
            const note = (name: string) => (): void => void ran.push(`${name}@${clock.monotonic()}`);
            const due = (): void => {
              note(`${n}`)();
              if (chained !== undefined) clock.after(chained, note(`${n}'`));
            };
            cancellations.push([`${n}`, clock.after(act.ms, due)]);
            plain.set(`${n}`, act.ms, chained);
          } else if (act.do === 'cancel') {
            const [name, cancel] = cancellations[act.ms % Math.max(1, cancellations.length)] ?? [];
            cancel?.();
            plain.cancel(name ?? '');
          } else {
            clock.advance(act.ms);
            plain.advance(act.ms);
          }
          expect([ran, clock.pending, clock.monotonic()]).toEqual([plain.ran, plain.pending, plain.now]);
        });
      }),
    );
  });

  it('forgets timers that were set and cancelled, however far off they were', () => {
    const clock = new SimulatedClock();
    const cancelled = Array.from({ length: 1_000 }, () => clock.after(1_000_000, () => undefined));
    for (const cancel of cancelled) cancel();
    for (const cancel of cancelled) cancel();
    expect(clock.pending).toBe(0);
  });
});

describe('a heap', () => {
  it('looks at few others for each that it takes: with 50,000 in it fewer than 40 a take', () => {
    let compared = 0;
    const heap = new Heap<number>((a, b) => {
      compared += 1;
      return a < b;
    });
    const count = 50_000;
    for (let n = 0; n < count; n += 1) heap.put((n * 7_919) % count);
    const taken = Array.from({ length: count }, () => heap.take());
    expect(taken).toEqual(Array.from({ length: count }, (_, n) => n));
    expect(compared / count).toBeLessThan(40);
  });
});
