// Rules of a policy on what the gate found. Pure: the same findings under the same rules come to the same.
import { posix } from 'node:path';
import type { Asker } from '../../work/ports.ts';
import type { Action, Finding } from '../../work/types.ts';
import { componentsWithin } from '../file/resolve-path.ts';
import { type Assessment, assessment, finding, isAtLeast, worse } from '../verdict.ts';
import type { PolicyRule } from './policy-schema.ts';

export interface Judged {
  readonly action: Action;
  readonly assessment: Assessment;
  readonly asker: Asker | null;
  /** Words of every command that the action runs. Asked for only by rules that name some. */
  commands(): readonly (readonly string[])[];
}

type Scope = { readonly agents?: readonly string[] | undefined; readonly workspaces?: readonly string[] | undefined } | undefined;

export function isInScope(scope: Scope, asker: Asker | null): boolean {
  if (scope?.agents !== undefined && (asker === null || !scope.agents.includes(asker.agent))) return false;
  if (scope?.workspaces === undefined) return true;
  const repository = asker?.repository;
  return typeof repository === 'string' && scope.workspaces.some((workspace) => componentsWithin(posix.resolve(workspace), posix.resolve(repository)) !== undefined);
}

function isNamed({ rule }: Finding, name: string): boolean {
  return name.endsWith('*') ? rule.startsWith(name.slice(0, -1)) : rule === name;
}

function startsWith(words: readonly string[], first: readonly string[]): boolean {
  return first.every((word, at) => (at === 0 ? posix.basename(words[0] ?? '') : words[at]) === word);
}

/** Whatever its scope. */
export function isMeant({ when }: PolicyRule, { action, assessment: { findings }, commands }: Judged): boolean {
  const { type, finding: named, command } = when;
  if (type !== undefined && type !== action.type) return false;
  if (named !== undefined && !findings.some((each) => isNamed(each, named))) return false;
  return command === undefined || commands().some((words) => startsWith(words, command));
}

function lowered(each: Finding, { id, lower, when }: PolicyRule): Finding {
  const meant = lower !== undefined && each.level !== 'CRITICAL' && isNamed(each, when.finding ?? '') && isAtLeast(each.level, lower) && each.level !== lower;
  return meant ? { ...each, level: lower, why: `${each.why} (lowered by the rule ${id})` } : each;
}

/** Lowering first, raising after it: who raises is never undone. */
export function applyRules(judged: Judged, rules: readonly PolicyRule[]): Assessment {
  const meant = rules.filter((rule) => isInScope(rule.scope, judged.asker) && isMeant(rule, judged));
  const lowers = meant.filter(({ lower }) => lower !== undefined);
  const found = lowers.reduce<readonly Finding[]>((findings, rule) => findings.map((each) => lowered(each, rule)), judged.assessment.findings);
  const raised = meant.flatMap(({ id, raise, why }) => (raise === undefined ? [] : [finding(raise, `policy-${id}`, why)]));
  const after = assessment([...found, ...raised]);
  // No rule but a proof leads to LOW.
  return after.level === 'LOW' && judged.assessment.level !== 'LOW' ? { ...after, level: worse(after.level, 'MEDIUM') } : after;
}
