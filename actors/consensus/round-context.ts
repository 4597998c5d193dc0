// What a round remembers. Plain JSON (K3).
import { admitVote, type BallotBox, EMPTY_BOX, type VoteRefusal } from './ballot-box.ts';
import type { CastVote, Outcome } from './round.messages.ts';
import type { RoundOrder } from './round-order.ts';
import type { VerifyVote } from './signature.ts';
import { judgeTally } from './tally.ts';

/** Why a vote was cast, beside the vote in the box. */
interface Reason {
  readonly why: string;
  readonly evidence: unknown;
}

export interface RoundContext {
  readonly order: RoundOrder;
  readonly openedAt: number;
  readonly box: BallotBox;
  readonly reasons: Readonly<Record<string, Reason>>;
  readonly outcome: Outcome | 'withdrawn' | null;
  /** What reached the outcome: `votes`, `deadline`, or who withdrew it. */
  readonly decidedBy: string | null;
  readonly decidedAt: number | null;
  readonly refused: number;
}

export function newRound(order: RoundOrder, at: number): RoundContext {
  return { order, openedAt: at, box: EMPTY_BOX, reasons: {}, outcome: null, decidedBy: null, decidedAt: null, refused: 0 };
}

export const deadlineOf = ({ order, openedAt }: RoundContext): number => openedAt + order.deadlineMs;

export function arePinned({ order }: RoundContext): boolean {
  return order.electorate.every(({ publicKey }) => publicKey !== undefined);
}

/** A key that is pinned stays. */
export function pinKeys({ order }: RoundContext, keys: Readonly<Record<string, string>>): Pick<RoundContext, 'order'> {
  const electorate = order.electorate.map((elector) => ({ publicKey: keys[elector.voter], ...elector }));
  return { order: { ...order, electorate } };
}

export type Taken = { readonly ok: true; readonly repeated: boolean } | { readonly ok: false; readonly reason: VoteRefusal };

/** What a vote makes of a round; an outcome that stands is never another one. */
export function takeVote(context: RoundContext, { vote, why, evidence }: CastVote, verify: VerifyVote): { readonly taken: Taken; readonly changes: Partial<RoundContext> } {
  const { order, box, outcome, reasons, refused } = context;
  const admission = admitVote({ round: order.id, actionHash: order.actionHash, electorate: order.electorate, box, decided: outcome !== null }, vote, verify);
  if (!admission.ok) return { taken: { ok: false, reason: admission.reason }, changes: { box: admission.box, refused: refused + 1 } };
  if (admission.repeated) return { taken: { ok: true, repeated: true }, changes: {} };
  return { taken: { ok: true, repeated: false }, changes: { box: admission.box, reasons: { ...reasons, [vote.voter]: { why, evidence } } } };
}

/** Undefined while it is open. */
export function judgeRound({ order, box }: RoundContext): 'accepted' | 'rejected' | undefined {
  return judgeTally(order, box);
}
