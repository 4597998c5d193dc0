// The verdict on an action as its text stands: without a node, without facts, in a workspace that is not there. The same for the same text, whatever it is.
import type { Action, Surroundings } from '../work/types.ts';
import { assessRisk, questionsOf } from './assess-risk.ts';
import { loadGrammars } from './grammars.ts';
import type { Assessment } from './verdict.ts';

/** Where a request acts that is assessed apart from any node. */
const NOWHERE: Surroundings = { workspace: '/workspace', deployRoot: '/deployments', healthUrl: 'http://127.0.0.1:5001/health' };

/** `payload` as it came: a field that is missing or of another kind is not understood, and so HIGH. */
export async function assessAlone(type: string, payload: unknown): Promise<Assessment> {
  const action = { type, payload } as Action;
  const facts = { surroundings: NOWHERE };
  return assessRisk(action, facts, await loadGrammars(questionsOf(action, facts)));
}
