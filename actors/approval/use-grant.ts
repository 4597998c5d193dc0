// The door of an execution to its grant: asked right before it begins, answered only once the answer is journalled.
import { type ErrorCode, isCoded, type System } from '../../runtime/index.ts';
import type { UseAnswer } from './approval.messages.ts';
import type { GrantUse } from './grant-use.ts';

const USE_MS = 15_000;
/** The approval has ended: denied, expired, withdrawn, or used up. */
const ENDED: readonly ErrorCode[] = ['NoSuchActor', 'ActorDown'];

/** Rejects when nobody can say: nothing was run then. */
export function useGrant(system: Pick<System, 'ref'>, approval: string, use: GrantUse): Promise<UseAnswer | { readonly ok: false; readonly reason: 'gone' }> {
  return system
    .ref(`approvals/${approval}`)
    .ask({ type: 'USE', ...use }, { timeoutMs: USE_MS })
    .then(
      (answer) => answer as UseAnswer,
      (error: unknown) => {
        if (ENDED.some((code) => isCoded(error, code))) return { ok: false, reason: 'gone' } as const;
        throw error;
      },
    );
}
