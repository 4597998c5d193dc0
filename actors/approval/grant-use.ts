// A grant is used once: for exactly its action, and by no activation of its request that is older than one that was seen (epoch).
// What may be repeated may be begun again after a cut-off, what nobody ran may be handed out again; nothing else.
import type { ApprovalContext } from './approval-context.ts';

export interface GrantUse {
  readonly actionHash: string;
  /** The activation of the request that wants to begin. */
  readonly epoch: number;
  /** Counts the beginnings, from 1. */
  readonly use: number;
}

export type UseRefusal = 'not_granted' | 'hash_mismatch' | 'stale_epoch' | 'used';

/** Undefined when it may begin. */
export function refuseUse({ order, decided, used }: ApprovalContext, { actionHash, epoch, use }: GrantUse): UseRefusal | undefined {
  if (decided?.decision !== 'approved') return 'not_granted';
  if (actionHash !== order.verdict.actionHash) return 'hash_mismatch';
  if (used === null) return undefined;
  if (epoch < used.epoch) return 'stale_epoch';
  if (used.returned) return use > used.use ? undefined : 'used';
  if (!order.idempotent) return 'used';
  // Another beginning, or the same one once more: an activation that died before its first commit shares its epoch with the next (K27).
  return use >= used.use ? undefined : 'used';
}
