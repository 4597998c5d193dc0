// Deep mailboxes of durable actors: rows on disk, of which a slice is in memory and the next is read while that is taken (K21). A read begins
// behind a commit, with no other on its way: so it finds all that was written, and nothing that a batch has taken away.
import { mailAction } from './boot-action.ts';
import type { DurableCell } from './durable-cell.ts';
import type { DurableEngine } from './durable-engine.ts';
import type { ActorImage, SlicedPriority, SliceLimits } from './journal.ts';
import type { Mail } from './mail.ts';
import { mailOf } from './restore.ts';

export interface BacklogLimits {
  /** Messages of one priority that are read at once for an actor. Up to four times as many may be in its memory. */
  readonly sliceMessages: number;
  /** And bytes of them, whichever comes first. */
  readonly sliceBytes: number;
}

export const BACKLOG: BacklogLimits = { sliceMessages: 256, sliceBytes: 1_048_576 };

/** Before a read is made again that the journal did not answer. */
const RETRY_MS = 250;

export class Backlog {
  readonly slice: SliceLimits;
  readonly #engine: DurableEngine;
  /** Whose rows are to be read. */
  readonly #wanted = new Set<DurableCell>();
  /** Whose rows are being read. */
  readonly #reading = new Set<DurableCell>();
  /** Mailboxes that hold mail in memory which has a row and need not be there. */
  readonly #crowded = new Set<DurableCell>();

  constructor(engine: DurableEngine, { sliceMessages, sliceBytes }: BacklogLimits) {
    this.#engine = engine;
    this.slice = { messages: sliceMessages, bytes: sliceBytes };
  }

  /** Behind its turn. */
  tookTurn(cell: DurableCell): void {
    if (cell.mailbox.wants() !== undefined) this.#wanted.add(cell);
  }

  /** Control is about all that waits: what has not been read is looked through first, and nothing is taken before that (K22). */
  mustSeek({ mailbox }: DurableCell, { priority, about }: Mail): boolean {
    return about !== undefined && priority === 'control' && !mailbox.hasSought(about);
  }

  /** The control mail is back in front of the mailbox. */
  seek(cell: DurableCell, { about }: Mail): void {
    cell.mailbox.seeking = about;
    this.#wanted.add(cell);
  }

  /** It has a row now. */
  written(cell: DurableCell): void {
    if (cell.mailbox.isDeep(this.slice)) this.#crowded.add(cell);
  }

  /** Nothing is being written. */
  committed(): void {
    for (const cell of this.#crowded) if (cell.mailbox.shed(this.slice)) this.#crowded.delete(cell);
    for (const cell of this.#wanted) {
      if (this.#reading.has(cell)) continue;
      this.#wanted.delete(cell);
      if (this.#engine.places.cells.get(cell.address) === cell) void this.#read(cell);
    }
  }

  async #read(cell: DurableCell): Promise<void> {
    this.#reading.add(cell);
    const reading = cell.mailbox.beginReading();
    try {
      await (cell.mailbox.seeking === undefined ? this.#refill(cell, reading) : this.#lookFor(cell, cell.mailbox.seeking, reading));
      this.#reading.delete(cell);
      this.#engine.resume(cell);
    } catch {
      this.#reading.delete(cell);
      cell.mailbox.endReading(reading);
      this.#later(cell);
    }
  }

  async #refill({ address, mailbox }: DurableCell, reading: Set<number>): Promise<void> {
    const place = mailbox.wants();
    const { rows, more } = place === undefined ? { rows: [], more: true } : await this.#engine.journal.mail(address, place, this.slice);
    if (!mailbox.endReading(reading) || place === undefined) return;
    const { stepper } = this.#engine.kernel;
    mailbox.refill(
      place.priority,
      rows.map((row) => mailOf(row, stepper)),
      { more, taken: reading },
    );
  }

  async #lookFor({ address, mailbox }: DurableCell, id: string, reading: Set<number>): Promise<void> {
    const rows = await this.#engine.journal.mailUnder(address, id);
    if (!mailbox.endReading(reading)) return;
    mailbox.sought(
      id,
      rows.map((row) => mailOf(row, this.#engine.kernel.stepper)),
    );
  }

  #later(cell: DurableCell): void {
    const { kernel, state } = this.#engine;
    if (state === 'closed' || state === 'fenced') return;
    kernel.clock.after(RETRY_MS, () => {
      this.#wanted.add(cell);
      this.#engine.resume(cell);
    });
  }
}

/** How many rows an image leaves where they are. */
export function unreadOf({ unread }: ActorImage): number {
  return unread === undefined ? 0 : unread.rows.high + unread.rows.normal + unread.rows.low;
}

/** What waits for an actor that begins to run. `waiting`: of memory and of the image, by arrival. */
export function fillMailbox({ mailbox, postponed }: DurableCell, waiting: readonly Mail[], image: ActorImage): void {
  for (const priority of ['high', 'normal', 'low'] as const) {
    const read = image.mail.filter(({ state, envelope }) => state === 'queued' && envelope.priority === priority);
    const readTo = read.at(-1)?.seq ?? 0;
    const left = (image.unread?.rows[priority] ?? 0) - countedTwice(waiting, priority, readTo, image);
    if (left > 0) mailbox.beginTail(priority, { readTo, rows: left, slice: read.length });
  }
  for (const mail of waiting) {
    // What expired or has no attempt left ends as that when its turn comes.
    if (mailAction('restore', { state: mail.postponed ? 'postponed' : 'queued', spent: false, expired: false }) === 'keep_postponed') postponed.push(mail);
    else mailbox.put(mail);
  }
}

/** Mail that is in memory still, though the image knew of its row. */
function countedTwice(waiting: readonly Mail[], priority: SlicedPriority, readTo: number, { unread }: ActorImage): number {
  if (unread === undefined) return 0;
  return waiting.filter((mail) => mail.rowed && !mail.postponed && mail.priority === priority && mail.seq > readTo && mail.rowedIn <= unread.asOf).length;
}
