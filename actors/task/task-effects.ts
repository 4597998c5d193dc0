// What a task does to the world: opens its workspace, gives a turn to its agent's host, brings its work together.
import { effect } from '../../runtime/index.ts';
import type { Services } from '../fleet/services.ts';
import { readTurnOutcome } from '../work/outcome.ts';
import type { TaskPlace, TaskWorkspace, TurnOrder, TurnOutcome } from '../work/ports.ts';
import type { TaskContext } from './task-context.ts';

/** How long a turn waits for the agent's session to come (back). */
const SESSION_WAIT_MS = 60_000;
/** A workspace that cannot be opened or merged by then is a failure, not a hang. */
const WORKSPACE_MS = 300_000;

export function placeOf({ order }: TaskContext): TaskPlace {
  return { planId: order.planId, taskId: order.taskId, workspace: order.workspace };
}

export function openEffect({ workspaces }: Services) {
  return effect<TaskWorkspace, TaskPlace>({ idempotent: true, deadlineMs: WORKSPACE_MS, run: ({ input }) => workspaces.open(input) });
}

export interface Integration {
  readonly commit: string | null;
  readonly branch: string | null;
}

export function integrateEffect({ workspaces }: Services) {
  return effect<Integration, TaskPlace>({ idempotent: true, deadlineMs: WORKSPACE_MS, run: ({ input }) => workspaces.integrate(input) });
}

/** The task's worktree. Throws before it is open: nothing ever runs in the plan's own folder instead. */
export function pathOf({ order, path }: TaskContext): string {
  if (path === null) throw new Error(`task ${order.taskId} has no workspace yet`);
  return path;
}

/** `variables` of the node and the plan are added when the turn begins. */
export function turnOf(context: TaskContext): TurnOrder {
  const { order, agent, attempt, turns, results } = context;
  const { planId, taskId, task, variables } = order;
  return {
    turn: `${planId}.${taskId}.turn-${turns}`,
    planId,
    taskId,
    agent: agent ?? '',
    attempt,
    steps: task.steps,
    results,
    variables: { task: { attempt }, ...variables },
    workspace: pathOf(context),
  };
}

/** Idempotent: each side effect in it is a request of its own, under its own key. */
export function turnEffect({ hosts, variables }: Services) {
  return effect<TurnOutcome, TurnOrder>({
    idempotent: true,
    run: async ({ input, signal }) => {
      const turn: TurnOrder = { ...input, variables: { ...variables(input.planId), ...input.variables } };
      return readTurnOutcome(await hosts.call(input.agent, 'turn.start', turn, { signal, waitMs: SESSION_WAIT_MS }));
    },
  });
}
