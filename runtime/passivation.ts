// Idle durable actors leave memory and come back on their next message or timer (K27). Nobody notices: not monitors, not groups, not
// their supervisor. What is kept of them are their rows; so only an actor whose last commit is confirmed leaves.
import type { Batch } from './batch.ts';
import type { DurableCell } from './durable-cell.ts';
import type { DurableEngine } from './durable-engine.ts';
import { isJournalled } from './durable-output.ts';

export interface ResidencyLimits {
  /** Actors that may leave memory and are kept there all the same; those that are at work or may not leave come on top. */
  readonly maxResident: number;
  /** An actor that did nothing for so long leaves. */
  readonly passivateAfterMs: number;
}

export const RESIDENCY: ResidencyLimits = { maxResident: 10_000, passivateAfterMs: 900_000 };

/** Beyond those that are too many, how many are looked at in vain before the rest waits for the next commit. */
const PATIENCE = 64;

export class Passivation {
  readonly #engine: DurableEngine;
  readonly #limits: ResidencyLimits;
  /** When each was last used, monotonic ms; the one that was used longest ago comes first. */
  readonly #residents = new Map<DurableCell, number>();
  #asked = false;
  #cancelSweep: (() => void) | undefined;

  constructor(engine: DurableEngine, limits: ResidencyLimits) {
    this.#engine = engine;
    this.#limits = limits;
  }

  /** How many of those that may leave are in memory. */
  get residents(): number {
    return this.#residents.size;
  }

  used(cell: DurableCell): void {
    if (!mayLeave(cell)) return;
    this.#residents.delete(cell);
    this.#residents.set(cell, this.#engine.kernel.clock.monotonic());
    this.#sweepLater(this.#limits.passivateAfterMs);
  }

  gone(cell: DurableCell): void {
    this.#residents.delete(cell);
  }

  committed({ stepped }: Batch): void {
    for (const cell of stepped) if (this.#residents.has(cell)) this.used(cell);
    if (stepped.size > 0 && this.#residents.size > this.#limits.maxResident) this.#ask();
  }

  /** Before the batch is written: whether a boot has to start those that it touched. */
  mark(batch: Batch): void {
    for (const cell of batch.touched) {
      if (!cell.dynamic || batch.ended.has(cell.address)) continue;
      const awake = !mayLeave(cell) || hasSubscription(cell);
      if (cell.awake !== awake) batch.awake.set(cell.address, awake);
      cell.awake = awake;
    }
  }

  close(): void {
    this.#cancelSweep?.();
  }

  #sweepLater(ms: number): void {
    this.#cancelSweep ??= this.#engine.kernel.clock.after(ms, () => {
      this.#cancelSweep = undefined;
      this.#ask();
    });
  }

  /** Between two batches, once for all that ask meanwhile. */
  #ask(): void {
    if (this.#asked) return;
    this.#asked = true;
    this.#engine.atBoundary(
      (batch) => {
        this.#asked = false;
        const leaving = this.#leaving();
        for (const cell of leaving) if (cell.dynamic && cell.awake !== false) batch.awake.set(cell.address, false);
        batch.after.push(() => this.#passivate(leaving));
      },
      () => undefined,
    );
  }

  /** Those that are idle for too long, and the least used of those that are too many. */
  #leaving(): DurableCell[] {
    const oldBefore = this.#engine.kernel.clock.monotonic() - this.#limits.passivateAfterMs;
    const tooMany = this.#residents.size - this.#limits.maxResident;
    const leaving: DurableCell[] = [];
    const busy: DurableCell[] = [];
    for (const [cell, usedAt] of this.#residents) {
      if (usedAt > oldBefore && (leaving.length >= tooMany || busy.length >= PATIENCE)) break;
      (this.#isIdle(cell) ? leaving : busy).push(cell);
    }
    for (const cell of busy) this.used(cell);
    return leaving;
  }

  #isIdle(cell: DurableCell): boolean {
    const { asks, clock } = this.#engine.kernel;
    if (cell.state !== 'running' || cell.doomed || cell.mailbox.size > 0 || cell.postponed.length > 0 || cell.effects.size > 0) return false;
    if (this.#engine.isUnconfirmed(cell)) return false;
    // Wall time has been set back since: its row alone would let this timer wait longer than its delay (K20).
    for (const { dueAt, delayMs } of cell.timers.values()) if (dueAt - clock.now() > delayMs) return false;
    for (const { ask } of cell.deferred.values()) if (ask !== null && asks.isOpen(ask)) return false;
    return true;
  }

  /** After the commit that says so, each that is idle still and whose supervisor does not object. */
  #passivate(leaving: readonly DurableCell[]): void {
    for (const cell of leaving) {
      cell.awake = false;
      if (this.#engine.places.cells.get(cell.address) !== cell) continue;
      if (this.#isIdle(cell) && this.#engine.kernel.rest(cell)) this.#leave(cell);
      else this.used(cell);
    }
    for (const [, usedAt] of this.#residents) {
      this.#sweepLater(Math.max(0, usedAt + this.#limits.passivateAfterMs - this.#engine.kernel.clock.monotonic()));
      return;
    }
  }

  #leave(cell: DurableCell): void {
    const { places, kernel, alarm } = this.#engine;
    cell.disarm();
    cell.state = 'down';
    this.gone(cell);
    places.passivated(cell.address);
    kernel.registry.remove(cell);
    for (const { dueAt } of cell.timers.values()) alarm.expect(dueAt);
    if (kernel.telemetry.observed) kernel.telemetry.emit({ kind: 'actor.passivated', address: cell.address });
  }
}

function mayLeave({ dynamic, worker }: DurableCell): boolean {
  return worker.passivate ?? dynamic;
}

function hasSubscription(cell: DurableCell): boolean {
  for (const entry of cell.effects.values()) if (!isJournalled(entry)) return true;
  return false;
}
