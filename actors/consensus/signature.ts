// Ed25519 over the text of a vote. A public key is the member `x` of its JWK (RFC 8037): 43 characters, whatever made the key.
import { createPublicKey, type KeyObject, sign, verify } from 'node:crypto';
import { type SignedVote, voteText } from './vote.ts';

/** Keys of few voters are used again and again, and reading one costs as much as a signature. */
const MOST_KEYS = 256;
const keys = new Map<string, KeyObject>();

function keyOf(publicKey: string): KeyObject {
  const known = keys.get(publicKey);
  if (known !== undefined) return known;
  const key = createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x: publicKey }, format: 'jwk' });
  if (keys.size >= MOST_KEYS) keys.clear();
  keys.set(publicKey, key);
  return key;
}

export type VerifyVote = (vote: SignedVote, publicKey: string) => boolean;

/** False for whatever is no signature of that key over that vote. Throws for a public key that is none. */
export const verifyVote: VerifyVote = (vote, publicKey) => verify(null, Buffer.from(voteText(vote)), keyOf(publicKey), Buffer.from(vote.signature, 'base64url'));

/** The same text under the same key gives the same signature: signing again makes no second vote. */
export function signText(text: string, privateKey: KeyObject): string {
  return sign(null, Buffer.from(text), privateKey).toString('base64url');
}

/** Of a private key. */
export function publicKeyOf(privateKey: KeyObject): string {
  const { x } = createPublicKey(privateKey).export({ format: 'jwk' });
  return x ?? '';
}
