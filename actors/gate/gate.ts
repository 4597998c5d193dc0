// The gate's assessment as the statechart of a request asks for it: reads the facts, judges, applies the policy and the rules that people added, and binds
// the verdict to the action's hash.
import { allows, isForAsker, type StandingRule } from '../policy/standing-rule.ts';
import type { Asker, Gate } from '../work/ports.ts';
import type { Action, RiskVerdict } from '../work/types.ts';
import { hashAction, hashFacts } from './action-hash.ts';
import { assessRisk, commandsOf, questionsOf } from './assess-risk.ts';
import { loadGrammars } from './grammars.ts';
import { applyRules } from './policy/apply-rules.ts';
import type { Policy } from './policy/policy-file.ts';
import type { PolicyRule } from './policy/policy-schema.ts';
import { readFacts } from './read-facts.ts';

export interface GateOptions {
  policy(): Policy;
  /** Added while the fleet works. A rejection ends the assessment. */
  rules(): Promise<readonly StandingRule[]>;
  /** Whether what runs is contained: without it no rule waves a command through that is not proven to read only. */
  readonly contained: boolean;
  now(): number;
}

/** As a rule of the policy, for whoever it is meant for. */
function policyRule({ id, why, does }: StandingRule): PolicyRule[] {
  if (does.kind === 'allow') return [];
  return [{ id, why, when: { finding: does.finding }, ...(does.kind === 'raise' ? { raise: does.level } : { lower: does.level }), match: [], not_match: [] }];
}

export function createGate({ policy, rules, contained, now }: GateOptions): Gate {
  function allowedBy(standing: readonly StandingRule[], action: Action, verdict: Pick<RiskVerdict, 'level' | 'findings'>, asker: Asker | null): Pick<RiskVerdict, 'allowed'> {
    if (verdict.level === 'LOW' || (!contained && action.type === 'BASH_COMMAND')) return {};
    const rule = standing.find((each) => allows(each, action, verdict, asker, now()));
    return rule === undefined ? {} : { allowed: { rule: rule.id, owner: rule.owner } };
  }

  return {
    async assess(action, surroundings, asker) {
      const questions = questionsOf(action, { surroundings });
      const [facts, grammars, standing] = await Promise.all([readFacts(questions, surroundings), loadGrammars(questions), rules()]);
      const { rules: written, version } = policy();
      const added = standing.filter((rule) => isForAsker(rule, asker)).flatMap(policyRule);
      const judged = { action, assessment: assessRisk(action, facts, grammars), asker, commands: () => commandsOf(action, facts) };
      const looked = { factsHash: hashFacts(facts), paths: [...questions.paths], trees: [...questions.trees] };
      const verdict = applyRules(judged, [...written, ...added]);
      return { ...verdict, ...allowedBy(standing, action, verdict, asker), actionHash: hashAction(action, surroundings, looked.factsHash), looked, policy: version };
    },
  };
}
