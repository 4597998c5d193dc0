// What a round is opened with. Everything that decides about its outcome is fixed here and changes no more.
import { createHash } from 'node:crypto';
import { z } from 'zod';
import { canonicalJson } from '../../runtime/index.ts';
import { hashSchema, voterSchema } from './vote.ts';

export const MOST_VOTERS = 32;
export const LONGEST_ROUND_MS = 7 * 24 * 3_600_000;

const electorSchema = z.strictObject({
  voter: voterSchema,
  /** See signature.ts. Left out: the round pins the key that the node holds for this voter when it opens. */
  publicKey: z.string().length(43).optional(),
});

const numbers = {
  /** How many must have voted, abstentions counted, before anything is accepted. */
  quorum: z.number().int().min(1),
  /** How many must say yes. */
  threshold: z.number().int().min(1),
  /** Nothing is accepted against one of these, or without its vote. */
  veto: z.array(voterSchema),
  /** Counted from the opening. */
  deadlineMs: z.number().int().min(1).max(LONGEST_ROUND_MS),
};

interface Parameters {
  readonly voters: readonly string[];
  readonly quorum: number;
  readonly threshold: number;
  readonly veto: readonly string[];
}

/** What is wrong with these parameters, by member; a round that cannot be won is a mistake. */
export function parameterProblems({ voters, quorum, threshold, veto }: Parameters): ReadonlyArray<readonly [member: string, problem: string]> {
  const twice = voters.find((voter, index) => voters.indexOf(voter) !== index);
  const stranger = veto.find((voter) => !voters.includes(voter));
  return [
    ...(twice === undefined ? [] : [['electorate', `names '${twice}' twice`] as const]),
    ...(quorum > voters.length ? [['quorum', `more than the ${voters.length} voters`] as const] : []),
    ...(threshold > voters.length ? [['threshold', `more than the ${voters.length} voters`] as const] : []),
    ...(stranger === undefined ? [] : [['veto', `'${stranger}' is no voter`] as const]),
  ];
}

function refine(parameters: Parameters, context: { addIssue(issue: { code: 'custom'; path: string[]; message: string }): void }): void {
  for (const [member, message] of parameterProblems(parameters)) context.addIssue({ code: 'custom', path: [member], message });
}

export const roundOrderSchema = z
  .strictObject({
    id: z
      .string()
      .max(200)
      .regex(/^[A-Za-z0-9][\w.:@-]*$/),
    purpose: z.enum(['request', 'proposal']),
    /** A request's id, or the proposal in words. */
    subject: z.string().min(1).max(2_000),
    actionHash: hashSchema,
    summary: z.string().max(2_000),
    electorate: z.array(electorSchema).min(1).max(MOST_VOTERS),
    ...numbers,
    /** Address that is told ROUND_DECIDED, once. */
    replyTo: z.string().nullable(),
    openedBy: z.string().min(1).max(256),
  })
  .superRefine((order, context) => refine({ ...order, voters: order.electorate.map(({ voter }) => voter) }, context));

export type RoundOrder = z.infer<typeof roundOrderSchema>;
export type Elector = RoundOrder['electorate'][number];

/** How rounds on CRITICAL requests are set up: the section `rounds` of the policy. */
export const roundPolicySchema = z
  .strictObject({ electorate: z.array(voterSchema).min(1).max(MOST_VOTERS), ...numbers, /** Whether a person decides after the fleet has said yes. */ thenPerson: z.boolean() })
  .superRefine((policy, context) => refine({ ...policy, voters: policy.electorate }, context));

export type RoundPolicy = z.infer<typeof roundPolicySchema>;

/** Those whose role has something to look at. All but one must say yes, and neither red tests nor a missing backup can be outvoted. */
export const DEFAULT_ROUND_POLICY: RoundPolicy = {
  electorate: ['supervisor', 'testing', 'database', 'deployment'],
  quorum: 4,
  threshold: 3,
  veto: ['supervisor', 'testing', 'database', 'deployment'],
  deadlineMs: 30 * 60_000,
  thenPerson: true,
};

/** What votes on a proposal bind: exactly its words. */
export function hashProposal(proposal: { readonly subject: string; readonly summary: string }): string {
  return createHash('sha256')
    .update(canonicalJson({ proposal: { subject: proposal.subject, summary: proposal.summary } }))
    .digest('hex');
}
