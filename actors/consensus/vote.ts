// A signed vote: one voter's word on exactly one action in exactly one round. The signature is over these five members and nothing else.
import { z } from 'zod';

export const VOTES = ['yes', 'no', 'abstain'] as const;
export type Vote = (typeof VOTES)[number];

export const hashSchema = z.string().regex(/^[0-9a-f]{64}$/, 'not a SHA-256 in hexadecimal');
/** An agent by its name, a person as `person:<name>`. */
export const voterSchema = z
  .string()
  .max(200)
  .regex(/^[A-Za-z0-9][\w.:@-]*$/, 'not the name of a voter');

export const signedVoteSchema = z.strictObject({
  round: z.string().min(1).max(200),
  actionHash: hashSchema,
  voter: voterSchema,
  vote: z.enum(VOTES),
  /** When the voter made up its mind. */
  at: z.number().int().min(0),
  /** Base64url. */
  signature: z.string().max(128),
});
export type SignedVote = z.infer<typeof signedVoteSchema>;

/** Canonical JSON (RFC 8785) of what is signed: its members stand in their order here. */
export function voteText({ round, actionHash, voter, vote, at }: Omit<SignedVote, 'signature'>): string {
  return JSON.stringify({ actionHash, at, round, vote, voter });
}

const PERSON = 'person:';

/** How a person stands in an electorate: no agent has such a name. */
export const personVoter = (name: string): string => `${PERSON}${name}`;
export const isPerson = (voter: string): boolean => voter.startsWith(PERSON);
