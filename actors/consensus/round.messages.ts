// Messages that a round takes. Those from outside are parsed with these schemas before they are sent.
import { z } from 'zod';
import { getSchema } from '../work/common-messages.ts';
import type { VoteRefusal } from './ballot-box.ts';
import type { Tally } from './tally.ts';
import { signedVoteSchema, type Vote } from './vote.ts';

/** Bytes of JSON that a vote may bring along. */
const MOST_EVIDENCE = 16_384;

export const whySchema = z.string().min(1).max(2_000);

/** Answered with CastAnswer. The same vote again is the same vote. */
export const castVoteSchema = z.object({
  type: z.literal('CAST_VOTE'),
  vote: signedVoteSchema,
  why: whySchema,
  /** What was looked at, for people. */
  evidence: z
    .json()
    .default(null)
    .refine((evidence) => JSON.stringify(evidence).length <= MOST_EVIDENCE, `more than ${MOST_EVIDENCE} bytes`),
});

export const roundMessageSchema = z.discriminatedUnion('type', [getSchema, castVoteSchema]);

export type CastVote = z.infer<typeof castVoteSchema>;
export type CastAnswer = { readonly ok: true; readonly repeated: boolean } | { readonly ok: false; readonly reason: VoteRefusal };

export type Outcome = 'accepted' | 'rejected' | 'expired';

/** To `replyTo` of the order, once. */
export interface RoundDecided {
  readonly type: 'ROUND_DECIDED';
  readonly round: string;
  readonly outcome: Outcome;
  readonly actionHash: string;
  readonly tally: Tally;
  readonly reasons: ReadonlyArray<{ readonly voter: string; readonly vote: Vote | 'void'; readonly why: string }>;
}

export type RoundMessage =
  | z.infer<typeof getSchema>
  | CastVote
  /** From whoever opened it: nobody needs an answer any more. */
  | { readonly type: 'WITHDRAW'; readonly by: string; readonly why: string };
