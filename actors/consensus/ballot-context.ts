// What a ballot remembers: whose vote on what, and what was found. Plain JSON (K3).
import type { Action, RiskVerdict, Surroundings } from '../work/types.ts';
import type { RoundOrder } from './round-order.ts';
import type { SignedVote, Vote } from './vote.ts';

export interface BallotOrder extends Pick<RoundOrder, 'purpose' | 'subject' | 'summary' | 'actionHash' | 'openedBy'> {
  readonly round: string;
  readonly voter: string;
}

/** A vote with its reason and what was looked at, before it is signed. */
export interface Finding {
  readonly vote: Vote;
  readonly why: string;
  readonly evidence: unknown;
}

/** A test run as the gate has rated it. */
export interface TestRun {
  readonly action: Action;
  readonly surroundings: Surroundings;
  readonly verdict: RiskVerdict;
}

export interface BallotContext {
  readonly order: BallotOrder;
  readonly run: TestRun | null;
  /** How often the tests were begun again after a cut-off. */
  readonly reruns: number;
  /** Set once: what is signed never changes. */
  readonly finding: Finding | null;
  readonly at: number;
  readonly signed: SignedVote | null;
}

export function newBallot(order: BallotOrder): BallotContext {
  return { order, run: null, reruns: 0, finding: null, at: 0, signed: null };
}
