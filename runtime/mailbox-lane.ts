// The mail of one priority for one actor, in the order of its arrival: a prefix is in memory, the rows behind it wait on disk and are only
// counted, and what comes behind those waits for them. So nothing overtakes a row that was not read yet (K21).
import type { Mail } from './mail.ts';

interface Tail {
  /** Rows on disk that are not in memory. */
  unread: number;
  /** What is in memory up to this seq is taken before them. */
  readTo: number;
  /** How many were read at once. */
  slice: number;
  /** Came behind them, and is in memory: it has no row yet, or will never have one. */
  late: Mail[];
}

export interface TailStart {
  /** The last seq that is in memory. */
  readonly readTo: number;
  /** Rows behind it. */
  readonly rows: number;
  /** How many were read at once. */
  readonly slice: number;
}

export class Lane {
  #items: Mail[] = [];
  #head = 0;
  /** There is one while rows wait on disk. */
  #tail: Tail | undefined;

  get size(): number {
    const inMemory = this.#items.length - this.#head;
    return this.#tail === undefined ? inMemory : inMemory + this.#tail.unread + this.#tail.late.length;
  }

  get unread(): number {
    return this.#tail?.unread ?? 0;
  }

  /** The seq behind which rows are to be read. */
  get readTo(): number {
    return this.#tail?.readTo ?? 0;
  }

  /** How many can be taken before a row is read. */
  get ahead(): number {
    return this.#items.length - this.#head;
  }

  /** Half of what was read is taken, and there is more. */
  get isLow(): boolean {
    return this.#tail !== undefined && this.ahead * 2 <= this.#tail.slice;
  }

  put(mail: Mail): void {
    if (this.#tail !== undefined && mail.seq > this.#tail.readTo) this.#tail.late.push(mail);
    else this.#items.push(mail);
  }

  /** Undefined too while rows must be read first. */
  take(): Mail | undefined {
    const mail = this.#items[this.#head];
    if (mail === undefined) return undefined;
    this.#head += 1;
    if (this.#head === this.#items.length) {
      this.#items.length = 0;
      this.#head = 0;
    } else if (this.#head > 1024 && this.#head * 2 > this.#items.length) {
      this.#items = this.#items.slice(this.#head);
      this.#head = 0;
    }
    return mail;
  }

  takeFirst(wanted: (mail: Mail) => boolean): Mail | undefined {
    return takeFrom(this.#items, this.#head, wanted) ?? takeFrom(this.#tail?.late ?? [], 0, wanted);
  }

  untake(mails: readonly Mail[]): void {
    this.#items = [...mails, ...this.#items.slice(this.#head)];
    this.#head = 0;
  }

  /** Of what is in memory. */
  remove(wanted: (mail: Mail) => boolean): Mail[] {
    const waiting = this.#items.slice(this.#head);
    const late = this.#tail?.late ?? [];
    this.#items = waiting.filter((mail) => !wanted(mail));
    this.#head = 0;
    if (this.#tail !== undefined) this.#tail.late = late.filter((mail) => !wanted(mail));
    return [...waiting.filter(wanted), ...late.filter(wanted)];
  }

  has(seq: number): boolean {
    return this.#items.some((mail, at) => at >= this.#head && mail.seq === seq) || this.#tail?.late.some((mail) => mail.seq === seq) === true;
  }

  /** From now on rows wait on disk behind the seq. */
  beginTail({ readTo, rows, slice }: TailStart): void {
    this.#tail = { unread: rows, readTo, slice, late: [] };
  }

  /** Rows that were on disk only and are no more. */
  forget(rows: number): void {
    if (this.#tail === undefined) return;
    this.#tail.unread -= rows;
    if (this.#tail.unread <= 0) this.#endTail();
  }

  /** The rows behind `readTo` as they were read, less those that came to nothing meanwhile. `more` rows are behind them. */
  refill(rows: readonly Mail[], more: boolean): void {
    const tail = this.#tail;
    if (tail === undefined) return;
    const known = new Set(tail.late.map(({ seq }) => seq));
    const read = rows.filter(({ seq }) => !known.has(seq));
    const readTo = more ? Math.max(tail.readTo, ...rows.map(({ seq }) => seq)) : Number.POSITIVE_INFINITY;
    const inOrder = [...read, ...tail.late.filter(({ seq }) => seq <= readTo)].sort((a, b) => a.seq - b.seq);
    for (const mail of inOrder) this.#items.push(mail);
    tail.late = tail.late.filter(({ seq }) => seq > readTo);
    tail.readTo = readTo;
    tail.slice = rows.length;
    tail.unread = more ? Math.max(1, tail.unread - read.length) : 0;
    if (!more) this.#endTail();
  }

  /** Of more than `most` only the first `keep` stay in memory, as far as the others have rows. */
  shed(most: number, keep: number): void {
    if (this.#tail === undefined && this.ahead > most) this.#cut(keep);
    const tail = this.#tail;
    if (tail === undefined) return;
    const left = tail.late.filter((mail) => !mail.rowed);
    tail.unread += tail.late.length - left.length;
    tail.late = left;
    if (tail.unread === 0) this.#endTail();
  }

  #cut(keep: number): void {
    const rest = this.#items.splice(this.#head + keep);
    const readTo = this.#items.slice(this.#head).reduce((last, { seq }) => Math.max(last, seq), 0);
    for (const mail of rest) if (mail.seq <= readTo) this.#items.push(mail);
    this.#tail = { unread: 0, readTo, slice: keep, late: rest.filter(({ seq }) => seq > readTo) };
  }

  #endTail(): void {
    for (const mail of this.#tail?.late ?? []) this.#items.push(mail);
    this.#tail = undefined;
  }
}

function takeFrom(mails: Mail[], from: number, wanted: (mail: Mail) => boolean): Mail | undefined {
  for (let at = from; at < mails.length; at += 1) {
    const mail = mails[at];
    if (mail !== undefined && wanted(mail)) return mails.splice(at, 1)[0];
  }
  return undefined;
}
