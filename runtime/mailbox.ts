// Per-actor queue with four lanes. Control overtakes all; below it, one take in AGEING comes from the lowest waiting lane (K8). Of a deep one
// only a prefix of each lane below control is in memory (K21): it gives the very order that it would give if all were.
import type { Priority } from './envelope.ts';
import type { SlicedPriority, SliceLimits } from './journal.ts';
import type { Mail } from './mail.ts';
import { Lane, type TailStart } from './mailbox-lane.ts';

const AGEING = 16;
const LANE: Readonly<Record<Priority, 0 | 1 | 2 | 3>> = { control: 0, high: 1, normal: 2, low: 3 };
const SLICED: readonly SlicedPriority[] = ['high', 'normal', 'low'];
/** As many slices may be in memory of one lane before it is cut back to one. */
const MOST_SLICES = 4;

/** Rows that a control message is about, read for it alone. */
interface Sought {
  readonly id: string;
  readonly mails: readonly Mail[];
}

/** The seqs that were taken out while rows were being read: the answer may have them still. */
export type Reading = Set<number>;

export class Mailbox {
  size = 0;
  /** A single normal mail, which needs no lane: most mail finds nothing that waits. */
  #only: Mail | undefined;
  // Made when first used: most actors only ever see normal mail, one at a time.
  #normal: Lane | undefined;
  #others: [Lane, Lane, Lane] | undefined;
  /** The id that rows are searched for: until they were, nothing is taken. */
  seeking: string | undefined;
  #takes = 0;
  #reading: Reading | undefined;
  #sought: Sought | undefined;

