// Rounds: what agents propose themselves, votes of those whom an electorate names, and what was said and decided.
import { z } from 'zod';
import type { VoteRefusal } from '../../actors/consensus/ballot-box.ts';
import { type CastAnswer, castVoteSchema } from '../../actors/consensus/round.messages.ts';
import { hashProposal, LONGEST_ROUND_MS, MOST_VOTERS, parameterProblems, type RoundOrder } from '../../actors/consensus/round-order.ts';
import type { RoundReport } from '../../actors/consensus/round-report.ts';
import { isPerson, personVoter, VOTES, voterSchema, voteText } from '../../actors/consensus/vote.ts';
import { findRound, listRounds } from '../../actors/read-model/index.ts';
import { codedError, isCoded, messageId } from '../../runtime/index.ts';
import { fleetNames } from '../node/running-node.ts';
import { roundRow, roundSeen } from './answers/rounds.ts';
import { pageOf, text } from './answers/words.ts';
import { askActor } from './asking.ts';
import { findAgent } from './find-agent.ts';
import { type AsGuest, asGuestInput, noteHeard, presentGuestOf } from './guest-calls.ts';
import { nameInput, type Operation, type OperationContext, operation, readModel } from './operation.ts';
import { pageInput } from './page.ts';
import { readRound } from './settled-report.ts';

const DEFAULT_DEADLINE_MS = 24 * 3_600_000;

const REASONS: Readonly<Record<VoteRefusal, string>> = {
  other_round: 'it is signed for another round',
  other_action: 'it is signed for another action',
  foreign: 'the electorate does not name this voter',
  bad_signature: 'it is not signed with the key that was pinned when the round opened',
  late: 'the round is decided',
  void: 'this voter has said two things before',
  equivocation: 'this voter has said something else before: none of its votes counts any more',
};

function refuse(round: string, voter: string, reason: string): never {
  throw codedError('VoteRefused', { round, voter, reason });
}

/**
 * An agent votes under its name, a person never does: whoever may administer is a person, whatever he calls himself. A guest votes through
 * whoever holds the token that it joined with, where it says as which.
 */
async function voterOf(context: OperationContext, as: AsGuest): Promise<string> {
  const { node, caller } = context;
  if (as.agent !== undefined) {
    const guest = presentGuestOf(context, as);
    await noteHeard(context, guest);
    return guest.agent.name;
  }
  const isAgent = !caller.permissions.includes('admin') && fleetNames(node.system).includes(caller.name);
  return isAgent ? caller.name : personVoter(caller.name);
}

/** As the record will say it. */
function seenOf({ votes, refused: _refused, ...round }: RoundReport): object {
  return { ...round, votes: votes.map(({ round: _round, actionHash: _hash, ...vote }) => ({ ...vote, receivedAt: vote.at, refused: null })) };
}

interface Proposal {
  readonly subject: string;
  readonly summary: string;
  readonly electorate?: readonly string[] | undefined;
  readonly quorum?: number | undefined;
  readonly threshold?: number | undefined;
  readonly veto: readonly string[];
  readonly deadlineMs: number;
}

/** Whoever is not named votes not: by default all agents of the fleet do, and more than half of them decide. Anybody may join as a guest, so guests are named. */
function proposalOrder({ node, caller, idempotencyKey }: OperationContext, proposal: Proposal): RoundOrder {
  const { subject, summary, veto, deadlineMs } = proposal;
  const voters = proposal.electorate ?? fleetNames(node.system).slice(0, MOST_VOTERS);
  for (const voter of voters) if (!isPerson(voter)) findAgent(node.system, voter);
  const majority = Math.floor(voters.length / 2) + 1;
  const { quorum = majority, threshold = majority } = proposal;
  const [problem] = parameterProblems({ voters, quorum, threshold, veto });
  if (problem !== undefined) throw codedError('InvalidInput', { problem: `round.open: ${problem[0]}: ${problem[1]}` });
  return {
    id: `proposal-${idempotencyKey === undefined ? messageId(node.clock.now()) : hashProposal({ subject: caller.name, summary: idempotencyKey }).slice(0, 32)}`,
    purpose: 'proposal',
    subject,
    actionHash: hashProposal(proposal),
    summary,
    electorate: voters.map((voter) => ({ voter })),
    quorum,
    threshold,
    veto: [...veto],
    deadlineMs,
    replyTo: null,
    openedBy: caller.name,
  };
}

