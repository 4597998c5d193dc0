// The statechart of one plan: gives out each task once its needs have succeeded, and stays to be asked after it has ended.
import { assign, enqueueActions, setup } from 'xstate';
import { deferReply, effect, fact, reply, tell } from '../../runtime/index.ts';
import type { Services } from '../fleet/services.ts';
import { isEnded } from '../task/task-report.ts';
import { readError } from '../work/outcome.ts';
import type { PlannedTask } from '../work/types.ts';
import type { Delegate, PlanMessage } from './plan.messages.ts';
import { newPlan, type PlanContext, type PlanOrder } from './plan-context.ts';
import { allEnded, readyNow, skipBlocked } from './plan-progress.ts';
import { planFact, planReport } from './plan-report.ts';
import { finishedVariables } from './task-variables.ts';

const CLOSE_MS = 300_000;

interface Closing {
  readonly planId: string;
  readonly workspace: string;
  readonly taskIds: readonly string[];
}

export function planMachine(services: Services) {
  const now = (): number => services.clock.now();
  const taskAt = ({ order }: PlanContext, taskId: string): string => `tasks/${order.planId}.${taskId}`;
  const delegate = ({ order, tasks }: PlanContext, task: PlannedTask): Delegate & Record<string, unknown> => {
    const { planId, plan, caller, approve, approvalMs } = order;
    const variables = finishedVariables(tasks);
    return { type: 'DELEGATE', order: { planId, taskId: task.id, task, workspace: plan.workspace, plan: `plans/${planId}`, caller, approve, approvalMs, variables } };
  };

  return setup({
    types: { context: {} as PlanContext, events: {} as PlanMessage, input: {} as PlanOrder },
    actors: {
      close: effect<null, Closing>({
        idempotent: true,
        deadlineMs: CLOSE_MS,
        run: async ({ input }) => {
          await services.workspaces.close(input);
          return null;
        },
      }),
    },
    actions: {
      note: assign(({ context, event }) => {
        if (event.type !== 'TASK_CHANGED') return {};
        const { taskId, report, branch } = event;
        return { tasks: { ...context.tasks, [taskId]: { status: report.status, delegated: true, report } }, branch: branch ?? context.branch };
      }),
      advance: enqueueActions(({ context, enqueue }) => {
        const { order } = context;
        const tasks = skipBlocked(order.plan.tasks, context.tasks);
        const ready = context.cancelled === null ? readyNow(order.plan.tasks, tasks) : [];
        for (const task of ready) enqueue(tell(order.owner, delegate(context, task)));
        const given = Object.fromEntries(ready.map(({ id }) => [id, { status: 'pending' as const, delegated: true, report: null }]));
        enqueue.assign({ tasks: { ...tasks, ...given } });
      }),
      changed: fact('plan.changed', ({ context }) => planFact(context)),
      cancelTasks: enqueueActions(({ context, event, enqueue }) => {
        if (event.type !== 'CANCEL') return;
        const { by, why } = event;
        const living = Object.entries(context.tasks).filter(([, entry]) => entry.delegated && !isEnded(entry.status));
        // One that does not live yet is cancelled when it says that it does.
        for (const [id, entry] of living) if (entry.report !== null) enqueue(tell(taskAt(context, id), { type: 'CANCEL', by, why }));
        const untouched = Object.entries(context.tasks).filter(([, entry]) => !entry.delegated && !isEnded(entry.status));
        const dropped = Object.fromEntries(untouched.map(([id, entry]) => [id, { ...entry, status: 'cancelled' as const }]));
        enqueue.assign({ cancelled: { by, why }, tasks: { ...context.tasks, ...dropped } });
      }),
      cancelLate: enqueueActions(({ context, event, enqueue }) => {
        if (event.type !== 'TASK_CHANGED' || context.cancelled === null || isEnded(event.report.status)) return;
        if (context.tasks[event.taskId]?.report === null) enqueue(tell(taskAt(context, event.taskId), { type: 'CANCEL', ...context.cancelled }));
      }),
      forgetTasks: enqueueActions(({ context, enqueue }) => {
        for (const [id, entry] of Object.entries(context.tasks)) if (entry.report !== null) enqueue(tell(taskAt(context, id), { type: 'FORGET' }));
      }),
      answerWaiters: enqueueActions(({ context, enqueue }) => {
        for (const to of context.waiters) enqueue(reply(planReport(context), { to }));
        enqueue.assign({ waiters: [] });
      }),
    },
  }).createMachine({
    id: 'plan',
    context: ({ input }) => newPlan(input),
    initial: 'running',
    on: {
      GET: { actions: reply(({ context }: { context: PlanContext }) => planReport(context)) },
      AWAIT: {
        actions: [
          deferReply(({ context }) => `await:${context.waited}`),
          assign(({ context }) => ({ waiters: [...context.waiters, `await:${context.waited}`], waited: context.waited + 1 })),
        ],
      },
      CANCEL: { actions: reply({ ok: false, reason: 'ended' }) },
      TASK_CHANGED: {},
    },
    states: {
      running: {
        entry: ['advance', 'changed'],
        always: [
          // Work in words opens no worktree.
          { guard: ({ context }) => allEnded(context.tasks) && context.order.plan.tasks.every(({ text }) => text !== undefined), target: 'ended' },
          { guard: ({ context }) => allEnded(context.tasks), target: 'closing' },
        ],
        on: {
          TASK_CHANGED: { actions: ['cancelLate', 'note', 'advance', 'changed'] },
          CANCEL: { actions: ['cancelTasks', 'changed', reply({ ok: true })] },
        },
      },
      closing: {
        invoke: {
          src: 'close',
          input: ({ context }) => ({ planId: context.order.planId, workspace: context.order.plan.workspace, taskIds: Object.keys(context.tasks) }),
          onDone: 'ended',
          onError: { target: 'ended', actions: assign(({ event }) => ({ closing: readError(event.error) })) },
        },
      },
      ended: {
        entry: [assign(() => ({ endedAt: now() })), 'forgetTasks', 'changed', 'answerWaiters'],
        on: { AWAIT: { actions: reply(({ context }: { context: PlanContext }) => planReport(context)) } },
      },
    },
  });
}
