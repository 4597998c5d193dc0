// Every message that may ever reach a round, as something on the network could send it: votes of each voter, also two different ones,
// and what is forged, foreign, or meant for another round or action.
import { generateKeyPairSync } from 'node:crypto';
import type { CastVote } from '../../actors/consensus/round.messages.ts';
import { publicKeyOf, signText, type VerifyVote, verifyVote } from '../../actors/consensus/signature.ts';
import { type SignedVote, voteText } from '../../actors/consensus/vote.ts';
import type { Word } from './oracle.ts';

export const ROUND = 'r';
export const HASH = 'a'.repeat(64);
const OTHER_HASH = 'b'.repeat(64);
const MOST_VOTERS = 5;

const NAMES = Array.from({ length: MOST_VOTERS }, (_, index) => `voter-${index}`);
const KEYS = Object.fromEntries([...NAMES, 'mallory'].map((name) => [name, generateKeyPairSync('ed25519').privateKey]));

function keyOf(name: string) {
  const key = KEYS[name];
  if (key === undefined) throw new Error(`no key of ${name}`);
  return key;
}

export function electors(count: number) {
  return NAMES.slice(0, count).map((voter) => ({ voter, publicKey: publicKeyOf(keyOf(voter)) }));
}

export interface Sent {
  readonly message: CastVote;
  readonly voter: string;
  /** What it says when it is a vote of that voter on this action in this round; null when it must change nothing. */
  readonly word: Word | null;
}

function sent(word: Word | null, vote: Omit<SignedVote, 'signature' | 'at'>, signer: string): Sent {
  const unsigned = { at: 0, ...vote };
  const signed = { ...unsigned, signature: signText(voteText(unsigned), keyOf(signer)) };
  return { message: { type: 'CAST_VOTE', vote: signed, why: vote.vote, evidence: null }, voter: vote.voter, word };
}

function ofVoter(voter: string): readonly Sent[] {
  const own = { round: ROUND, actionHash: HASH, voter };
  return [
    ...(['yes', 'no', 'abstain'] as const).map((vote) => sent(vote, { ...own, vote }, voter)),
    sent(null, { ...own, vote: 'yes', actionHash: OTHER_HASH }, voter),
    sent(null, { ...own, vote: 'no', actionHash: OTHER_HASH }, voter),
    sent(null, { ...own, vote: 'yes', round: 'another' }, voter),
    sent(null, { ...own, vote: 'no' }, 'mallory'),
    sent(null, { ...own, vote: 'yes' }, 'mallory'),
  ];
}

const BY_VOTER = Object.fromEntries(NAMES.map((voter) => [voter, ofVoter(voter)]));

export const messagesOf = (voter: string): readonly Sent[] => BY_VOTER[voter] ?? [];
export const FOREIGN: Sent = sent(null, { round: ROUND, actionHash: HASH, voter: 'mallory', vote: 'yes' }, 'mallory');

const verified = new Map<string, boolean>();

/** The product's own, each question asked once. */
export const rememberingVerify: VerifyVote = (vote, publicKey) => {
  const question = `${publicKey} ${vote.signature} ${voteText(vote)}`;
  const answer = verified.get(question) ?? verifyVote(vote, publicKey);
  verified.set(question, answer);
  return answer;
};
