// Rows and batches for tests of journals: every field set, numbers as a journal demands them.
import type { ActorRow, ChildRow, CommitBatch, Counters, EffectRow, Envelope, FactRow, JournalHead, MailRow, ReceiptRow, TieRow, TimerRow } from '../../runtime/index.ts';
import { chainFacts } from '../../runtime/index.ts';

type Changes = Partial<Omit<CommitBatch, 'facts' | 'chain' | 'counters'>> & {
  /** Bodies; numbers and the chain row follow from the head. */
  readonly facts?: readonly unknown[];
  readonly counters?: Partial<Counters>;
};

/** The batch that may follow `head`. */
export function nextBatch(head: JournalHead, changes: Changes = {}): CommitBatch {
  const number = changes.number ?? head.lastBatch + 1;
  const facts = (changes.facts ?? []).map(
    (body, index): FactRow => ({ seq: head.counters.fact + index + 1, batch: number, at: 5_000.25, kind: 'noted', body: JSON.stringify(body) }),
  );
  return {
    nodeEpoch: head.nodeEpoch,
    actors: { put: [], remove: [] },
    mail: { put: [], remove: [] },
    timers: { put: [], remove: [] },
    effects: { put: [], remove: [] },
    children: { put: [], remove: [] },
    ties: { put: [], remove: [] },
    receipts: { put: [], expiredBefore: null },
    deadLetters: [],
    ...changes,
    number,
    facts,
    chain: facts.length === 0 ? null : chainFacts(head.lastHash, number, facts),
    counters: { ...head.counters, fact: head.counters.fact + facts.length, ...changes.counters },
  };
}

/** The head after `batch`, as a node keeps it. */
export function headAfter(head: JournalHead, { number, counters, chain }: CommitBatch): JournalHead {
  return { ...head, lastBatch: number, counters, lastHash: chain?.hash ?? head.lastHash };
}

export const actorRow = (address: string, more: Partial<ActorRow> = {}): ActorRow => ({
  address,
  incarnation: 1,
  epoch: 2,
  version: 'v1',
  status: 'active',
  snapshot: '{"value":"idle"}',
  step: 3,
  effectCount: 4,
  deferred: '{}',
  poisoned: 0,
  updatedAt: 1_767_225_600_000.5,
  ...more,
});

export const envelope = (to: string, more: Partial<Envelope> = {}): Envelope => ({
  id: 'm-1',
  from: null,
  to,
  message: { type: 'ADD', by: 1, nested: { list: [1, null, 'x'] } },
  priority: 'normal',
  sentAt: 1_767_225_600_000,
  ...more,
});

export const mailRow = (seq: number, to: string, more: Partial<MailRow> = {}): MailRow => ({
  seq,
  state: 'queued',
  attempts: 0,
  envelope: envelope(to, { id: `m-${seq}` }),
  ...more,
});

export const timerRow = (address: string, key: string, more: Partial<TimerRow> = {}): TimerRow => ({
  address,
  key,
  incarnation: 1,
  generation: 1,
  dueAt: 10_000.125,
  delayMs: 0.5,
  to: address,
  event: '{"type":"TICK"}',
  ...more,
});

export const effectRow = (key: string, address: string, seq: number, more: Partial<EffectRow> = {}): EffectRow => ({
  key,
  address,
  incarnation: 1,
  epoch: 1,
  seq,
  childId: 'turn',
  src: 'runTurn',
  input: '{}',
  idempotent: false,
  state: 'scheduled',
  outcome: null,
  result: null,
  ...more,
});

export const childRow = (parent: string, id: string, seq: number): ChildRow => ({ parent, id, seq, template: 'task', input: '{"n":1}', incarnation: seq });

export const tieRow = (kind: TieRow['kind'], holder: string, other: string): TieRow => ({ kind, holder, other });

export const receiptRow = (address: string, id: string, more: Partial<ReceiptRow> = {}): ReceiptRow => ({ address, id, reply: null, expiresAt: 9_000.5, ...more });
