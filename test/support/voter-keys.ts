// Keys of voters in memory, and votes signed with them.
import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import type { CastVote } from '../../actors/consensus/round.messages.ts';
import { publicKeyOf, signText } from '../../actors/consensus/signature.ts';
import { type SignedVote, voteText } from '../../actors/consensus/vote.ts';
import type { VoterKeys } from '../../actors/work/ports.ts';

const KEYS = new Map<string, KeyObject>();

/** One key a name in the whole process: making one takes longer than a test. */
export function testKey(voter: string): KeyObject {
  const key = KEYS.get(voter) ?? generateKeyPairSync('ed25519').privateKey;
  KEYS.set(voter, key);
  return key;
}

export function memoryVoterKeys(): VoterKeys {
  return {
    publicKeys: async (voters) => Object.fromEntries(voters.map((voter) => [voter, publicKeyOf(testKey(voter))])),
    sign: async (voter, text) => signText(text, testKey(voter)),
  };
}

export function signedVote(vote: Omit<SignedVote, 'signature' | 'at'> & { readonly at?: number }, key = testKey(vote.voter)): SignedVote {
  const unsigned = { at: 0, ...vote };
  return { ...unsigned, signature: signText(voteText(unsigned), key) };
}

export function castVote(vote: SignedVote, why = `${vote.voter} says ${vote.vote}`): CastVote {
  return { type: 'CAST_VOTE', vote, why, evidence: null };
}
