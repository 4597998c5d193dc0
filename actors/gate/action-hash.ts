// What an approval binds: the exact action and where it may act. The node computes it when it assesses, the host again when it executes.
import { createHash } from 'node:crypto';
import { canonicalJson } from '../../runtime/canonical-json.ts';
import type { Action, Surroundings } from '../work/types.ts';

/** sha256 (hex) over the canonical JSON (RFC 8785) of action and surroundings. */
export function hashAction(action: Action, surroundings: Surroundings): string {
  return createHash('sha256').update(canonicalJson({ action, surroundings })).digest('hex');
}
