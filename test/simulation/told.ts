// What clients told the node, and what they heard of it: the model that the end of a run is held against.
import type { Priority } from '../../runtime/index.ts';
import type { Said } from './cast/index.ts';

export interface Command {
  readonly to: string;
  readonly kind: 'tell' | 'ask';
  readonly message: Said;
  readonly priority?: Priority;
  readonly about?: string;
  readonly expiresAt?: number;
}

export interface Telling {
  readonly tag: string;
  readonly command: Command;
  /** Order of the first sending, among all sendings and acceptances. */
  readonly sent: number;
  /** Order of the first acceptance that the node gave. */
  accepted: number | undefined;
  acceptedAfterBatch: number;
  /** Its acceptance was lost with the batches that a lying disk had called written. */
  forgotten: boolean;
  /** Codes of final refusals. */
  readonly refusals: Set<string>;
  readonly answers: Array<{ readonly value: unknown; readonly batch: number }>;
}

export class Told {
  readonly all = new Map<string, Telling>();
  #order = 0;

  first(command: Command): Telling {
    const { tag } = command.message;
    this.#order += 1;
    const telling: Telling = { tag, command, sent: this.#order, accepted: undefined, acceptedAfterBatch: 0, forgotten: false, refusals: new Set(), answers: [] };
    this.all.set(tag, telling);
    return telling;
  }

  accepted(tag: string, lastBatch: number): void {
    const telling = this.all.get(tag);
    if (telling === undefined) return;
    this.#order += 1;
    if (telling.accepted === undefined) telling.acceptedAfterBatch = lastBatch;
    telling.accepted ??= this.#order;
  }

  answered(tag: string, value: unknown, lastBatch: number): void {
    this.accepted(tag, lastBatch);
    this.all.get(tag)?.answers.push({ value, batch: lastBatch });
  }

  refused(tag: string, code: string): void {
    this.all.get(tag)?.refusals.add(code);
  }

  /** Batches behind this one are gone. */
  forget(lastBatch: number): void {
    for (const telling of this.all.values()) {
      if (telling.accepted !== undefined && telling.acceptedAfterBatch > lastBatch) telling.forgotten = true;
      telling.answers.splice(0, telling.answers.length, ...telling.answers.filter(({ batch }) => batch <= lastBatch));
    }
  }

  /** Whether the node owes its act to somebody. */
  isOwed({ accepted, forgotten }: Telling): boolean {
    return accepted !== undefined && !forgotten;
  }
}
