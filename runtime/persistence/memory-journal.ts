// A journal in memory, under the same contract as the others. Rows are copies on the way in and out, so nothing aliases.
import { type Address, childAddress, parentAddress } from '../address.ts';
import {
  type ActorImage,
  type AddressPage,
  type AlertRow,
  type ChainRow,
  type ChildRow,
  type CommitBatch,
  type DeadLetterRow,
  type FactRow,
  type Journal,
  JournalFailure,
  type JournalHead,
  type MailRow,
  type MailSlice,
  type Page,
  type ReceiptRow,
  type SlicedPriority,
  type SliceLimits,
  type TieRow,
  type TimerPage,
  type TimerPlace,
} from '../journal.ts';
import { batchFlaw } from './batch-flaw.ts';
import { earliestTimers } from './earliest-timers.ts';
import { cutSlice, imageMail, WHOLE } from './mail-slice.ts';
import { applyBatch, copyEnveloped, type MemoryStore, memoryStore, pairKey, tieKey } from './memory-store.ts';

class MemoryJournal implements Journal {
  readonly description = 'memory';
  readonly #store: MemoryStore;
  #epoch = 0;
  #open = false;

  constructor(store: MemoryStore) {
    this.#store = store;
  }

  async open(): Promise<JournalHead> {
    const { cleanStop, stepping, nodeEpoch } = this.#store;
    this.#store.uncleanStops = cleanStop ? 0 : this.#store.uncleanStops + 1;
    this.#store.nodeEpoch += 1;
    this.#store.cleanStop = false;
    this.#epoch = this.#store.nodeEpoch;
    this.#open = true;
    return this.#head(cleanStop, !cleanStop && stepping?.nodeEpoch === nodeEpoch ? stepping.name : null);
  }

