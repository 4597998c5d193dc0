// The gate's assessment as the statechart of a request asks for it: reads the facts, judges, applies the policy, and binds the verdict to the action's hash.
import type { Gate } from '../work/ports.ts';
import { hashAction, hashFacts } from './action-hash.ts';
import { assessRisk, commandsOf, questionsOf } from './assess-risk.ts';
import { loadGrammars } from './grammars.ts';
import { applyRules } from './policy/apply-rules.ts';
import type { Policy } from './policy/policy-file.ts';
import { readFacts } from './read-facts.ts';

export interface GateOptions {
  policy(): Policy;
}

export function createGate({ policy }: GateOptions): Gate {
  return {
    async assess(action, surroundings, asker) {
      const questions = questionsOf(action, { surroundings });
      const [facts, grammars] = await Promise.all([readFacts(questions, surroundings), loadGrammars(questions)]);
      const { rules, version } = policy();
      const judged = { action, assessment: assessRisk(action, facts, grammars), asker, commands: () => commandsOf(action, facts) };
      const looked = { factsHash: hashFacts(facts), paths: [...questions.paths], trees: [...questions.trees] };
      return { ...applyRules(judged, rules), actionHash: hashAction(action, surroundings, looked.factsHash), looked, policy: version };
    },
  };
}
