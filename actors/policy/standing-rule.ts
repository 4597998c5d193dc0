// A rule that people add while a fleet works: it raises or lowers a finding, or allows one exact action that somebody has approved. Each has an owner,
// a scope and an end; none ever applies to CRITICAL.
import { z } from 'zod';
import { canonicalJson } from '../../runtime/index.ts';
import type { Asker } from '../work/ports.ts';
import { type Action, type Finding, RISK_LEVELS, type RiskLevel } from '../work/types.ts';

const HOUR_MS = 3_600_000;
export const LONGEST_RULE_MS = 365 * 24 * HOUR_MS;
const name = z.string().min(1).max(400);

/** How long a decision is remembered, and how narrowly: for the task that asked, for a day, or until somebody removes it, a year at most. */
export const REMEMBER = ['task', 'day', 'always'] as const;
export type Remember = (typeof REMEMBER)[number];
export const REMEMBERED_MS: Readonly<Record<Remember, number>> = { task: 24 * HOUR_MS, day: 24 * HOUR_MS, always: LONGEST_RULE_MS };

const does = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('raise'), finding: name, level: z.enum(RISK_LEVELS) }),
  z.strictObject({ kind: z.literal('lower'), finding: name, level: z.enum(['MEDIUM', 'HIGH']) }),
  /** `shown`: what the gate had found when it was approved, as `rule level`; a verdict with anything else in it is not what was approved. */
  z.strictObject({ kind: z.literal('allow'), action: z.unknown(), shown: z.array(name).max(1_000) }),
]);

export const standingRuleSchema = z.strictObject({
  id: z.string().regex(/^[a-z0-9][a-z0-9-]{0,59}$/),
  owner: name,
  why: z.string().max(4_096),
  addedAt: z.number(),
  expiresAt: z.number(),
  /** Null: any. */
  scope: z.strictObject({ agent: name.nullable(), repository: name.nullable(), task: name.nullable() }),
  does,
});
export type StandingRule = z.infer<typeof standingRuleSchema>;

export const shownOf = (findings: readonly Finding[]): string[] => [...new Set(findings.map(({ rule, level }) => `${rule} ${level}`))];

export function isForAsker({ scope }: StandingRule, asker: Asker | null): boolean {
  const { agent, repository, task } = scope;
  return (agent === null || agent === asker?.agent) && (repository === null || repository === asker?.repository) && (task === null || task === asker?.task);
}

/** Whether it allows exactly this action under exactly what was shown, or less. */
export function allows(
  rule: StandingRule,
  action: Action,
  verdict: { readonly level: RiskLevel; readonly findings: readonly Finding[] },
  asker: Asker | null,
  now: number,
): boolean {
  if (rule.does.kind !== 'allow' || verdict.level === 'CRITICAL' || rule.expiresAt <= now || !isForAsker(rule, asker)) return false;
  const shown = new Set(rule.does.shown);
  return canonicalJson(rule.does.action) === canonicalJson(action) && shownOf(verdict.findings).every((each) => shown.has(each));
}
