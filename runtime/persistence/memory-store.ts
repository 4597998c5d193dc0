// What a journal in memory holds. It outlives its journal, so that opening it again is a restart after a crash.
import { randomUUID } from 'node:crypto';
import { isSignalType } from '../envelope.ts';
import { CHAIN_START } from '../fact-chain.ts';
import type {
  ActorRow,
  AlertRow,
  Burial,
  ChainRow,
  ChildRow,
  CommitBatch,
  Counters,
  DeadLetterRow,
  EffectRow,
  FactRow,
  MailRow,
  ReceiptRow,
  Suspects,
  TieRow,
  TimerRow,
} from '../journal.ts';
import { MemoryTable } from './memory-table.ts';

export const NO_COUNTERS: Counters = { mail: 0, fact: 0, effect: 0, child: 0, deadLetter: 0, incarnation: 0 };

/** A key of two parts; addresses hold no space. */
export const pairKey = (address: string, id: string): string => `${address} ${id}`;

export const tieKey = ({ kind, holder, other }: TieRow): string => `${kind} ${holder} ${other}`;

export function memoryStore(era = randomUUID().slice(0, 8)) {
  return {
    era,
    nodeEpoch: 0,
    lastBatch: 0,
    lastHash: CHAIN_START,
    counters: NO_COUNTERS,
    cleanStop: true,
    uncleanStops: 0,
    suspects: {} as Suspects,
    /** The step that a node of this epoch had begun. */
    stepping: null as { readonly nodeEpoch: number; readonly name: string } | null,
    actors: new MemoryTable<string, ActorRow>(
      (row) => row.address,
      (row) => row.address,
    ),
    mail: new MemoryTable<number, MailRow>(
      (row) => row.seq,
      (row) => row.envelope.to,
    ),
    timers: new MemoryTable<string, TimerRow>(
      (row) => pairKey(row.address, row.key),
      (row) => row.address,
    ),
    effects: new MemoryTable<string, EffectRow>(
      (row) => row.key,
      (row) => row.address,
    ),
    children: new MemoryTable<string, ChildRow & { readonly asleep?: true }>(
      (row) => pairKey(row.parent, row.id),
      (row) => row.parent,
    ),
    ties: new MemoryTable<string, TieRow>(tieKey, (row) => row.holder),
    alerts: new MemoryTable<string, AlertRow>(
      (row) => row.id,
      (row) => row.kind,
    ),
    receipts: new MemoryTable<string, ReceiptRow>(
      (row) => pairKey(row.address, row.id),
      (row) => row.address,
    ),
    deadLetters: [] as DeadLetterRow[],
    facts: [] as FactRow[],
    chain: [] as ChainRow[],
  };
}

export type MemoryStore = ReturnType<typeof memoryStore>;

const flat = <Row extends object>(row: Row): Row => ({ ...row });

/** Envelopes become what they would be on disk: JSON. */
export function copyEnveloped<Row extends { readonly envelope: unknown }>(row: Row): Row {
  return { ...row, envelope: JSON.parse(JSON.stringify(row.envelope)) as unknown };
}

/** All or nothing: every row is copied before the first is applied, since an envelope that is no JSON throws. Returns how many children are new. */
export function applyBatch(store: MemoryStore, batch: CommitBatch): number {
  const mail = batch.mail.put.map(copyEnveloped);
  const deadLetters = batch.deadLetters.map(copyEnveloped);
  for (const address of batch.actors.remove) store.actors.remove(address);
  for (const row of batch.actors.put) store.actors.put(flat(row));
  for (const seq of batch.mail.remove) store.mail.remove(seq);
  const buried = (batch.mail.bury ?? []).flatMap((burial) => bury(store, burial));
  for (const row of mail) store.mail.put(row);
  for (const { address, key } of batch.timers.remove) store.timers.remove(pairKey(address, key));
  for (const row of batch.timers.put) store.timers.put(flat(row));
  for (const key of batch.effects.remove) store.effects.remove(key);
  for (const row of batch.effects.put) store.effects.put(flat(row));
  for (const { parent, id } of batch.children.remove) store.children.remove(pairKey(parent, id));
  const newChildren = batch.children.put.filter((row) => store.children.get(pairKey(row.parent, row.id)) === undefined);
  for (const row of newChildren) store.children.put(flat(row));
  for (const { parent, id, awake } of batch.children.awake ?? []) sleepOrWake(store, pairKey(parent, id), awake);
  for (const row of batch.ties.remove) store.ties.remove(tieKey(row));
  for (const row of batch.ties.put) store.ties.put(flat(row));
  applyReceipts(store, batch.receipts);
  for (const id of batch.alerts?.remove ?? []) store.alerts.remove(id);
  for (const row of batch.alerts?.put ?? []) store.alerts.put(flat(row));
  if (batch.suspects !== undefined) store.suspects = { ...batch.suspects };
  if (batch.steady === true) store.uncleanStops = 0;
  for (const row of deadLetters) store.deadLetters.push(row);
  for (const row of buried) store.deadLetters.push(row);
  for (const row of batch.facts) store.facts.push(flat(row));
  if (batch.chain !== null) {
    store.chain.push(flat(batch.chain));
    store.lastHash = batch.chain.hash;
  }
  store.lastBatch = batch.number;
  store.counters = { ...batch.counters };
  return newChildren.length;
}

function bury({ mail }: MemoryStore, { address, upTo, asksOnly, reason, detail, at, firstLetter, letters }: Burial): DeadLetterRow[] {
  const rows = mail.of(address).filter(({ seq, envelope }) => seq <= upTo && (!asksOnly || envelope.replyTo !== undefined));
  const missed = rows
    .filter(({ envelope }) => !isSignalType(envelope.message.type))
    .sort((a, b) => a.seq - b.seq)
    .slice(0, letters);
  for (const { seq } of [...missed, ...rows.filter(({ envelope }) => isSignalType(envelope.message.type))]) mail.remove(seq);
  return missed.map(({ envelope }, index) => ({ seq: firstLetter + index, reason, detail, at, envelope }));
}

function sleepOrWake({ children }: MemoryStore, key: string, awake: boolean): void {
  const row = children.get(key);
  if (row === undefined) return;
  const { asleep: _, ...rest } = row;
  children.put(awake ? rest : { ...rest, asleep: true });
}

function applyReceipts({ receipts }: MemoryStore, { put, expiredBefore }: CommitBatch['receipts']): void {
  if (expiredBefore !== null) {
    const expired = [...receipts.all()].filter((row) => row.expiresAt < expiredBefore);
    for (const { address, id } of expired) receipts.remove(pairKey(address, id));
  }
  for (const row of put) receipts.put(flat(row));
}