  put(mail: Mail): void {
    if (this.size === 0 && this.#others === undefined && mail.priority === 'normal') this.#only = mail;
    else this.#lane(mail.priority).put(mail);
    this.size += 1;
  }

  /** Puts mail back at the front of its lanes, keeping the given order. */
  putBack(mails: readonly Mail[]): void {
    for (const priority of ['control', 'high', 'normal', 'low'] as const) {
      const own = mails.filter((mail) => mail.priority === priority);
      if (own.length > 0) this.#lane(priority).untake(own);
    }
    this.size += mails.length;
  }

  /** Undefined when it is empty, or when what comes next must be read first. */
  take(): Mail | undefined {
    const only = this.#only;
    if (only !== undefined) {
      this.#only = undefined;
      this.size = 0;
      return only;
    }
    const others = this.#others;
    if (others === undefined) return this.#taken(this.#normal?.take());
    const [control, high, low] = others;
    if (control.size > 0) return this.#taken(control.take());
    const aged = (this.#takes + 1) % AGEING === 0;
    const normal = this.#lane('normal');
    const lane = aged ? firstOf(low, normal, high) : firstOf(high, normal, low);
    const mail = lane.take();
    if (mail !== undefined || lane.size === 0) this.#takes += 1;
    return this.#taken(mail);
  }

  /** The next one that does not wait when its actor pauses (K21). */
  takeUrgent(): Mail | undefined {
    const [control, high] = this.#others ?? [];
    return this.#taken(control?.take() ?? (high !== undefined && high.size > 0 ? high.take() : this.#lane('normal').takeFirst((mail) => mail.kind !== 'message')));
  }

  /** Takes out all queued mail that matches, in lane order: of memory, and of what was sought. */
  remove(wanted: (mail: Mail) => boolean): Mail[] {
    if (this.size === 0 && this.#sought === undefined) return [];
    const normal = this.#lane('normal');
    const lanes = this.#others === undefined ? [normal] : [this.#others[0], this.#others[1], normal, this.#others[2]];
    const removed = [...lanes.flatMap((lane) => lane.remove(wanted)), ...this.#removeSought(wanted)];
    for (const mail of removed) if (mail.rowed) this.#reading?.add(mail.seq);
    this.size -= removed.length;
    return removed;
  }

  /** All that is in memory; nothing is known of rows any more. */
  clear(): Mail[] {
    this.#sought = undefined;
    this.seeking = undefined;
    const all = this.remove(() => true);
    this.#reading = undefined;
    this.#normal = undefined;
    this.#others = undefined;
    this.size = 0;
    return all;
  }

  // ---- rows on disk ----

  /** How many wait on disk alone. */
  get unread(): number {
    const { size } = this;
    return size === 0 ? 0 : SLICED.reduce((sum, priority) => sum + (this.#known(priority)?.unread ?? 0), 0);
  }

  /** Rows of the priority wait on disk behind what is put next. */
  beginTail(priority: SlicedPriority, start: TailStart): void {
    this.#lane(priority).beginTail(start);
    this.size += start.rows;
  }

  /** They are no more. */
  endTails(): void {
    for (const priority of SLICED) {
      const rows = this.#known(priority)?.unread ?? 0;
      if (rows > 0) this.#lane(priority).forget(rows);
      this.size -= rows;
    }
  }

  /** Whether mail that comes now waits for rows to be read. */
  isBehindRows(priority: Priority): boolean {
    return (this.#known(priority)?.unread ?? 0) > 0;
  }

  /** More than is to be in memory, at least of what has a row. */
  isDeep({ messages }: SliceLimits): boolean {
    return this.size > MOST_SLICES * messages || this.unread > 0;
  }

  /** Mail that has rows leaves memory behind the first of each lane. False while rows are being read: then it must stay. */
  shed({ messages }: SliceLimits): boolean {
    if (this.#reading !== undefined || this.#sought !== undefined) return false;
    for (const priority of SLICED) this.#known(priority)?.shed(MOST_SLICES * messages, messages);
    return true;
  }

  /** Of which priority rows are to be read next, and behind which seq: where nothing is left to take, else where half is taken. */
  wants(): { readonly priority: SlicedPriority; readonly after: number } | undefined {
    const low = SLICED.filter((priority) => this.#known(priority)?.isLow === true);
    const priority = low.find((each) => this.#lane(each).ahead === 0) ?? low[0];
    return priority === undefined ? undefined : { priority, after: this.#lane(priority).readTo };
  }

  beginReading(): Reading {
    this.#reading = new Set();
    return this.#reading;
  }

  /** False when all is known anew since the read began: then the answer says nothing. */
  endReading(reading: Reading): boolean {
    if (this.#reading !== reading) return false;
    this.#reading = undefined;
    return true;
  }

  /** What was read behind the rows that are known. `taken` is what was taken out meanwhile. */
  refill(priority: SlicedPriority, rows: readonly Mail[], { more, taken }: { readonly more: boolean; readonly taken: Reading }): void {
    const lane = this.#lane(priority);
    const before = lane.size;
    const left = rows.filter(({ seq }) => !taken.has(seq));
    lane.refill(left, more);
    this.size += lane.size - before;
  }

  /** Whether all is in memory that a control message about the id may take out. */
  hasSought(id: string): boolean {
    return this.#sought?.id === id || this.unread === 0;
  }

  /** Until the control message was taken these are as good as in memory. */
  sought(id: string, mails: readonly Mail[]): void {
    this.seeking = undefined;
    this.#sought = { id, mails: mails.filter(({ priority, seq }) => !this.#lane(priority).has(seq)) };
  }

  endSeeking(): void {
    this.#sought = undefined;
  }

  #removeSought(wanted: (mail: Mail) => boolean): Mail[] {
    const isUnread = ({ priority, seq }: Mail): boolean => this.isBehindRows(priority) && seq > this.#lane(priority).readTo;
    const found = (this.#sought?.mails ?? []).filter((mail) => wanted(mail) && isUnread(mail));
    for (const { priority } of found) this.#lane(priority).forget(1);
    return found;
  }

  #taken(mail: Mail | undefined): Mail | undefined {
    if (mail !== undefined) this.size -= 1;
    return mail;
  }

  /** A single mail is in none. */
  #known(priority: Priority): Lane | undefined {
    if (priority === 'normal') return this.#normal;
    return this.#others === undefined ? undefined : this.#lane(priority);
  }

  #lane(priority: Priority): Lane {
    if (this.#only !== undefined || this.#normal === undefined) this.#unfold();
    if (priority === 'normal') return this.#normal as Lane;
    this.#others ??= [new Lane(), new Lane(), new Lane()];
    const index = LANE[priority];
    return this.#others[index === 3 ? 2 : index === 1 ? 1 : 0];
  }

  /** From a single mail to one in its lane. */
  #unfold(): void {
    this.#normal ??= new Lane();
    if (this.#only !== undefined) this.#normal.put(this.#only);
    this.#only = undefined;
  }
}

/** The first that has mail. */
function firstOf(first: Lane, second: Lane, third: Lane): Lane {
  if (first.size > 0) return first;
  return second.size > 0 ? second : third;
}
