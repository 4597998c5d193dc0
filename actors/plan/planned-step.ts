// One step of a plan file as the plan carries it on.
import type { PlannedStep } from '../work/types.ts';
import { STEP_KINDS, type StepFile, type StepKind } from './plan-schema.ts';

/** The kinds that the step names: exactly one, in a plan that is right. */
export function kindsOf(step: StepFile): StepKind[] {
  return STEP_KINDS.filter((kind) => step[kind] !== undefined);
}

/** Undefined unless the step is of exactly one kind. Nothing is taken to be idempotent, but messages, which go out under their key. */
export function plannedStep(step: StepFile): PlannedStep | undefined {
  const [kind, ...others] = kindsOf(step);
  if (kind === undefined || others.length > 0) return undefined;
  const { bash, cwd, idempotent = kind === 'message', timeoutMs } = step;
  const payload = kind === 'bash' ? { command: bash, ...(cwd === undefined ? {} : { cwd }) } : { ...step[kind] };
  return { kind, payload, idempotent, ...(timeoutMs === undefined ? {} : { timeoutMs }) };
}
