// The statechart of one task: waits for its agent, opens its workspace, has its steps run turn by turn, brings the work together.
// Its agent is free again whenever it ends or is interrupted; what succeeded is never run again.
import { and, assign, cancel, enqueueActions, setup } from 'xstate';
import { type Address, fact, reply, startChild, tell } from '../../runtime/index.ts';
import type { Services } from '../fleet/services.ts';
import { readError, workError } from '../work/outcome.ts';
import type { StepError } from '../work/types.ts';
import { MOST_LOSSES, mayRetry, retryPause } from './next-attempt.ts';
import { orderOf, refuseStep, requestId } from './step-admission.ts';
import { applyStep, isPresent } from './step-progress.ts';
import type { TaskEnded, TaskMessage } from './task.messages.ts';
import { formOf, newTask, type TaskContext, type TaskOrder } from './task-context.ts';
import { integrateEffect, openEffect, placeOf, turnEffect, turnOf } from './task-effects.ts';
import { taskFact, taskReport } from './task-report.ts';
import { handOf, refuseHolder, repeats } from './words.ts';

/** Before a turn is begun again after its session went. */
const RECONNECT_MS = 500;
/** Errors of what lies between task and host. The turn may be begun again: what it did has its requests. */
const LOST: readonly string[] = ['SessionLost', 'NoSession', 'NodeStopped', 'JournalUnavailable', 'AskTimeout', 'CallTimeout', 'ActorDown'];

const request = (id: string): Address => `requests/${id}`;
const agentAt = (name: string): Address => `agents/${name}`;

