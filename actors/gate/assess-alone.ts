// The verdict on an action as its text stands, under the shipped policy: without a node, without facts, in a workspace that is not there. The same for
// the same text, whatever it is.
import type { Action } from '../work/types.ts';
import { questionsOf } from './assess-risk.ts';
import { loadGrammars } from './grammars.ts';
import { NOWHERE } from './nowhere.ts';
import { applyRules } from './policy/apply-rules.ts';
import { judgedAlone } from './policy/judged-alone.ts';
import type { Policy } from './policy/policy-file.ts';
import type { Assessment } from './verdict.ts';

/** `payload` as it came: a field that is missing or of another kind is not understood, and so HIGH. */
export async function assessAlone(type: string, payload: unknown, policy: Policy): Promise<Assessment> {
  const action = { type, payload } as Action;
  const grammars = await loadGrammars(questionsOf(action, { surroundings: NOWHERE }));
  return applyRules(judgedAlone(action, grammars), policy.rules);
}
