// A policy as people write it, YAML or JSON: read whole, its examples tried, or refused whole with every problem named. What a fleet file says stands
// on top of what is shipped: rules are added, the other sections replaced.
import { createHash } from 'node:crypto';
import { z } from 'zod';
import { canonicalJson } from '../../../runtime/canonical-json.ts';
import { type Approvals, approvalsSchema, DEFAULT_APPROVALS } from '../../approval/terms.ts';
import { DEFAULT_ROUND_POLICY, type RoundPolicy, roundPolicySchema } from '../../consensus/round-order.ts';
import { type FieldPath, knownKeys, readSource, type Source, type SourceProblem, schemaProblems } from '../../source-file/index.ts';
import type { Action } from '../../work/types.ts';
import { isMeant } from './apply-rules.ts';
import { judgedAlone } from './judged-alone.ts';
import { type Example, type PolicyRule, rulesSchema } from './policy-schema.ts';

const SECTIONS = { rules: rulesSchema.optional(), approvals: approvalsSchema.optional(), rounds: roundPolicySchema.optional() };

/** What a fleet file may say under `policy`. */
export const policySectionsSchema = knownKeys(SECTIONS);
export type PolicySections = z.infer<typeof policySectionsSchema>;

const policyFileSchema = knownKeys({ name: z.string().regex(/^[a-z0-9][a-z0-9.-]{0,59}$/, 'is no name of a policy'), ...SECTIONS });

export interface Policy {
  /** Name, and a hash of all that it says. */
  readonly version: string;
  readonly rules: readonly PolicyRule[];
  readonly approvals: Approvals;
  readonly rounds: RoundPolicy;
}

export type PolicyReading = { readonly ok: true; readonly policy: Policy } | { readonly ok: false; readonly problems: readonly SourceProblem[] };

const actionOf = (example: Example): Action => (typeof example === 'string' ? { type: 'BASH_COMMAND', payload: { command: example } } : (example as unknown as Action));

/** Of a section that has its shape: ids that are there twice, and examples that say otherwise than their rule. */
export function ruleProblems(source: Source, rules: readonly PolicyRule[], path: FieldPath): SourceProblem[] {
  return rules.flatMap((rule, at) => {
    const twice = rules.findIndex(({ id }) => id === rule.id) < at ? [source.problem([...path, at, 'id'], `'${rule.id}' is there already`)] : [];
    const tried = (['match', 'not_match'] as const).flatMap((kind) =>
      rule[kind].flatMap((example, index) => {
        const wanted = kind === 'match';
        return isMeant(rule, judgedAlone(actionOf(example))) === wanted
          ? []
          : [source.problem([...path, at, kind, index], wanted ? 'is not matched by its rule' : 'is matched by its rule')];
      }),
    );
    return [...twice, ...tried];
  });
}

function versionOf(name: string, said: Omit<Policy, 'version'>): string {
  return `${name}+${createHash('sha256').update(canonicalJson(said)).digest('hex').slice(0, 12)}`;
}

export function readPolicy(text: string, { file }: { readonly file: string }): PolicyReading {
  const reading = readSource(text, file);
  if (!reading.ok) return reading;
  const { source } = reading;
  const shape = policyFileSchema.safeParse(source.value);
  if (!shape.success) return { ok: false, problems: schemaProblems(source, shape.error.issues) };
  const { name, rules = [], approvals = DEFAULT_APPROVALS, rounds = DEFAULT_ROUND_POLICY } = shape.data;
  const problems = ruleProblems(source, rules, ['rules']);
  const said = { rules, approvals, rounds };
  return problems.length > 0 ? { ok: false, problems } : { ok: true, policy: { version: versionOf(name, said), ...said } };
}

/** A rule of the fleet with the id of a shipped one stands in its place. */
export function withSections(policy: Policy, { rules = [], approvals, rounds }: PolicySections): Policy {
  const kept = policy.rules.filter(({ id }) => !rules.some((rule) => rule.id === id));
  const said = { rules: [...kept, ...rules], approvals: approvals ?? policy.approvals, rounds: rounds ?? policy.rounds };
  return { ...said, version: versionOf(policy.version.replace(/\+.*$/, ''), said) };
}
