// Durable cells that have mail to take, in the order in which their turns come. A turn ends after a number of steps, a batch when it
// has enough steps, bytes or time: nobody waits for long behind a busy one (K8).
import type { Batch } from './batch.ts';
import type { DurableCell } from './durable-cell.ts';
import type { DurableEngine } from './durable-engine.ts';
import { takeStep } from './durable-step.ts';
import { Line } from './line.ts';
import type { Mail } from './mail.ts';

export interface BatchLimits {
  readonly steps: number;
  readonly ms: number;
  readonly bytes: number;
  /** Steps of one cell before others have their turn. */
  readonly turn: number;
}

export const BATCH_LIMITS: BatchLimits = { steps: 1_024, ms: 4, bytes: 1_048_576, turn: 64 };

/** Of a turn: the batch takes no more, the cell has nothing that it may take, or others come first. */
type TurnEnd = 'full' | 'dry' | 'over';

export class ReadyCells {
  readonly #engine: DurableEngine;
  readonly #limits: BatchLimits;
  readonly #ready = new Line<DurableCell>();
  /** Were sent something by the running batch, or began in it: taken in it, that leaves no row. */
  readonly #sentTo = new Line<DurableCell>();
  /** Whoever takes a turn now had to be let in first: what it sends waits in line, or two who talk to each other would keep all others out. */
  #letIn = false;

  constructor(engine: DurableEngine, limits: BatchLimits) {
    this.#engine = engine;
    this.#limits = limits;
  }

  get size(): number {
    return this.#ready.size + this.#sentTo.size;
  }

  add(cell: DurableCell): void {
    this.#line(this.#ready, cell);
  }

  /** A step has sent to it. */
  sentTo(cell: DurableCell): void {
    this.#line(this.#letIn ? this.#ready : this.#sentTo, cell);
  }

  begun(cell: DurableCell): void {
    this.#line(this.#sentTo, cell);
  }

  #line(line: Line<DurableCell>, cell: DurableCell): void {
    if (cell.queued || cell.state !== 'running' || cell.mailbox.size === 0 || cell.mailbox.seeking !== undefined) return;
    cell.queued = true;
    line.add(cell);
  }

  #next(): DurableCell | undefined {
    const sentTo = this.#sentTo.take();
    this.#letIn = sentTo !== undefined;
    return sentTo ?? this.#ready.take();
  }

  /** Those that are not there any more. */
  forgetGone(): void {
    const isThere = (cell: DurableCell): boolean => this.#engine.places.cells.get(cell.address) === cell;
    for (const cell of [...this.#sentTo.takeAll(), ...this.#ready.takeAll()]) if (isThere(cell)) this.#ready.add(cell);
  }

  /** Fills the batch. `one`: with a single step. */
  takeTurns(batch: Batch, one: boolean): void {
    const { bounds, backlog, kernel } = this.#engine;
    // From here on: else a batch with many starts would leave no time for steps, and what waits for them would become rows.
    const from = kernel.clock.monotonic();
    for (let cell = this.#next(); cell !== undefined; cell = this.#next()) {
      cell.queued = false;
      const end = this.#takeTurn(batch, cell, one, from);
      if (cell.mailbox.size > 0 && bounds.pauses(cell)) bounds.park(cell);
      else if (end !== 'dry') this.add(cell);
      backlog.tookTurn(cell);
      bounds.release();
      if (end === 'full') break;
    }
    this.#letIn = false;
  }

  #takeTurn(batch: Batch, cell: DurableCell, one: boolean, from: number): TurnEnd {
    const { careful } = this.#engine;
    for (let taken = 0; taken < this.#limits.turn && cell.state === 'running'; taken += 1) {
      const mail = this.#nextMail(cell);
      if (mail === undefined) return 'dry';
      if (this.#mustSeek(cell, mail)) return 'over';
      if (careful.active && !careful.begins(batch, cell, mail)) return 'full';
      batch.turns += 1;
      batch.lastCell = cell;
      batch.lastMail = mail;
      takeStep(this.#engine, batch, cell, mail);
      if (mail.about !== undefined) cell.mailbox.endSeeking();
      if (careful.active) careful.ends();
      if (one || careful.active || this.#isFull(batch, from)) return 'full';
    }
    return 'over';
  }

  #nextMail(cell: DurableCell): Mail | undefined {
    return this.#engine.bounds.pauses(cell) ? cell.mailbox.takeUrgent() : cell.mailbox.take();
  }

  #mustSeek(cell: DurableCell, mail: Mail): boolean {
    const { backlog } = this.#engine;
    if (!backlog.mustSeek(cell, mail)) return false;
    cell.mailbox.putBack([mail]);
    backlog.seek(cell, mail);
    return true;
  }

  #isFull(batch: Batch, from: number): boolean {
    const { steps, bytes, ms } = this.#limits;
    return batch.steps >= steps || batch.bytes >= bytes || this.#engine.kernel.clock.monotonic() - from >= ms;
  }
}
