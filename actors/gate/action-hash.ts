// What an approval binds: the exact action, where it may act, and what the world looked like there. The node computes it when it assesses, the host
// again when it executes.
import { createHash } from 'node:crypto';
import { canonicalJson } from '../../runtime/canonical-json.ts';
import type { Action, Surroundings } from '../work/types.ts';
import type { Facts } from './facts.ts';

const sha256 = (value: unknown): string => createHash('sha256').update(canonicalJson(value)).digest('hex');

/** sha256 (hex) over the canonical JSON (RFC 8785) of action and surroundings, and of the hash of the facts where any were read. */
export function hashAction(action: Action, surroundings: Surroundings, factsHash?: string): string {
  return sha256({ action, surroundings, ...(factsHash === undefined ? {} : { facts: factsHash }) });
}

/** Of all that was read, under the names that it was asked by. What was seen of a tree that is larger than is looked at depends on chance: whoever
 *  granted the action was told that it is. */
export function hashFacts({ realPaths = {}, ownPaths = {}, trees = {} }: Facts): string {
  const seen = Object.entries(trees).map(([key, tree]) => [key, tree.whole ? tree : 'more than is looked at']);
  return sha256({ realPaths, ownPaths, trees: Object.fromEntries(seen) });
}
