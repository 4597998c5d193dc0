// What a refused request is told in `WWW-Authenticate` (RFC 6750, RFC 9728): where to get a token, what was wrong with the one it had,
// or every scope that the operation needs.
import { isCoded } from '../../runtime/index.ts';
import type { Caller } from '../operations/caller.ts';

export interface ChallengeWords {
  /** Of the metadata of this door; undefined where it has none. */
  readonly resourceMetadata: string | undefined;
  /** Undefined for who could not be told. */
  readonly caller: Caller | undefined;
}

const OF_TOKENS: readonly string[] = ['Unauthenticated', 'TokenRefused'];

/** Undefined where the refusal has nothing to do with who asks. */
export function challengeOf(error: unknown, { resourceMetadata, caller }: ChallengeWords): string | undefined {
  if (!isCoded(error)) return undefined;
  const metadata = resourceMetadata === undefined ? [] : [parameter('resource_metadata', resourceMetadata)];
  if (OF_TOKENS.includes(error.code)) {
    const wrong = error.code === 'TokenRefused' ? [parameter('error', 'invalid_token'), parameter('error_description', error.message)] : [];
    return challenge([...wrong, ...metadata]);
  }
  if (error.code !== 'NotPermitted' || typeof error.details.scope !== 'string') return undefined;
  const scopes = [...new Set([...(caller?.token?.scopes ?? []), error.details.scope])].join(' ');
  return challenge([parameter('error', 'insufficient_scope'), parameter('scope', scopes), ...metadata]);
}

function challenge(parameters: readonly string[]): string {
  return `Bearer realm="troupe"${parameters.map((one) => `, ${one}`).join('')}`;
}

/** A quoted string takes no quotation mark, no backslash and no byte beyond ASCII. */
function parameter(name: string, value: string): string {
  return `${name}="${value.replace(/[^\x20-\x7e]|["\\]/g, '_').slice(0, 400)}"`;
}
