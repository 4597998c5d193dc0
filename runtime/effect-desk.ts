// Between effects and the journal: results enter by the mailbox and are checked against row and epoch, `started` is committed before
// what may not be repeated begins, and a result that no step has taken yet is kept on disk (K15–K18).
import type { Address } from './address.ts';
import type { Batch } from './batch.ts';
import type { DurableCell, EffectEntry } from './durable-cell.ts';
import { isJournalled } from './durable-output.ts';
import { EffectRunner, errorMessage } from './effect-runner.ts';
import type { Message } from './envelope.ts';
import type { Kernel } from './kernel.ts';
import { Mail } from './mail.ts';
import type { Places } from './places.ts';

export interface DeskOptions {
  readonly kernel: Kernel;
  readonly places: Places;
  /** `refused`: that its rows cannot be written, though the journal is well. */
  atBoundary(run: (batch: Batch) => void, refused?: (error: Error) => void): void;
  /** Internal mail, taken without a row of its own. */
  enqueue(mail: Mail, to: Address): void;
}

export class EffectDesk {
  readonly runner: EffectRunner;
  readonly #options: DeskOptions;

  constructor(options: DeskOptions) {
    this.#options = options;
    this.runner = new EffectRunner({
      kernel: options.kernel,
      deliver: (address, kind, key, epoch, message) => this.#deliver(address, kind, key, epoch, message),
      late: (address, key, id, outcome) => options.atBoundary((batch) => void batch.facts.push({ kind: 'effect.outcome', body: { address, key, id, outcome } })),
      markStarted: (cell, key, then) => this.#markStarted(cell, key, then),
      tell: (from, to, message, id) => this.#tell(from, to, message, id),
      cellAt: (address) => options.places.cells.get(address),
      current: (address, key) => this.#current(address, key),
    });
  }

  /** Writes a result down that waits in a mailbox. False as long as its actor is not there: it is asked for again. */
  store(batch: Batch, mail: Mail, address: Address): boolean {
    const cell = this.#options.places.cells.get(address);
    if (cell === undefined) return false;
    const entry = entryOf(cell, mail.source ?? '');
    if (entry === undefined || entry.row.epoch !== mail.generation || entry.row.state === 'settled') return true;
    const outcome = mail.message.type.startsWith('xstate.done.') ? 'done' : 'failed';
    entry.row = { ...entry.row, state: 'settled', outcome, result: JSON.stringify(mail.message) };
    if (isJournalled(entry)) batch.effects.set(entry.row.key, entry.row);
    // Lost, the batch takes what the cell believes with it: the result comes again as its input.
    batch.stepped.add(cell);
    return true;
  }

  #current(address: Address, key: string): EffectEntry | undefined {
    const cell = this.#options.places.cells.get(address);
    return cell === undefined ? undefined : entryOf(cell, key);
  }

  #deliver(address: Address, kind: 'effect' | 'subscription', key: string, epoch: number, message: Message): void {
    const entry = this.#current(address, key);
    if (entry === undefined || entry.row.epoch !== epoch) return;
    const mail = new Mail(kind, address, message);
    mail.source = key;
    mail.generation = epoch;
    this.#options.enqueue(mail, address);
  }

  #markStarted(cell: DurableCell, key: string, then: () => void): void {
    const { places, atBoundary } = this.#options;
    const mark = (batch: Batch): void => {
      const entry = this.#current(cell.address, key);
      if (entry?.row.state !== 'scheduled' || places.cells.get(cell.address) !== cell) return;
      entry.row = { ...entry.row, state: 'started' };
      batch.effects.set(key, entry.row);
      batch.stepped.add(cell);
      // Begun under an epoch that no commit has told of yet: the next activation must not be given the same (K27).
      if (entry.scheduledIn !== undefined) batch.touch(cell);
      batch.after.push(then);
    };
    atBoundary(mark, (error) => {
      const entry = this.#current(cell.address, key);
      if (entry === undefined) return;
      const message = errorMessage(entry.row.childId, error);
      entry.row = { ...entry.row, state: 'settled', outcome: 'failed', result: JSON.stringify(message) };
      this.#deliver(cell.address, 'effect', key, entry.row.epoch, message);
    });
  }

  #tell(from: Address, to: Address, message: Message, id: string): Promise<void> {
    return new Promise((resolve, reject) => {
      const mail = new Mail('message', from, message);
      mail.id = id;
      mail.receipt = true;
      mail.acceptance = { resolve, reject };
      this.#options.kernel.post(mail, to);
    });
  }
}

function entryOf({ effects }: DurableCell, key: string): EffectEntry | undefined {
  for (const entry of effects.values()) if (entry.row.key === key) return entry;
  return undefined;
}
