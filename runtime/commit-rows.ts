// Turns a finished batch into the rows of one transaction. Only the newest snapshot of an actor is written; mail that was sent
// and taken inside the batch leaves no row (K8).
import { type Address, childId, parentAddress } from './address.ts';
import type { Batch } from './batch.ts';
import { factJson } from './batch-fact.ts';
import { envelopeOf } from './dead-letters.ts';
import { acknowledge } from './durable-output.ts';
import { chainFacts, piecesOf } from './fact-chain.ts';
import type { ActorRow, CommitBatch, Counters, DeadLetterRow, FactRow, JournalHead, MailRow } from './journal.ts';
import type { Kernel } from './kernel.ts';
import type { Mail } from './mail.ts';
import type { NewId } from './message-id.ts';
import type { Stepper } from './step.ts';
import { stepFactsJson } from './step-fact.ts';

export interface CommitState {
  readonly kernel: Kernel;
  readonly head: JournalHead;
  /** Running counters; facts are numbered from the head, since they may have no gaps. */
  readonly counters: Counters;
  readonly nodeEpoch: number;
}

export interface BuiltCommit {
  readonly commit: CommitBatch;
  /** Mail that has a row from now on. */
  readonly rowed: readonly Mail[];
}

/** Shared, since most batches change nothing of most kinds. */
const NONE: readonly never[] = [];
const NO_ROWS = { put: NONE, remove: NONE };

/** Throws when a row cannot be written as JSON (K11). */
export function buildCommit(state: CommitState, batch: Batch, waiting: ReadonlyMap<Mail, Address>): BuiltCommit {
  const { kernel } = state;
  const now = kernel.clock.now();
  const rows: MailRow[] = [];
  for (const [mail, to] of waiting) {
    rows.push(mailRow(mail, to, now, kernel.newId));
    acknowledge(batch, mail, to, now);
  }
  for (const { mail, to } of batch.consumed) if (mail.receipt) acknowledge(batch, mail, to, now);
  if (batch.changed.size > 0) {
    const removed = new Set(batch.removedMail);
    for (const [mail, to] of batch.changed) if (mail.rowed && !removed.has(mail.seq)) rows.push(mailRow(mail, to, now, kernel.newId));
  }
  const facts = factRows(state, batch, now);
  const number = state.head.lastBatch + 1;
  batch.number = number;
  const factPieces = piecesOf(facts);
  const chain = facts.length === 0 ? null : chainFacts(state.head.lastHash, number, facts, false, factPieces);
  const deadLetters = deadLetterRows(batch, state.counters.deadLetter);
  let deadLetter = state.counters.deadLetter + deadLetters.length;
  for (const burial of batch.burials) {
    batch.buried.push({ ...burial, firstLetter: deadLetter + 1 });
    deadLetter += burial.letters;
  }
  const commit: CommitBatch = {
    number,
    nodeEpoch: state.nodeEpoch,
    actors: { put: actorRows(batch, kernel.stepper, now), remove: actorsRemoved(batch) },
    mail: { put: rows, remove: batch.removedMail, bury: batch.buried },
    timers: timerRows(batch),
    effects: effectRows(batch),
    children: { put: valuesOf(batch.childrenPut), remove: batch.childrenRemoved, awake: awakeRows(batch) },
    ties: tieRows(batch),
    receipts: { put: valuesOf(batch.receipts), expiredBefore: number % 256 === 0 ? now : null },
    suspects: batch.suspects,
    steady: batch.steady,
    alerts: alertRows(batch),
    deadLetters,
    facts,
    factPieces,
    chain,
    counters: { ...state.counters, deadLetter, fact: state.head.counters.fact + facts.length },
  };
  return { commit, rowed: waiting.size === 0 ? NONE : [...waiting.keys()] };
}

function valuesOf<Row>(rows: ReadonlyMap<unknown, Row>): readonly Row[] {
  return rows.size === 0 ? NONE : [...rows.values()];
}

function actorRows(batch: Batch, stepper: Stepper, now: number): readonly ActorRow[] {
  const rows: ActorRow[] = [];
  for (const cell of batch.touched) if (!batch.ended.has(cell.address)) rows.push(cell.row(stepper, now));
  return batch.actorRows.length === 0 ? rows : [...rows, ...batch.actorRows];
}

function actorsRemoved({ ended, unwritten }: Batch): readonly Address[] {
  if (ended.size === unwritten.size) return NONE;
  return unwritten.size === 0 ? [...ended.keys()] : [...ended.keys()].filter((address) => !unwritten.has(address));
}

function deadLetterRows(batch: Batch, before: number): readonly DeadLetterRow[] {
  if (batch.deadLetters.length === 0 && batch.stored.length === 0) return NONE;
  const letters = [...batch.deadLetters.map((dead) => dead.letter), ...batch.stored];
  return letters.map(({ reason, detail, at, envelope }, index) => ({ seq: before + 1 + index, reason, detail, at, envelope }));
}

function mailRow(mail: Mail, to: Address, now: number, newId: NewId): MailRow {
  return { seq: mail.seq, state: mail.postponed ? 'postponed' : 'queued', attempts: mail.attempts, envelope: envelopeOf(mail, to, now, newId) };
}

function awakeRows(batch: Batch): NonNullable<CommitBatch['children']['awake']> {
  if (batch.awake.size === 0) return NONE;
  return [...batch.awake].map(([address, awake]) => ({ parent: parentAddress(address), id: childId(address), awake }));
}

function timerRows(batch: Batch): CommitBatch['timers'] {
  if (batch.timersChanged.size === 0 && batch.timersRemoved.length === 0) return NO_ROWS;
  const put: CommitBatch['timers']['put'][number][] = [];
  const remove = [...batch.timersRemoved];
  for (const [cell, keys] of batch.timersChanged) {
    for (const key of keys) {
      const row = batch.ended.has(cell.address) ? undefined : cell.timers.get(key);
      if (row !== undefined) put.push(row);
      else if (cell.rowed) remove.push({ address: cell.address, key });
    }
  }
  return { put, remove };
}

function effectRows(batch: Batch): CommitBatch['effects'] {
  if (batch.effects.size === 0) return NO_ROWS;
  const put: CommitBatch['effects']['put'][number][] = [];
  const remove: string[] = [];
  for (const [key, row] of batch.effects) {
    if (row === null) remove.push(key);
    else put.push(row);
  }
  return { put, remove };
}

function tieRows(batch: Batch): CommitBatch['ties'] {
  if (batch.ties.size === 0) return NO_ROWS;
  const changes = [...batch.ties.values()];
  return { put: changes.filter(({ held }) => held).map(({ row }) => row), remove: changes.filter(({ held }) => !held).map(({ row }) => row) };
}

function alertRows({ alerts }: Batch): NonNullable<CommitBatch['alerts']> {
  if (alerts.size === 0) return NO_ROWS;
  const put = [...alerts.values()].flatMap((row) => (row === null ? [] : [row]));
  return { put, remove: [...alerts].flatMap(([id, row]) => (row === null ? [id] : [])) };
}

/** Facts of statecharts first, then one row with the batch's step facts. */
function factRows(state: CommitState, batch: Batch, at: number): FactRow[] {
  const number = state.head.lastBatch + 1;
  let seq = state.head.counters.fact;
  const rows: FactRow[] = [];
  for (const fact of batch.facts) rows.push({ seq: ++seq, batch: number, at, kind: fact.kind, body: factJson(fact) });
  if (batch.stepFacts.length > 0) rows.push({ seq: ++seq, batch: number, at, kind: 'steps', body: stepFactsJson(batch.stepFacts) });
  return rows;
}
