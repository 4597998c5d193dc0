// Whom a round asks when it opens, and lets go when it is over: each agent of its electorate has a ballot of its own. People come by themselves.
import type { BallotOrder } from './ballot-context.ts';
import type { RoundContext } from './round-context.ts';
import { isPerson } from './vote.ts';

const ballotId = (round: string, voter: string): string => `${round}.${voter}`;

function ballotOrder({ order }: RoundContext, voter: string): BallotOrder {
  const { id, purpose, subject, summary, actionHash, openedBy } = order;
  return { round: id, voter, purpose, subject, summary, actionHash, openedBy };
}

function agentsOf({ order }: RoundContext): readonly string[] {
  return order.electorate.map(({ voter }) => voter).filter((voter) => !isPerson(voter));
}

/** Children of the supervisor `ballots`. */
export function ballotsOf(context: RoundContext) {
  return agentsOf(context).map((voter) => ({ template: 'ballot', id: ballotId(context.order.id, voter), input: ballotOrder(context, voter) }));
}

/** Addresses of ballots that are not cast yet. */
export function openBallots(context: RoundContext): readonly string[] {
  return agentsOf(context)
    .filter((voter) => context.box.votes[voter] === undefined)
    .map((voter) => `ballots/${ballotId(context.order.id, voter)}`);
}
