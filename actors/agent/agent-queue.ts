// The order in which an agent takes its tasks: by priority, then as they came.
import { PRIORITIES } from '../../runtime/index.ts';
import type { AgentContext, Assignment } from './agent-context.ts';

interface TaskName {
  readonly planId: string;
  readonly taskId: string;
}

export function isSameTask(one: TaskName | null, other: TaskName): boolean {
  return one !== null && one.planId === other.planId && one.taskId === other.taskId;
}

/** The same task again changes nothing. */
export function enqueueTask({ current, queue }: Pick<AgentContext, 'current' | 'queue'>, assignment: Assignment): readonly Assignment[] {
  if (isSameTask(current, assignment) || queue.some((other) => isSameTask(other, assignment))) return queue;
  const rank = PRIORITIES.indexOf(assignment.priority);
  const before = queue.filter((other) => PRIORITIES.indexOf(other.priority) <= rank);
  return [...before, assignment, ...queue.filter((other) => PRIORITIES.indexOf(other.priority) > rank)];
}

export function withoutTask(queue: readonly Assignment[], task: TaskName): readonly Assignment[] {
  return queue.filter((other) => !isSameTask(other, task));
}