  async commit(batch: CommitBatch): Promise<number> {
    const store = this.#owned();
    if (batch.nodeEpoch !== this.#epoch) throw new JournalFailure('fenced', 'failed', `a batch of node epoch ${batch.nodeEpoch} in ${this.#epoch}`);
    const flaw = batchFlaw(store, batch);
    if (flaw !== undefined) throw new JournalFailure('statement', 'failed', flaw);
    try {
      return applyBatch(store, batch);
    } catch (error) {
      throw new JournalFailure('statement', 'failed', error);
    }
  }

  async recover(): Promise<JournalHead> {
    return this.#head(this.#owned().cleanStop);
  }

  async load(address: Address, slice: SliceLimits = WHOLE): Promise<ActorImage> {
    const { actors, timers, effects } = this.#live();
    const actor = actors.get(address);
    return {
      actor: actor === undefined ? null : { ...actor },
      ...this.#mail(address, slice),
      timers: copies(timers.of(address).sort((a, b) => a.dueAt - b.dueAt || (a.key < b.key ? -1 : 1))),
      effects: copies(bySeq(effects.of(address))),
    };
  }

  #mail(address: Address, limits: SliceLimits): Pick<ActorImage, 'mail' | 'unread'> {
    const all = bySeq(this.#live().mail.of(address));
    return imageMail({
      whole: all.filter((row) => row.state === 'postponed' || row.envelope.priority === 'control').map(copyEnveloped),
      slice: (priority) => cut(all.filter(queued(priority)), limits),
      count: (priority) => all.filter(queued(priority)).length,
      asOf: () => this.#store.lastBatch,
    });
  }

  async mail(address: Address, { priority, after }: { readonly priority: SlicedPriority; readonly after: number }, limits: SliceLimits): Promise<MailSlice> {
    const behind = this.#live()
      .mail.of(address)
      .filter(queued(priority))
      .filter(({ seq }) => seq > after);
    return cut(bySeq(behind), limits);
  }

  async mailUnder(address: Address, id: string): Promise<readonly MailRow[]> {
    const all = this.#live()
      .mail.of(address)
      .filter(({ state, envelope }) => state === 'queued' && envelope.priority !== 'control' && envelope.id === id);
    return bySeq(all).map(copyEnveloped);
  }

  async addresses(page?: AddressPage): Promise<readonly Address[]> {
    const { actors, mail, timers, effects } = this.#live();
    return pageOfAddresses([...actors.owners(), ...mail.owners(), ...timers.owners(), ...effects.owners()], page);
  }

  async children(parent: Address, page: Page): Promise<readonly ChildRow[]> {
    return pageOf(bySeq(this.#live().children.of(parent)), page, (row) => row.seq).map(childOf);
  }

  async countChildren(parent: Address): Promise<number> {
    return this.#live().children.of(parent).length;
  }

  async wakes(parent: Address, page: AddressPage): Promise<readonly Address[]> {
    const { children, mail, effects } = this.#live();
    const awake = children.of(parent).flatMap((row) => (row.asleep === true ? [] : [childAddress(parent, row.id)]));
    const busy = [...mail.owners(), ...effects.owners()].filter((address) => parentAddress(address) === parent);
    return pageOfAddresses([...awake, ...busy], page);
  }

  async timers(page: TimerPage): Promise<readonly TimerPlace[]> {
    return earliestTimers(this.#live().timers.all(), page);
  }

  async child(parent: Address, id: string): Promise<ChildRow | undefined> {
    const row = this.#live().children.get(pairKey(parent, id));
    return row === undefined ? undefined : childOf(row);
  }

  async ties(): Promise<readonly TieRow[]> {
    return copies([...this.#live().ties.all()].sort((a, b) => (tieKey(a) < tieKey(b) ? -1 : 1)));
  }

  async alerts(): Promise<readonly AlertRow[]> {
    return copies([...this.#live().alerts.all()].sort((a, b) => (a.id < b.id ? -1 : 1)));
  }

  async receipt(address: Address, id: string): Promise<ReceiptRow | undefined> {
    return copies([this.#live().receipts.get(pairKey(address, id))])[0];
  }

  async facts(page: Page): Promise<readonly FactRow[]> {
    return copies(this.#live().facts.slice(page.after, page.after + page.limit));
  }

  async chain(page: Page): Promise<readonly ChainRow[]> {
    return copies(pageOf(this.#live().chain, page, (row) => row.batch));
  }

  async deadLetters(page: Page): Promise<readonly DeadLetterRow[]> {
    return pageOf(this.#live().deadLetters, page, (row) => row.seq).map(copyEnveloped);
  }

  mark(name: string | null): void {
    if (this.#open && this.#epoch === this.#store.nodeEpoch) this.#store.stepping = name === null ? null : { nodeEpoch: this.#epoch, name };
  }

  async close(): Promise<void> {
    if (!this.#open) return;
    this.#open = false;
    if (this.#epoch === this.#store.nodeEpoch) this.#store.cleanStop = true;
  }

  #live(): MemoryStore {
    if (!this.#open) throw new JournalFailure('environment', 'failed', 'the journal is closed');
    return this.#store;
  }

  #owned(): MemoryStore {
    const store = this.#live();
    if (this.#epoch !== store.nodeEpoch) throw new JournalFailure('fenced', 'failed', `node epoch ${store.nodeEpoch} took over from ${this.#epoch}`);
    return store;
  }

  #head(cleanStop: boolean, stepping: string | null = null): JournalHead {
    const { era, lastBatch, lastHash, counters, uncleanStops, suspects } = this.#store;
    return { era, nodeEpoch: this.#epoch, lastBatch, lastHash, counters: { ...counters }, cleanStop, uncleanStops, suspects, stepping };
  }
}

const copies = <Row>(rows: readonly Row[]): Row[] => rows.map((row) => (row === undefined ? row : { ...row }));
const bySeq = <Row extends { readonly seq: number }>(rows: Row[]): Row[] => rows.sort((a, b) => a.seq - b.seq);

const queued =
  (priority: SlicedPriority) =>
  ({ state, envelope }: MailRow): boolean =>
    state === 'queued' && envelope.priority === priority;
const cut = (rows: readonly MailRow[], limits: SliceLimits): MailSlice => cutSlice(rows, limits, ({ envelope }) => JSON.stringify(envelope).length, copyEnveloped);

const childOf = ({ asleep: _, ...row }: ChildRow & { readonly asleep?: true }): ChildRow => row;

function pageOfAddresses(all: readonly Address[], { after, limit }: AddressPage = { after: '', limit: all.length }): Address[] {
  return [...new Set(all)]
    .filter((address) => address > after)
    .sort()
    .slice(0, limit);
}

function pageOf<Row>(rows: readonly Row[], { after, limit }: Page, placeOf: (row: Row) => number): Row[] {
  return rows.filter((row) => placeOf(row) > after).slice(0, limit);
}

/** Without a store, one of its own: everything goes with the journal. */
export function memoryJournal(options: { readonly store?: MemoryStore } = {}): Journal {
  return new MemoryJournal(options.store ?? memoryStore());
}
