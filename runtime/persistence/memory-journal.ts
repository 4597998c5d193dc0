// A journal in memory, under the same contract as the others. Rows are copies, so nothing aliases; a store outlives its journal,
// so that opening it again is a restart after a crash.
import { randomUUID } from 'node:crypto';
import type { Address } from '../address.ts';
import { CHAIN_START } from '../fact-chain.ts';
import {
  type ActorImage,
  type ActorRow,
  type ChainRow,
  type ChildRow,
  type CommitBatch,
  type Counters,
  type DeadLetterRow,
  type EffectRow,
  type FactRow,
  type Journal,
  JournalFailure,
  type JournalHead,
  type MailRow,
  type Page,
  type ReceiptRow,
  type TimerRow,
} from '../journal.ts';

export const NO_COUNTERS: Counters = { mail: 0, fact: 0, effect: 0, child: 0, deadLetter: 0, incarnation: 0 };

export interface MemoryStore {
  readonly era: string;
  nodeEpoch: number;
  lastBatch: number;
  lastHash: string;
  counters: Counters;
  cleanStop: boolean;
  readonly actors: Map<Address, ActorRow>;
  readonly mail: Map<number, MailRow>;
  readonly timers: Map<string, TimerRow>;
  readonly effects: Map<string, EffectRow>;
  readonly children: Map<string, ChildRow>;
  readonly receipts: Map<string, ReceiptRow>;
  readonly deadLetters: DeadLetterRow[];
  readonly facts: FactRow[];
  readonly chain: ChainRow[];
}

export function memoryStore(): MemoryStore {
  return {
    era: randomUUID().slice(0, 8),
    nodeEpoch: 0,
    lastBatch: 0,
    lastHash: CHAIN_START,
    counters: NO_COUNTERS,
    cleanStop: true,
    actors: new Map(),
    mail: new Map(),
    timers: new Map(),
    effects: new Map(),
    children: new Map(),
    receipts: new Map(),
    deadLetters: [],
    facts: [],
    chain: [],
  };
}

const copy = <T>(value: T): T => structuredClone(value);
const pair = (a: string, b: string): string => `${a}\n${b}`;

class MemoryJournal implements Journal {
  readonly description = 'memory';
  readonly #store: MemoryStore;
  #epoch = 0;
  #open = false;

  constructor(store: MemoryStore) {
    this.#store = store;
  }

  async open(): Promise<JournalHead> {
    const store = this.#store;
    const { cleanStop } = store;
    store.nodeEpoch += 1;
    store.cleanStop = false;
    this.#epoch = store.nodeEpoch;
    this.#open = true;
    return this.#head(cleanStop);
  }

  async commit(batch: CommitBatch): Promise<void> {
    this.#check();
    const store = this.#store;
    if (batch.number !== store.lastBatch + 1) throw new JournalFailure('statement', 'failed', `batch ${batch.number} after ${store.lastBatch}`);
    const rows = copy(batch);
    for (const address of rows.actors.remove) store.actors.delete(address);
    for (const row of rows.actors.put) store.actors.set(row.address, row);
    for (const seq of rows.mail.remove) store.mail.delete(seq);
    for (const row of rows.mail.put) store.mail.set(row.seq, row);
    for (const { address, key } of rows.timers.remove) store.timers.delete(pair(address, key));
    for (const row of rows.timers.put) store.timers.set(pair(row.address, row.key), row);
    for (const key of rows.effects.remove) store.effects.delete(key);
    for (const row of rows.effects.put) store.effects.set(row.key, row);
    for (const { parent, id } of rows.children.remove) store.children.delete(pair(parent, id));
    for (const row of rows.children.put) store.children.set(pair(row.parent, row.id), row);
    for (const row of rows.receipts.put) store.receipts.set(pair(row.address, row.id), row);
    const { expiredBefore } = rows.receipts;
    if (expiredBefore !== null) for (const [key, row] of store.receipts) if (row.expiresAt < expiredBefore) store.receipts.delete(key);
    store.deadLetters.push(...rows.deadLetters);
    store.facts.push(...rows.facts);
    if (rows.chain !== null) {
      store.chain.push(rows.chain);
      store.lastHash = rows.chain.hash;
    }
    store.lastBatch = rows.number;
    store.counters = rows.counters;
  }

  async recover(): Promise<JournalHead> {
    this.#check();
    return this.#head(this.#store.cleanStop);
  }

  async load(address: Address): Promise<ActorImage> {
    const store = this.#store;
    return copy({
      actor: store.actors.get(address) ?? null,
      mail: [...store.mail.values()].filter((row) => row.envelope.to === address).sort((a, b) => a.seq - b.seq),
      timers: [...store.timers.values()].filter((row) => row.address === address).sort((a, b) => a.dueAt - b.dueAt),
      effects: [...store.effects.values()].filter((row) => row.address === address).sort((a, b) => a.seq - b.seq),
    });
  }

  async addresses(): Promise<readonly Address[]> {
    const store = this.#store;
    const all = [
      ...store.actors.keys(),
      ...[...store.mail.values()].map((row) => row.envelope.to),
      ...[...store.timers.values(), ...store.effects.values()].map((row) => row.address),
    ];
    return [...new Set(all)].sort();
  }

  async children(parent: Address, page: Page): Promise<readonly ChildRow[]> {
    return copy(
      pageOf(
        [...this.#store.children.values()].filter((row) => row.parent === parent),
        page,
      ),
    );
  }

  async child(parent: Address, id: string): Promise<ChildRow | undefined> {
    return copy(this.#store.children.get(pair(parent, id)));
  }

  async receipt(address: Address, id: string): Promise<ReceiptRow | undefined> {
    return copy(this.#store.receipts.get(pair(address, id)));
  }

  async facts(page: Page): Promise<readonly FactRow[]> {
    return copy(this.#store.facts.slice(page.after, page.after + page.limit));
  }

  async chain(page: Page): Promise<readonly ChainRow[]> {
    return copy(this.#store.chain.filter((row) => row.batch > page.after).slice(0, page.limit));
  }

  async deadLetters(page: Page): Promise<readonly DeadLetterRow[]> {
    return copy(pageOf(this.#store.deadLetters, page));
  }

  async close(): Promise<void> {
    if (!this.#open) return;
    this.#open = false;
    if (this.#epoch === this.#store.nodeEpoch) this.#store.cleanStop = true;
  }

  #check(): void {
    if (!this.#open) throw new JournalFailure('environment', 'failed', 'the journal is closed');
    if (this.#epoch !== this.#store.nodeEpoch) throw new JournalFailure('fenced', 'failed', `node epoch ${this.#store.nodeEpoch} took over from ${this.#epoch}`);
  }

  #head(cleanStop: boolean): JournalHead {
    const { era, lastBatch, lastHash, counters } = this.#store;
    return copy({ era, nodeEpoch: this.#epoch, lastBatch, lastHash, counters, cleanStop });
  }
}

function pageOf<T extends { readonly seq: number }>(rows: readonly T[], { after, limit }: Page): T[] {
  return rows
    .filter((row) => row.seq > after)
    .sort((a, b) => a.seq - b.seq)
    .slice(0, limit);
}

export function memoryJournal(options: { readonly store?: MemoryStore } = {}): Journal {
  return new MemoryJournal(options.store ?? memoryStore());
}
