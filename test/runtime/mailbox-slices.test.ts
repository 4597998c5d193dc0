// A mailbox of which most is on disk, against the same mailbox wholly in memory: whatever happens meanwhile, what it gives is what that would
// give, only later (K21).
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { PRIORITIES, type Priority, type SlicedPriority } from '../../runtime/index.ts';
import { Mail } from '../../runtime/mail.ts';
import { Mailbox, type Reading } from '../../runtime/mailbox.ts';
import { count } from '../support/length.ts';

interface Row {
  readonly seq: number;
  readonly priority: Priority;
  readonly id: string;
  readonly kind: Mail['kind'];
}

function mailOf({ seq, priority, id, kind }: Row, rowed: boolean): Mail {
  const mail = new Mail(kind, null, { type: 'T' }, priority);
  return Object.assign(mail, { seq, id, rowed });
}

/** The mailbox under test over a disk of its own, and beside it one that holds everything. */
class Both {
  readonly sliced = new Mailbox();
  readonly whole = new Mailbox();
  readonly disk = new Map<number, Row>();
  readonly slice: { readonly messages: number; readonly bytes: number };
  readonly most = { inMemory: 0 };
  #fresh: Mail[] = [];
  #asked: { readonly reading: Reading; readonly priority: SlicedPriority; readonly rows: readonly Row[]; readonly more: boolean } | undefined;
  #taken: number[] = [];
  #seq = 0;

  constructor(messages: number) {
    this.slice = { messages, bytes: 1_000_000 };
  }

  put(priority: Priority, id: string, kind: Mail['kind']): void {
    this.#seq += 1;
    const row = { seq: this.#seq, priority, id, kind };
    this.whole.put(mailOf(row, false));
    const mail = mailOf(row, false);
    this.sliced.put(mail);
    if (kind === 'message') this.#fresh.push(mail);
  }

  /** A commit: in any order mail becomes rows, and what was taken of it leaves none. Behind it rows may be read. */
  commit(part: number): void {
    const rowed = this.#fresh.filter((mail, at) => !this.#taken.includes(mail.seq) && (at + part) % 3 > 0);
    this.#fresh = this.#fresh.filter((mail) => !rowed.includes(mail) && !this.#taken.includes(mail.seq));
    for (const mail of rowed) {
      mail.rowed = true;
      this.disk.set(mail.seq, { seq: mail.seq, priority: mail.priority, id: mail.id ?? '', kind: 'message' });
    }
    for (const seq of this.#taken.splice(0)) this.disk.delete(seq);
    this.sliced.shed(this.slice);
    this.ask();
  }

  ask(): void {
    const place = this.#asked === undefined ? this.sliced.wants() : undefined;
    if (place === undefined) return;
    const behind = this.#rows(({ priority, seq }) => priority === place.priority && seq > place.after);
    const rows = behind.slice(0, this.slice.messages);
    this.#asked = { reading: this.sliced.beginReading(), priority: place.priority, rows, more: rows.length < behind.length };
  }

  /** The answer to what was asked, as old as it is by now. */
  answer(): void {
    const asked = this.#asked;
    this.#asked = undefined;
    if (asked === undefined || !this.sliced.endReading(asked.reading)) return;
    this.sliced.refill(
      asked.priority,
      asked.rows.map((row) => mailOf(row, true)),
      { more: asked.more, taken: asked.reading },
    );
  }

  /** False when rows must be read first. */
  take(urgent: boolean): boolean {
    const mail = urgent ? this.sliced.takeUrgent() : this.sliced.take();
    if (mail === undefined && this.sliced.size > 0 && this.sliced.wants() !== undefined) return false;
    const meant = urgent ? this.whole.takeUrgent() : this.whole.take();
    expect(mail?.seq).toBe(meant?.seq);
    if (mail !== undefined) this.#taken.push(mail.seq);
    return true;
  }

  /** All that is under the id, as a control message takes it out; behind a search through what was not read. */
  takeOut(id: string): void {
    if (!this.sliced.hasSought(id)) {
      // One read at a time.
      this.answer();
      const reading = this.sliced.beginReading();
      const found = this.#rows((row) => row.id === id && row.priority !== 'control').map((row) => mailOf(row, true));
      if (this.sliced.endReading(reading))
        this.sliced.sought(
          id,
          found.filter(({ seq }) => !this.#taken.includes(seq)),
        );
    }
    const seqs = (mails: readonly Mail[]): number[] => mails.map(({ seq }) => seq).sort((a, b) => a - b);
    const removed = seqs(this.sliced.remove((mail) => mail.id === id));
    this.sliced.endSeeking();
    expect(removed).toEqual(seqs(this.whole.remove((mail) => mail.id === id)));
    this.#taken.push(...removed);
  }

  check(): void {
    expect(this.sliced.size).toBe(this.whole.size);
    this.most.inMemory = Math.max(this.most.inMemory, this.sliced.size - this.sliced.unread);
  }

  drain(): void {
    for (let turn = 0; this.whole.size > 0 && turn < 10_000; turn += 1) {
      if (this.take(false)) continue;
      this.commit(0);
      this.answer();
    }
    expect([this.sliced.size, this.whole.size, this.sliced.unread]).toEqual([0, 0, 0]);
  }

  #rows(wanted: (row: Row) => boolean): Row[] {
    return [...this.disk.values()].filter(wanted).sort((a, b) => a.seq - b.seq);
  }
}

const priority = fc.constantFrom(...PRIORITIES, 'normal', 'normal');
const act = fc.oneof(
  { weight: 12, arbitrary: fc.record({ do: fc.constant('put' as const), priority, number: fc.nat(9), kind: fc.constantFrom('message', 'message', 'message', 'timer') }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constantFrom('commit' as const, 'commit', 'answer', 'answer', 'take', 'take', 'take', 'urgent', 'cancel'), number: fc.nat(9) }) },
);

describe('a mailbox that has a slice in memory', () => {
  it(
    'gives what one gives that has all in memory, in its order, whatever comes, is written, is read late or is cancelled meanwhile (K21, K22, G3)',
    () => {
      fc.assert(
        fc.property(fc.integer({ min: 1, max: 4 }), fc.array(act, { maxLength: 160, size: 'max' }), (messages, script) => {
          const both = new Both(messages);
          for (const step of script) {
            if (step.do === 'put') both.put(step.priority, `${step.number}`, step.kind as Mail['kind']);
            else if (step.do === 'commit') both.commit(step.number);
            else if (step.do === 'answer') both.answer();
            else if (step.do === 'cancel') both.takeOut(`${step.number}`);
            else both.take(step.do === 'urgent');
            both.check();
          }
          both.drain();
        }),
        { numRuns: count(500, 20_000) },
      );
    },
    count(60_000, 240_000),
  );

  it('holds no more in memory than four slices of each priority, and what is not written yet (K21)', () => {
    const both = new Both(8);
    for (let n = 0; n < 3_000; n += 1) {
      both.put(PRIORITIES[1 + (n % 3)] as Priority, `${n}`, 'message');
      if (n % 10 === 9) both.commit(0);
      if (n % 40 === 39) both.answer();
      both.check();
    }
    expect(both.most.inMemory).toBeLessThanOrEqual(3 * 4 * 8 + 60);
    both.drain();
  });
});
