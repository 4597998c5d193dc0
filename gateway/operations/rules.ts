// Rules of the policy that people add while the fleet works, and remembered decisions: listed, added, removed. A rule is never wider than what was shown.
import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import { canBeFound, noSuchFinding } from '../../actors/gate/finding-names.ts';
import type { PolicyMessage, RuleAnswer } from '../../actors/policy/policy.messages.ts';
import { POLICY } from '../../actors/policy/policy.ts';
import { LONGEST_RULE_MS, REMEMBERED_MS, type Remember, type StandingRule, shownOf } from '../../actors/policy/standing-rule.ts';
import { listRules, planWorkspace } from '../../actors/read-model/index.ts';
import { type Action, type Finding, RISK_LEVELS, type RiskLevel } from '../../actors/work/types.ts';
import { codedError } from '../../runtime/index.ts';
import { moment, momentOrNull, pageOf, text, textOrNull } from './answers/words.ts';
import { askActor } from './asking.ts';
import { nameInput, type Operation, type OperationContext, operation, readModel, whyInput } from './operation.ts';
import { pageInput } from './page.ts';

const SHORTEST_RULE_MS = 60_000;
const REFUSALS: Readonly<Record<Exclude<Extract<RuleAnswer, { ok: false }>['reason'], 'no_such_rule'>, string>> = {
  exists: 'a rule of that id is there already',
  too_many: 'there are too many rules: `troupe rules remove` those that nobody needs',
  over: 'its time is over already',
};

const ruleRow = z.strictObject({
  id: text,
  owner: text,
  why: text,
  scope: z.strictObject({ agent: textOrNull, repository: textOrNull, task: textOrNull }).describe('null: any'),
  does: z.looseObject({ kind: z.enum(['raise', 'lower', 'allow']) }),
  addedAt: moment,
  expiresAt: moment,
  endedAt: momentOrNull,
  endedBy: textOrNull,
  endedWhy: textOrNull,
});

async function tellPolicy({ node }: OperationContext, message: Exclude<PolicyMessage, { type: 'GET' }>): Promise<void> {
  const answer = await askActor<RuleAnswer>(node.system, POLICY, { ...message });
  if (answer.ok) return;
  if (answer.reason === 'no_such_rule') throw codedError('NoSuchRule', { rule: message.type === 'REMOVE_RULE' ? message.id : message.rule.id });
  throw codedError('InvalidInput', { problem: `rule: ${REFUSALS[answer.reason]}` });
}

const newId = (): string => `r-${randomUUID().slice(0, 13)}`;

/** What its approval says of itself. */
export interface Shown {
  readonly planId: string;
  readonly taskId: string;
  readonly agent: string;
  readonly action: Action;
  readonly verdict: { readonly level: RiskLevel; readonly findings: readonly Finding[] };
}

/** Allows exactly the action that was shown, to the agent that asked, in the repository of its plan. Rejects when it could not be added; nothing is added yet. */
export async function ruleToRemember(context: OperationContext, shown: Shown, remember: Remember, why: string): Promise<StandingRule> {
  const { planId, taskId, agent, action, verdict } = shown;
  const repository = planWorkspace(await readModel(context), planId);
  if (repository === undefined) throw codedError('InvalidInput', { problem: 'remember: nothing is known of the plan that asked' });
  const now = context.node.clock.now();
  const scope = { agent, repository, task: remember === 'task' ? `${planId}.${taskId}` : null };
  const rule: StandingRule = {
    id: newId(),
    owner: context.caller.name,
    why,
    addedAt: now,
    expiresAt: now + REMEMBERED_MS[remember],
    scope,
    does: { kind: 'allow', action, shown: shownOf(verdict.findings) },
  };
  await tellPolicy(context, { type: 'CHECK_RULE', rule });
  return rule;
}

export function addRule(context: OperationContext, rule: StandingRule): Promise<void> {
  return tellPolicy(context, { type: 'ADD_RULE', rule });
}

export const RULE_OPERATIONS: readonly Operation[] = [
  operation({
    name: 'rule.list',
    title: 'Rules',
    summary: 'rules that people added and decisions that are remembered; with `all` also those that are over',
    permission: 'read',
    input: z.strictObject({ all: z.stringbool().or(z.boolean()).optional(), ...pageInput }),
    output: pageOf(ruleRow),
    run: async (context, input) => listRules(await readModel(context), input),
  }),
  operation({
    name: 'rule.add',
    title: 'Add a rule',
    summary: 'raises a finding of the gate to a level, or lowers it to MEDIUM or HIGH, for an agent or a repository, until an end',
    permission: 'admin',
    input: z
      .strictObject({
        finding: z
          .string()
          .regex(/^[a-z][a-z0-9-]{0,79}\*?$/)
          .refine(canBeFound, { error: noSuchFinding })
          .describe('as `troupe assess` names it; `*` at the end for all that begin so'),
        does: z.enum(['raise', 'lower']),
        level: z.enum(RISK_LEVELS).describe('at least this; when it lowers, MEDIUM or HIGH'),
        why: whyInput,
        agent: nameInput.optional(),
        repository: z.string().regex(/^\//, 'is no absolute path').max(400).optional(),
        forMs: z.coerce.number().int().min(SHORTEST_RULE_MS).max(LONGEST_RULE_MS).describe('how long it holds'),
      })
      .refine(({ does, level }) => does === 'raise' || level === 'MEDIUM' || level === 'HIGH', { error: 'lowers to MEDIUM or HIGH' })
      .refine(({ does, finding }) => does === 'raise' || !finding.endsWith('*'), { error: 'to lower, one finding is named in full' }),
    output: z.strictObject({ rule: text, expiresAt: moment }),
    async run(context, { finding, does: kind, level, why, agent = null, repository = null, forMs }) {
      const now = context.node.clock.now();
      const does: StandingRule['does'] = kind === 'raise' ? { kind, finding, level } : { kind, finding, level: level === 'MEDIUM' ? 'MEDIUM' : 'HIGH' };
      const rule: StandingRule = { id: newId(), owner: context.caller.name, why, addedAt: now, expiresAt: now + forMs, scope: { agent, repository, task: null }, does };
      await addRule(context, rule);
      return { rule: rule.id, expiresAt: rule.expiresAt };
    },
  }),
  operation({
    name: 'rule.remove',
    title: 'Remove a rule',
    summary: 'ends a rule or a remembered decision at once',
    permission: 'approve',
    destructive: true,
    input: z.strictObject({ rule: nameInput, why: whyInput.optional() }),
    output: z.strictObject({ rule: text, removed: z.literal(true) }),
    async run(context, { rule, why = '' }) {
      await tellPolicy(context, { type: 'REMOVE_RULE', id: rule, by: context.caller.name, why });
      return { rule, removed: true as const };
    },
  }),
];
