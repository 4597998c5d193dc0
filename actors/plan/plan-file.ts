// Plans as people write them, YAML or JSON: read whole, or refused whole with every problem named.
import { resolve } from 'node:path';
import { readSource, type SourceProblem, schemaProblems } from '../source-file/index.ts';
import type { Plan, PlannedTask } from '../work/types.ts';
import { checkPlan, type Roster } from './plan-check.ts';
import { type PlanFile, planFileSchema, type TaskFile } from './plan-schema.ts';
import { plannedStep } from './planned-step.ts';
import { checkTemplates } from './template-check.ts';

export type PlanReading = { readonly ok: true; readonly plan: Plan } | { readonly ok: false; readonly problems: readonly SourceProblem[] };

export interface PlanSetting {
  /** For problems. */
  readonly file: string;
  readonly fleet: Roster;
  /** What a relative workspace is relative to; absolute. */
  readonly baseDir: string;
}

/** Shape first: what is wrong in it hides what the parts mean together. */
export function readPlan(text: string, { file, fleet, baseDir }: PlanSetting): PlanReading {
  const reading = readSource(text, file);
  if (!reading.ok) return reading;
  const { source } = reading;
  const shape = planFileSchema.safeParse(source.value);
  if (!shape.success) return { ok: false, problems: schemaProblems(source, shape.error.issues) };
  const tasks = shape.data.tasks.map(plannedTask);
  const mistakes = checkPlan(shape.data, fleet);
  const found = mistakes.length > 0 ? mistakes : checkTemplates(tasks);
  if (found.length > 0) return { ok: false, problems: found.map(({ path, message }) => source.problem(path, message)) };
  return { ok: true, plan: planned(shape.data, tasks, baseDir) };
}

function planned({ name, workspace = '.', goal }: PlanFile, tasks: readonly PlannedTask[], baseDir: string): Plan {
  return { name, workspace: resolve(baseDir, workspace), ...(goal === undefined ? {} : { goal }), tasks };
}

const RETRY = { max: 1, backoff: 'exponential', baseMs: 200 } as const;

function plannedTask({ id, agent, capability, needs = [], retry, timeoutMs, steps = [], text }: TaskFile): PlannedTask {
  return {
    id,
    ...(agent === undefined ? {} : { agent }),
    ...(capability === undefined ? {} : { capability: [capability].flat() }),
    needs,
    retry: { max: retry?.max ?? RETRY.max, backoff: retry?.backoff ?? RETRY.backoff, baseMs: retry?.baseMs ?? RETRY.baseMs },
    ...(timeoutMs === undefined ? {} : { timeoutMs }),
    steps: steps.flatMap((step) => plannedStep(step) ?? []),
    ...(text === undefined ? {} : { text }),
  };
}
