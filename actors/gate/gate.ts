// The gate's assessment as the statechart of a request asks for it: reads the facts, judges, and binds the verdict to the action's hash.
import type { Gate } from '../work/ports.ts';
import { hashAction, hashFacts } from './action-hash.ts';
import { assessRisk, questionsOf } from './assess-risk.ts';
import { loadGrammars } from './grammars.ts';
import { readFacts } from './read-facts.ts';

/** Names the rules that judged, so that a verdict can be told from one under other rules. */
export const POLICY = 'troupe-default-1';

export function createGate(): Gate {
  return {
    async assess(action, surroundings) {
      const questions = questionsOf(action, { surroundings });
      const [facts, grammars] = await Promise.all([readFacts(questions, surroundings), loadGrammars(questions)]);
      const looked = { factsHash: hashFacts(facts), paths: [...questions.paths], trees: [...questions.trees] };
      return { ...assessRisk(action, facts, grammars), actionHash: hashAction(action, surroundings, looked.factsHash), looked, policy: POLICY };
    },
  };
}
