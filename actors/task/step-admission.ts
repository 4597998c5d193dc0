// Which steps a host may submit: those of the turn that is under way, as the plan spells them out.
import { STEP_TIMEOUT_MS, type SubmitRefusal } from '../request/request.ts';
import { type RequestOrder, stepKind } from '../request/request-context.ts';
import type { RequestSubmission } from '../work/ports.ts';
import type { TaskContext } from './task-context.ts';
import { pathOf } from './task-effects.ts';

/** Undefined when the step is admitted. The same submission again is admitted again. */
export function refuseStep(context: TaskContext, agent: string, submission: RequestSubmission): SubmitRefusal | undefined {
  const { order, attempt } = context;
  const { planId, taskId, step } = submission;
  if (agent !== context.agent || planId !== order.planId || taskId !== order.taskId) return 'not_your_task';
  if (submission.attempt !== attempt) return 'stale_attempt';
  const planned = order.task.steps[step];
  if (planned === undefined || submission.id !== requestId(context, step)) return 'no_such_step';
  return planned.kind === stepKind(submission.action.type) ? undefined : 'other_step';
}

export function requestId({ order, attempt }: TaskContext, step: number): string {
  return `${order.planId}.${order.taskId}.${step}.${attempt}`;
}

/** Deadline and repeatability are the plan's word, not the host's. */
export function orderOf(context: TaskContext, submission: RequestSubmission): RequestOrder {
  const { order, agent } = context;
  const planned = order.task.steps[submission.step];
  const { planId, taskId, caller, approve, approvalMs } = order;
  return {
    id: submission.id,
    planId,
    taskId,
    task: `tasks/${planId}.${taskId}`,
    step: submission.step,
    attempt: submission.attempt,
    agent: agent ?? '',
    action: submission.action,
    idempotent: planned?.idempotent ?? false,
    timeoutMs: planned?.timeoutMs ?? STEP_TIMEOUT_MS,
    workspace: pathOf(context),
    repository: order.workspace,
    caller,
    approve,
    approvalMs,
  };
}
