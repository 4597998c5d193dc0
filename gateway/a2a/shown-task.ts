// A task of a plan as A2A shows one. Its id is that of our durable task, so nothing is kept here and it outlives the node that told of it.
import { Role, type Task, TaskState } from '@a2a-js/sdk';
import type { TaskReport, WorkStatus } from '../../actors/work/types.ts';

export type TaskOfPlan = TaskReport & { readonly plan: string };

const STATES: Readonly<Record<WorkStatus, TaskState>> = {
  pending: TaskState.TASK_STATE_SUBMITTED,
  running: TaskState.TASK_STATE_WORKING,
  awaiting_approval: TaskState.TASK_STATE_INPUT_REQUIRED,
  interrupted: TaskState.TASK_STATE_INPUT_REQUIRED,
  succeeded: TaskState.TASK_STATE_COMPLETED,
  failed: TaskState.TASK_STATE_FAILED,
  cancelled: TaskState.TASK_STATE_CANCELED,
  skipped: TaskState.TASK_STATE_CANCELED,
};

const WAITS: Partial<Record<WorkStatus, string>> = {
  awaiting_approval: 'a step waits for a decision: send {"decision": "approve" or "deny", "reason": "…"} as data to this task, or decide it at any other door',
  interrupted: 'a step was cut off and is not repeated unasked: `troupe resolve` says how it goes on',
};

const ENDED: readonly WorkStatus[] = ['succeeded', 'failed', 'cancelled', 'skipped'];

export const hasEnded = ({ status }: TaskOfPlan): boolean => ENDED.includes(status);

/** It goes on only when somebody does something. */
export const isHeld = ({ status }: TaskOfPlan): boolean => WAITS[status] !== undefined;

export const taskId = ({ plan, id }: Pick<TaskOfPlan, 'plan' | 'id'>): string => `${plan}.${id}`;

export function shownTask(task: TaskOfPlan): Task {
  const { plan, status, error } = task;
  const id = taskId(task);
  const words = error?.message ?? WAITS[status];
  const message =
    words === undefined
      ? undefined
      : {
          messageId: `${id}:${status}`,
          contextId: plan,
          taskId: id,
          role: Role.ROLE_AGENT,
          parts: [{ content: { $case: 'text' as const, value: words }, metadata: undefined, filename: '', mediaType: 'text/plain' }],
          metadata: undefined,
          extensions: [],
          referenceTaskIds: [],
        };
  return {
    id,
    contextId: plan,
    status: { state: STATES[status], message, timestamp: changedAt(task) },
    artifacts: hasEnded(task) ? [reportArtifact(task)] : [],
    history: [],
    metadata: { agent: task.agent, attempts: task.attempts },
  };
}

function changedAt({ startedAt, endedAt, steps }: TaskOfPlan): string | undefined {
  const last = Math.max(endedAt ?? 0, startedAt ?? 0, ...steps.flatMap((step) => [step.startedAt ?? 0, step.endedAt ?? 0]));
  return last === 0 ? undefined : new Date(last).toISOString();
}

function reportArtifact({ steps, status, agent, attempts }: TaskOfPlan): Task['artifacts'][number] {
  return {
    artifactId: 'report',
    name: 'report',
    description: 'what each step did',
    parts: [{ content: { $case: 'data', value: { status, agent, attempts, steps } }, metadata: undefined, filename: '', mediaType: 'application/json' }],
    metadata: undefined,
    extensions: [],
  };
}
