// The policy file's own section, `rules`: each raises or lowers what the gate found, in a scope, with examples of what it means and what it does not.
// Lowering never leads below MEDIUM and never touches CRITICAL: what runs without asking is decided by proof, or by an exact action that somebody allowed.
import { z } from 'zod';
import { knownKeys } from '../../source-file/index.ts';
import { REQUEST_TYPES, RISK_LEVELS } from '../../work/types.ts';
import { canBeFound, noSuchFinding } from '../finding-names.ts';

const ID = /^[a-z0-9][a-z0-9-]{0,59}$/;
const FINDING = /^[a-z][a-z0-9-]{0,79}\*?$/;
const MOST_EXAMPLES = 50;

/** A shell command, or any action. */
const example = z.union([
  z.string().min(1).max(2_000),
  z.strictObject({ type: z.enum(REQUEST_TYPES), payload: z.record(z.string(), z.unknown()) }, { error: 'is a command, or {type, payload}' }),
]);

export const scopeSchema = knownKeys({
  agents: z.array(z.string().min(1).max(200)).min(1).max(100).optional(),
  /** Folders of plans; absolute. Worktrees of their tasks count as they do. */
  workspaces: z.array(z.string().regex(/^\//, 'is no absolute path')).min(1).max(100).optional(),
});

const rule = knownKeys({
  id: z.string().regex(ID, "is no id of a rule: small letters, digits and '-'"),
  why: z.string().trim().min(1).max(400),
  when: knownKeys({
    type: z.enum(REQUEST_TYPES).optional(),
    /** A finding by its rule; one that ends with `*` by how it begins. */
    finding: z.string().regex(FINDING, 'is no rule of a finding, as `troupe assess` shows it').refine(canBeFound, { error: noSuchFinding }).optional(),
    /** First words of a command, wherever in a script it stands and whatever wraps it. */
    command: z.array(z.string().min(1).max(200)).min(1).max(10).optional(),
  }),
  raise: z.enum(RISK_LEVELS).optional(),
  lower: z.enum(['MEDIUM', 'HIGH']).optional(),
  scope: scopeSchema.optional(),
  match: z.array(example).min(1).max(MOST_EXAMPLES),
  not_match: z.array(example).max(MOST_EXAMPLES).default([]),
}).superRefine(({ when, raise, lower }, context) => {
  const wrong = (path: string[], message: string): void => context.addIssue({ code: 'custom', path, message });
  if ((raise === undefined) === (lower === undefined)) wrong([], 'says raise or lower, one of them');
  if (Object.keys(when).length === 0) wrong(['when'], 'names a type, a finding or a command');
  if (lower !== undefined && (when.finding === undefined || when.finding.endsWith('*'))) wrong(['when', 'finding'], 'to lower, one finding is named in full');
});

export const rulesSchema = z.array(rule).max(500);
export type PolicyRule = z.infer<typeof rule>;
export type Example = z.infer<typeof example>;
