// A batch that cannot be built or written, though the journal is well, goes whole, and its inputs run again one a batch: the one that
// fails alone is at fault (K11). A message loses an attempt, durably, and ends as a dead letter; whatever else is told that it failed.
import type { Address } from './address.ts';
import type { Batch, BoundaryOperation } from './batch.ts';
import type { DurableCell } from './durable-cell.ts';
import type { DurableEngine } from './durable-engine.ts';
import { bury, discard, MAX_ATTEMPTS } from './durable-step.ts';
import { codedError } from './errors.ts';
import type { Mail } from './mail.ts';

/** How many more batches run alone after one was found to be at fault: what failed with it comes next. */
const MORE = 2;

export class BatchIsolation {
  readonly #engine: DurableEngine;
  /** Batches that are still to run alone. */
  #left = 0;
  /** Failed attempts of timers and results, which have no row of their own. */
  readonly #attempts = new Map<string, number>();

  constructor(engine: DurableEngine) {
    this.#engine = engine;
  }

  get active(): boolean {
    return this.#left > 0;
  }

  /** A batch is written, or had nothing to write. */
  passed(): void {
    if (this.#left === 0) return;
    this.#left -= 1;
    if (this.#left === 0) this.#attempts.clear();
  }

  /** What of a lone batch may become rows: what belongs to it, else the first that waits. */
  alone(batch: Batch, waiting: ReadonlyMap<Mail, Address>): Map<Mail, Address> {
    const busy = batch.turns > 0 || batch.operations.length > 0;
    const rows = [...waiting].filter(([mail]) => !busy || mail.fromStep || batch.changed.has(mail));
    return new Map(busy ? rows : rows.slice(0, 1));
  }

  /** After its roll-back. `dropped`: so was the mail that waited to be accepted, and its senders were told. Returns the operations that come again. */
  failed(batch: Batch, rowed: readonly Mail[], error: unknown, dropped: boolean): readonly BoundaryOperation[] {
    const isGone = (mail: Mail): boolean => dropped && mail.acceptance !== undefined && !mail.rowed;
    const sent = rowed.filter((mail) => !mail.fromStep);
    const parts = batch.turns + batch.operations.length + (batch.turns > 0 ? 0 : sent.length);
    if (parts !== 1) {
      this.#left = Math.max(this.#left, parts + MORE);
      return batch.operations;
    }
    this.#left += MORE;
    const [operation] = batch.operations;
    const [mail] = sent;
    if (operation !== undefined) (operation.refused ?? operation.down)(asError(error));
    else if (batch.lastCell !== undefined && batch.lastMail !== undefined && !isGone(batch.lastMail)) this.#blame(batch.lastCell, batch.lastMail, error);
    else if (mail !== undefined) this.#giveBack(mail, error);
    return [];
  }

  #blame({ address }: DurableCell, mail: Mail, error: unknown): void {
    const engine = this.#engine;
    const cell = engine.places.cells.get(address);
    if (cell === undefined) return;
    const [found] = cell.mailbox.remove((other) => isSame(other, mail));
    const queued = found ?? mail;
    queued.attempts = this.#count(queued, mail);
    // A successor that begins before it is buried may be the one that does it.
    queued.failure = error;
    const { telemetry } = engine.kernel;
    const text = asError(error).message;
    if (telemetry.observed) telemetry.emit({ kind: 'actor.failed_step', address, messageId: queued.id ?? null, type: mail.message.type, attempts: queued.attempts, error: text });
    if (queued.attempts >= MAX_ATTEMPTS) this.#bury(address, queued, error);
    else if (queued.kind === 'message') engine.atBoundary((batch) => void batch.changed.set(queued, address));
    // Also what is to be buried, which comes first: with nothing in its mailbox the actor might leave memory before (K27).
    // A timer that is not there falls due again by its row.
    if (queued.kind !== 'timer' || found !== undefined) engine.putBack(cell, [queued]);
  }

  #count(queued: Mail, mail: Mail): number {
    if (queued.kind === 'message') return queued.attempts + 1;
    const key = `${queued.kind} ${mail.source ?? ''} ${mail.generation}`;
    const attempts = (this.#attempts.get(key) ?? 0) + 1;
    this.#attempts.set(key, attempts);
    return attempts;
  }

  /** The dead letter may be what cannot be written: then it is only told. */
  #bury(address: Address, mail: Mail, error: unknown): void {
    const engine = this.#engine;
    const end = (how: typeof bury) => (batch: Batch) => {
      const cell = engine.places.cells.get(address);
      if (cell === undefined) return;
      batch.stepped.add(cell);
      // Read anew when an earlier try was lost.
      cell.mailbox.remove((other) => isSame(other, mail));
      how(engine, batch, cell, mail, error);
    };
    engine.atBoundary(end(bury), () => undefined, { refused: () => engine.atBoundary(end(discard)) });
  }

  /** It was never accepted: whoever sent it hears that it cannot be. */
  #giveBack(mail: Mail, error: unknown): void {
    const { fresh, places, kernel } = this.#engine;
    const to = fresh.get(mail);
    if (to === undefined) return;
    fresh.delete(mail);
    places.dropHeld((held) => held === mail);
    places.cells.get(to)?.mailbox.remove((queued) => queued === mail);
    const problem = `the journal does not take it: ${asError(error).message}`;
    mail.acceptance?.reject(codedError('InvalidMessage', { field: 'message', problem }));
    kernel.deadLetters.announce(kernel.deadLetters.build('invalid', problem, mail, to), mail);
  }
}

/** What has a row is another object once it was read anew. */
function isSame(one: Mail, other: Mail): boolean {
  if (one === other) return true;
  return one.kind === other.kind && (one.kind === 'message' ? one.seq === other.seq : one.source === other.source);
}

function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error));
}
