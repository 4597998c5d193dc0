// How a plan goes on: which tasks may start now, which never will, and what the whole is called meanwhile.
import { isEnded } from '../task/task-report.ts';
import type { PlannedTask, WorkStatus } from '../work/types.ts';
import type { PlanContext, TaskEntry } from './plan-context.ts';

type Tasks = PlanContext['tasks'];

const statusOf = (tasks: Tasks, id: string): WorkStatus => tasks[id]?.status ?? 'skipped';
const isUntouched = (entry: TaskEntry | undefined): boolean => entry?.status === 'pending' && !entry.delegated;

/** Tasks whose needs have all succeeded and that nobody has been given yet. */
export function readyNow(plan: readonly PlannedTask[], tasks: Tasks): PlannedTask[] {
  return plan.filter((task) => isUntouched(tasks[task.id]) && task.needs.every((need) => statusOf(tasks, need) === 'succeeded'));
}

/** What needs a task that ended otherwise is skipped, and what needs that, and so on. */
export function skipBlocked(plan: readonly PlannedTask[], tasks: Tasks): Tasks {
  const isLost = (id: string): boolean => isEnded(statusOf(tasks, id)) && statusOf(tasks, id) !== 'succeeded';
  const blocked = plan.filter((task) => isUntouched(tasks[task.id]) && task.needs.some(isLost));
  if (blocked.length === 0) return tasks;
  const skipped = Object.fromEntries(blocked.map((task) => [task.id, { status: 'skipped' as const, delegated: false, report: null }]));
  return skipBlocked(plan, { ...tasks, ...skipped });
}

export function allEnded(tasks: Tasks): boolean {
  return Object.values(tasks).every((entry) => isEnded(entry.status));
}

/** Running while anything moves; otherwise what it waits for; in the end succeeded only when every task has. */
export function planStatus({ tasks, cancelled }: Pick<PlanContext, 'tasks' | 'cancelled'>): WorkStatus {
  const entries = Object.values(tasks);
  if (allEnded(tasks)) {
    if (entries.every((entry) => entry.status === 'succeeded')) return 'succeeded';
    return cancelled === null ? 'failed' : 'cancelled';
  }
  if (entries.some((entry) => entry.status === 'running' || (entry.status === 'pending' && entry.delegated))) return 'running';
  if (entries.some((entry) => entry.status === 'awaiting_approval')) return 'awaiting_approval';
  return entries.some((entry) => entry.status === 'interrupted') ? 'interrupted' : 'running';
}
