// The verdict on an action as its text stands: without a node, without facts, in a workspace that is not there. Pure, whatever it is given.
import type { Action, Surroundings } from '../work/types.ts';
import { assessRisk } from './assess-risk.ts';
import type { Assessment } from './verdict.ts';

/** Where a request acts that is assessed apart from any node. */
const NOWHERE: Surroundings = { workspace: '/workspace', deployRoot: '/deployments', healthUrl: 'http://127.0.0.1:5001/health' };

/** `payload` as it came: a field that is missing or of another kind is not understood, and so HIGH. */
export function assessAlone(type: string, payload: unknown): Assessment {
  return assessRisk({ type, payload } as Action, { surroundings: NOWHERE });
}