export function taskMachine(services: Services) {
  const now = (): number => services.clock.now();
  const endedOf = ({ order, agent, status }: TaskContext): TaskEnded & Record<string, unknown> => ({
    type: 'TASK_ENDED',
    planId: order.planId,
    taskId: order.taskId,
    agent,
    status,
  });

  return setup({
    types: { context: {} as TaskContext, events: {} as TaskMessage, input: {} as TaskOrder },
    actors: { open: openEffect(services), turn: turnEffect(services), integrate: integrateEffect(services) },
    delays: { reconnect: RECONNECT_MS, retry: ({ context }) => context.retryMs },
    actions: {
      changed: enqueueActions(({ context, enqueue }) => {
        enqueue(tell(context.order.plan, { type: 'TASK_CHANGED', taskId: context.order.taskId, report: taskReport(context), branch: context.branch }));
        enqueue(fact('task.changed', taskFact(context)));
      }),
      /** To the agent that had it, and to the router, which knows where else it may be queued. */
      release: enqueueActions(({ context, enqueue }) => {
        if (context.agent !== null) enqueue(tell(agentAt(context.agent), endedOf(context)));
        enqueue(tell('router', endedOf(context)));
      }),
      route: tell('router', ({ context }) => {
        const { planId, taskId, task, delegatedBy, messageId } = context.order;
        // Goes on where it was: the worktree and the interrupted request are that agent's.
        return { type: 'ROUTE', planId, taskId, agent: context.agent ?? task.agent ?? null, capability: task.capability ?? null, ...formOf(task), delegatedBy, messageId };
      }),
      refuseAgent: enqueueActions(({ context, event, enqueue }) => {
        if (event.type === 'BEGIN' && event.agent !== context.agent) enqueue(tell(agentAt(event.agent), { ...endedOf(context), agent: event.agent }));
      }),
      noteStep: assign(({ context, event }) => (event.type === 'STEP_CHANGED' ? applyStep(context, event) : {})),
      interruptRequests: enqueueActions(({ context, event, enqueue }) => {
        const why = event.type === 'INTERRUPT' ? event.why : 'the turn was ended';
        for (const id of context.requests) enqueue(tell(request(id), { type: 'INTERRUPT', why }));
      }),
      forgetRequests: enqueueActions(({ context, enqueue }) => {
        for (const id of context.requests) {
          enqueue(tell(request(id), { type: 'CANCEL', by: 'its task', why: `the task has ${context.status}` }));
          enqueue(tell(request(id), { type: 'FORGET' }));
        }
        enqueue.assign({ requests: [] });
      }),
      startActing: enqueueActions(({ context, enqueue }) => {
        enqueue.assign({ status: 'running', actingSince: now() });
        const { timeoutMs } = context.order.task;
        if (timeoutMs !== undefined) enqueue.raise({ type: 'OVERDUE' }, { id: 'overdue', delay: Math.max(0, timeoutMs - context.spentMs) });
      }),
      stopActing: assign(({ context }) => ({ spentMs: context.spentMs + (context.actingSince === null ? 0 : now() - context.actingSince), actingSince: null })),
      rest: assign(({ context }) => {
        const retryMs = retryPause(context.order.task.retry, context.attempt, services.random());
        return { retryMs, retryAt: now() + retryMs };
      }),
      fail: assign((_, params: { error: StepError }) => ({ error: params.error })),
      takeUp: assign(({ context, event }) => {
        if (event.type !== 'BEGIN') return {};
        const { delegatedBy, messageId, delegatedAt } = context.order;
        return {
          agent: event.agent,
          delegation: { from: delegatedBy, to: agentAt(event.agent), messageId, at: delegatedAt },
          startedAt: context.startedAt ?? event.at,
          attempt: Math.max(1, context.attempt),
          losses: 0,
          endedAt: null,
          error: null,
        };
      }),
      /** Under a new epoch: what somebody says under an older one is refused. */
      hand: enqueueActions(({ context, enqueue }) => {
        const { planId, taskId } = context.order;
        if (context.agent !== null) enqueue(tell(agentAt(context.agent), { type: 'HAND', planId, taskId, held: handOf(context, now()) }));
      }),
      answerHolder: enqueueActions(({ context, event, enqueue }) => {
        if (event.type !== 'REPORT' && event.type !== 'NOTE') return;
        const reason = refuseHolder(context, event);
        enqueue(reply(reason === undefined || repeats(context, event) ? { ok: true, repeated: reason !== undefined } : { ok: false, reason }));
      }),
      keepReport: assign(({ context, event }) => {
        if (event.type !== 'REPORT') return {};
        const { agent, epoch, outcome } = event;
        const result = outcome.status === 'succeeded' ? outcome.result : null;
        const error = outcome.status === 'succeeded' ? null : { code: 'ReportedFailed', message: outcome.why };
        return { answer: { by: agent, epoch, at: now(), result }, note: context.note ?? null, error };
      }),
    },
    guards: {
      isInWords: ({ context }) => context.order.task.text !== undefined,
      isHolder: ({ context, event }) => (event.type === 'REPORT' || event.type === 'NOTE') && refuseHolder(context, event) === undefined,
      wasLost: ({ context, event }) => event.type === 'LOST' && event.agent === context.agent,
      hasDone: ({ context, event }) => event.type === 'REPORT' && event.outcome.status === 'succeeded' && refuseHolder(context, event) === undefined,
      retries: ({ context }) => mayRetry(context),
      hadLost: ({ context }, params: { error: unknown }) => LOST.includes(readError(params.error).code) && context.losses < MOST_LOSSES,
      cutsOff: ({ context, event }) => event.type === 'STEP_CHANGED' && isPresent(context, event) && event.report.status === 'interrupted',
    },
  }).createMachine({
    id: 'task',
    context: ({ input }) => newTask(input),
    initial: 'queued',
    on: {
      GET: { actions: reply(({ context }: { context: TaskContext }) => taskReport(context)) },
      STEP_CHANGED: { actions: ['noteStep', 'changed'] },
      SUBMIT_STEP: { actions: reply({ ok: false, reason: 'not_running' }) },
      RESOLVE: { actions: reply({ ok: false, reason: 'not_interrupted' }) },
      BEGIN: { actions: 'refuseAgent' },
      INTERRUPT: {},
      CANCEL: { target: '.ended.cancelled', actions: [assign(({ event }) => ({ error: workError('Cancelled', event) })), reply({ ok: true })] },
      OVERDUE: {},
      REPORT: { actions: 'answerHolder' },
      NOTE: { actions: 'answerHolder' },
      LOST: {},
      FORGET: '.forgotten',
    },
    states: {
      queued: {
        entry: [assign({ status: 'pending' }), 'changed'],
        on: {
          BEGIN: [
            { guard: 'isInWords', target: 'handed', actions: 'takeUp' },
            { target: 'working', actions: 'takeUp' },
          ],
        },
      },
      /** In words: with a guest, until it reports, or is lost and another takes the task up. */
      handed: {
        entry: [assign(({ context }) => ({ turns: context.turns + 1, note: null })), 'startActing', 'hand', 'changed'],
        exit: ['stopActing', cancel('overdue')],
        on: {
          NOTE: [{ guard: 'isHolder', actions: ['answerHolder', assign(({ event }) => ({ note: event.note })), 'changed'] }, { actions: 'answerHolder' }],
          REPORT: [
            { guard: 'hasDone', target: 'ended.succeeded', actions: ['answerHolder', 'keepReport'] },
            { guard: and(['isHolder', 'retries']), target: 'resting', actions: ['answerHolder', 'keepReport', 'release', assign({ agent: null })] },
            { guard: 'isHolder', target: 'ended.failed', actions: ['answerHolder', 'keepReport'] },
            { actions: 'answerHolder' },
          ],
          LOST: { guard: 'wasLost', target: 'queued', actions: [assign({ agent: null }), 'route'] },
          OVERDUE: { target: 'ended.failed', actions: assign(({ context }) => ({ error: workError('TaskTimeout', { timeoutMs: context.order.task.timeoutMs }) })) },
        },
      },
      /** Before it is given to somebody again. */
      resting: {
        entry: ['rest', 'changed'],
        exit: assign(({ context }) => ({ attempt: context.attempt + 1, error: null, retryAt: null })),
        after: { retry: { target: 'queued', actions: 'route' } },
      },
      working: {
        initial: 'preparing',
        on: {
          INTERRUPT: { target: 'interrupted', actions: ['interruptRequests', assign(({ event }) => ({ error: workError('Interrupted', event) }))] },
        },
        states: {
          preparing: {
            entry: [assign({ status: 'running' }), 'changed'],
            invoke: {
              src: 'open',
              input: ({ context }) => placeOf(context),
              onDone: { target: 'running', actions: assign(({ event }) => ({ path: event.output.path })) },
              onError: { target: '#task.judging', actions: { type: 'fail', params: ({ event }) => ({ error: readError(event.error) }) } },
            },
          },
          running: {
            entry: [
              assign(({ context }) => ({ turns: context.turns + 1, cutOff: null })),
              enqueueActions(({ context, enqueue }) => {
                const { rerun, agent } = context;
                if (rerun !== null) enqueue(tell(request(rerun.requestId), { type: 'RESOLVE', action: 'rerun', by: rerun.by, why: rerun.why, agent }));
                enqueue.assign({ rerun: null });
              }),
            ],
            invoke: {
              src: 'turn',
              input: ({ context }) => turnOf(context),
              onDone: [
                { guard: ({ event }) => event.output.status === 'succeeded', target: 'integrating' },
                {
                  guard: ({ event }) => event.output.status === 'failed',
                  target: '#task.judging',
                  actions: { type: 'fail', params: ({ event }) => ({ error: event.output.error ?? workError('StepFailed') }) },
                },
                {
                  target: '#task.interrupted',
                  actions: [
                    'interruptRequests',
                    { type: 'fail', params: ({ event }) => ({ error: event.output.error ?? workError('Interrupted', { why: 'the turn was ended' }) }) },
                  ],
                },
              ],
              onError: [
                { guard: { type: 'hadLost', params: ({ event }) => ({ error: event.error }) }, target: 'reconnecting' },
                { target: '#task.judging', actions: { type: 'fail', params: ({ event }) => ({ error: readError(event.error) }) } },
              ],
            },
            on: {
              SUBMIT_STEP: [
                {
                  guard: ({ context, event }) => refuseStep(context, event.agent, event.submission) !== undefined,
                  actions: enqueueActions(({ context, event, enqueue }) => enqueue(reply({ ok: false, reason: refuseStep(context, event.agent, event.submission) }))),
                },
                {
                  actions: [
                    enqueueActions(({ context, event, enqueue }) => {
                      const { submission } = event;
                      enqueue(startChild('requests', { template: 'request', id: submission.id, input: orderOf(context, submission) }));
                    }),
                    assign(({ context, event }) => ({ requests: [...new Set([...context.requests, event.submission.id])] })),
                    reply({ ok: true }),
                  ],
                },
              ],
              STEP_CHANGED: [
                { guard: 'cutsOff', target: '#task.interrupted', actions: ['noteStep', assign(({ event }) => ({ cutOff: event.step, error: event.outcome?.error ?? null }))] },
                { guard: ({ context, event }) => isPresent(context, event) && event.report.status === 'awaiting_approval', target: '.awaiting_approval', actions: 'noteStep' },
                { target: '.acting', actions: 'noteStep' },
              ],
              OVERDUE: {
                target: '#task.ended.failed',
                actions: assign(({ context }) => ({ error: workError('TaskTimeout', { timeoutMs: context.order.task.timeoutMs }) })),
              },
            },
            initial: 'acting',
            states: {
              acting: { entry: ['startActing', 'changed'], exit: ['stopActing', cancel('overdue')] },
              awaiting_approval: { entry: [assign({ status: 'awaiting_approval' }), 'changed'] },
            },
          },
          reconnecting: {
            entry: assign(({ context }) => ({ losses: context.losses + 1 })),
            after: { reconnect: 'running' },
            on: {
              STEP_CHANGED: [
                { guard: 'cutsOff', target: '#task.interrupted', actions: ['noteStep', assign(({ event }) => ({ cutOff: event.step, error: event.outcome?.error ?? null }))] },
                { actions: ['noteStep', 'changed'] },
              ],
            },
          },
          backing_off: {
            entry: ['rest', 'changed'],
            exit: assign(({ context }) => ({ attempt: context.attempt + 1, losses: 0, error: null, retryAt: null })),
            after: { retry: 'preparing' },
          },
          integrating: {
            // Needs no agent any more, so nothing is to be interrupted.
            on: { INTERRUPT: {} },
            invoke: {
              src: 'integrate',
              input: ({ context }) => placeOf(context),
              onDone: { target: '#task.ended.succeeded', actions: assign(({ event }) => ({ branch: event.output.branch, error: null })) },
              onError: { target: '#task.ended.failed', actions: { type: 'fail', params: ({ event }) => ({ error: readError(event.error) }) } },
            },
          },
        },
      },
      judging: { always: [{ guard: 'retries', target: 'working.backing_off' }, { target: 'ended.failed' }] },
      interrupted: {
        entry: [assign({ status: 'interrupted' }), 'changed', 'release'],
        on: {
          STEP_CHANGED: [
            // The request of a turn that was ended says so only now.
            { guard: 'cutsOff', actions: ['noteStep', assign(({ event }) => ({ cutOff: event.step })), 'changed'] },
            { actions: ['noteStep', 'changed'] },
          ],
          RESOLVE: [
            {
              guard: ({ event }) => event.action === 'rerun',
              target: 'queued',
              actions: [
                assign(({ context, event }) => ({ rerun: context.cutOff === null ? null : { requestId: requestId(context, context.cutOff), by: event.by, why: event.why } })),
                'route',
                reply({ ok: true }),
              ],
            },
            {
              guard: ({ context, event }) => event.action === 'done' && context.cutOff !== null,
              target: 'queued',
              actions: [
                tell(
                  ({ context }) => request(requestId(context, context.cutOff ?? 0)),
                  ({ event }) => ({ ...event }),
                ),
                assign(({ context, event }) => ({
                  results: { ...context.results, [context.cutOff ?? 0]: { status: 'succeeded' as const, result: { resolved: 'done', by: event.by, why: event.why } } },
                })),
                'route',
                reply({ ok: true }),
              ],
            },
            { guard: ({ event }) => event.action === 'done', actions: reply({ ok: false, reason: 'no_interrupted_step' }) },
            {
              guard: ({ event }) => event.action === 'skip',
              target: 'ended.skipped',
              actions: [assign(({ event }) => ({ error: workError('Skipped', event) })), reply({ ok: true })],
            },
            { target: 'ended.failed', actions: [assign(({ event }) => ({ error: workError('ResolvedAsFailed', event) })), reply({ ok: true })] },
          ],
        },
      },
      ended: {
        initial: 'failed',
        on: { STEP_CHANGED: {}, CANCEL: { actions: reply({ ok: false, reason: 'ended' }) } },
        states: {
          succeeded: { entry: [assign({ status: 'succeeded', endedAt: now }), 'changed', 'release', 'forgetRequests'] },
          failed: { entry: [assign({ status: 'failed', endedAt: now }), 'changed', 'release', 'forgetRequests'] },
          cancelled: { entry: [assign({ status: 'cancelled', endedAt: now }), 'changed', 'release', 'forgetRequests'] },
          skipped: { entry: [assign({ status: 'skipped', endedAt: now }), 'changed', 'release', 'forgetRequests'] },
        },
      },
      forgotten: { type: 'final' },
    },
  });
}
