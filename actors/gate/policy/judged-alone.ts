// An action as rules see it when nobody asks for it and nothing was looked at: for examples of rules, and for `troupe assess`.
import type { Action } from '../../work/types.ts';
import { assessRisk, commandsOf } from '../assess-risk.ts';
import { type Grammars, NO_GRAMMARS } from '../grammars.ts';
import { NOWHERE } from '../nowhere.ts';
import type { Judged } from './apply-rules.ts';

export function judgedAlone(action: Action, grammars: Grammars = NO_GRAMMARS): Judged {
  const facts = { surroundings: NOWHERE };
  return { action, assessment: assessRisk(action, facts, grammars), asker: null, commands: () => commandsOf(action, facts) };
}