const whole = z.coerce.number().int().min(1);

export const ROUND_OPERATIONS: readonly Operation[] = [
  operation({
    name: 'round.open',
    title: 'Propose',
    summary: 'puts a proposal to the vote of agents and people; binds nobody to anything but its words',
    permission: 'act',
    input: z.strictObject({
      subject: z.string().min(1).max(2_000),
      summary: z.string().max(2_000).default(''),
      electorate: z.array(voterSchema).min(1).max(MOST_VOTERS).optional(),
      quorum: whole.optional(),
      threshold: whole.optional(),
      veto: z.array(voterSchema).default([]),
      deadlineMs: z.coerce.number().int().min(1_000).max(LONGEST_ROUND_MS).default(DEFAULT_DEADLINE_MS),
    }),
    output: z.strictObject({ round: text, actionHash: text, electorate: z.array(text) }),
    async run(context, input) {
      const order = proposalOrder(context, input);
      const answer = await context.node.system.startChild('rounds', { template: 'round', id: order.id, input: order });
      if (!answer.ok && !(context.idempotencyKey !== undefined && answer.reason === 'already_started'))
        throw codedError('NotDone', { what: 'round.open', reason: `${answer.reason} ${answer.detail ?? ''}`.trim() });
      return { round: order.id, actionHash: order.actionHash, electorate: order.electorate.map(({ voter }) => voter) };
    },
  }),
  operation({
    name: 'round.list',
    title: 'Rounds',
    summary: 'what is being voted on; with `all` also what was decided',
    permission: 'read',
    input: z.strictObject({ all: z.stringbool().or(z.boolean()).optional(), ...pageInput }),
    output: pageOf(roundRow),
    run: async (context, input) => listRounds(await readModel(context), input),
  }),
  operation({
    name: 'round.status',
    title: 'One round',
    summary: 'one round: its electorate with their keys, every vote with its reason and evidence, the outcome',
    permission: 'read',
    input: z.strictObject({ round: nameInput }),
    output: roundSeen,
    async run(context, { round }) {
      const db = await readModel(context);
      const recorded = findRound(db, round);
      if (recorded !== undefined && db.current) return recorded;
      // A round that the record does not know yet, or not as it is by now, says itself how it stands.
      return readRound(context.node.system, round)
        .then(seenOf)
        .catch((error: unknown) => {
          if (recorded !== undefined && isCoded(error, 'NoSuchRound')) return recorded;
          throw error;
        });
    },
  }),
  operation({
    name: 'round.vote',
    title: 'Vote',
    summary: 'casts the vote of whoever calls, which counts where the electorate names the caller',
    permission: 'act',
    input: z.strictObject({ round: nameInput, vote: z.enum(VOTES), why: castVoteSchema.shape.why, ...asGuestInput }),
    output: z.strictObject({ round: text, voter: text, vote: z.enum(VOTES), repeated: z.boolean() }),
    async run(context, { round, vote, why, ...as }) {
      const { node } = context;
      const voter = await voterOf(context, as);
      const { electorate, purpose, actionHash } = await readRound(node.system, round);
      const names = electorate.map((elector) => elector.voter);
      if (!names.includes(voter)) refuse(round, voter, `${REASONS.foreign}: it names ${names.join(', ')}`);
      if (purpose === 'request' && !isPerson(voter)) refuse(round, voter, 'an agent votes on a request by the evidence of its role, which the node gathers');
      const unsigned = { round, actionHash, voter, vote, at: Math.trunc(node.clock.now()) };
      const signature = await node.voterKeys.sign(voter, voteText(unsigned));
      const message = { type: 'CAST_VOTE', vote: { ...unsigned, signature }, why, evidence: null };
      const answer = await askActor<CastAnswer>(node.system, `rounds/${round}`, message, ['NoSuchRound', { round }]);
      if (!answer.ok) refuse(round, voter, REASONS[answer.reason]);
      return { round, voter, vote, repeated: answer.repeated };
    },
  }),
];
