// The statechart of one request: assessed, recorded, granted or decided, and only then executed; kept until its task forgets it.
// No transition enters `executing` without a grant of exactly the assessed hash (G10).
import { assign, enqueueActions, setup } from 'xstate';
import { deferReply, fact, reply, tell } from '../../runtime/index.ts';
import type { Services } from '../fleet/services.ts';
import { readError, workError } from '../work/outcome.ts';
import type { StepError, StepOutcome } from '../work/types.ts';
import { judgeCutOff } from './cut-off.ts';
import { grantAtOnce, isGranted, refuseDecision } from './grant.ts';
import type { RequestMessage } from './request.messages.ts';
import { newRequest, type RequestContext, type RequestOrder, statusOf } from './request-context.ts';
import { afterExecution, assessEffect, executeEffect, executionOf } from './request-effects.ts';
import { decidedFact, recordedFact, requestFact, requestReport, stepChanged } from './request-report.ts';

/** Before an execution is begun again, so that a host that dies at once is not chased. */
const PAUSE_MS = 500;

const ended = (status: StepOutcome['status'], error: StepError): StepOutcome => ({ status, error });

export function requestMachine(services: Services) {
  const now = (): number => services.clock.now();
  const judge = (context: RequestContext, error: unknown) => judgeCutOff(readError(error), { ...context, idempotent: context.order.idempotent });

  return setup({
    types: { context: {} as RequestContext, events: {} as RequestMessage, input: {} as RequestOrder },
    actors: { assess: assessEffect(services), execute: executeEffect(services) },
    delays: { approval: ({ context }) => context.order.approvalMs, pause: PAUSE_MS },
    actions: {
      announce: tell(
        ({ context }) => context.order.task,
        ({ context }) => ({ ...stepChanged(context) }),
      ),
      changed: fact('request.changed', ({ context }) => requestFact(context)),
      decided: fact('approval.decided', ({ context }) => decidedFact(context)),
      answerWaiters: enqueueActions(({ context, enqueue }) => {
        for (const to of context.waiters) enqueue(reply(context.outcome, { to }));
        enqueue.assign({ waiters: [] });
      }),
      cutShort: assign(({ event }) => ({ outcome: ended('interrupted', workError('Interrupted', { why: event.type === 'INTERRUPT' ? event.why : event.type })) })),
      close: assign(({ context }) => ({ endedAt: now(), status: statusOf(context.outcome) })),
    },
  }).createMachine({
    id: 'request',
    context: ({ input }) => newRequest(input),
    initial: 'assessing',
    on: {
      GET: { actions: reply(({ context }: { context: RequestContext }) => requestReport(context)) },
      AWAIT: {
        actions: [
          deferReply(({ context }) => `await:${context.waited}`),
          assign(({ context }) => ({ waiters: [...context.waiters, `await:${context.waited}`], waited: context.waited + 1, held: false })),
        ],
      },
      DECIDE: { actions: reply({ ok: false, reason: 'not_waiting' }) },
      RESOLVE: { actions: reply({ ok: false, reason: 'not_interrupted' }) },
      CANCEL: {
        target: '.settled.cancelled',
        actions: assign(({ event }) => ({ outcome: ended('cancelled', workError('Cancelled', event)) })),
      },
      INTERRUPT: {},
      FORGET: '.forgotten',
    },
    states: {
      assessing: {
        entry: 'announce',
        invoke: {
          src: 'assess',
          input: ({ context }) => context.order,
          onDone: {
            target: 'assessed',
            actions: assign(({ context, event }) => ({ ...event.output, grant: grantAtOnce(context.order, event.output.verdict, now()) })),
          },
          onError: { target: 'settled.failed', actions: assign(({ event }) => ({ outcome: ended('failed', readError(event.error)) })) },
        },
      },
      assessed: {
        entry: fact('request.recorded', ({ context }) => recordedFact(context)),
        always: [
          { guard: ({ context }) => context.grant === null, target: 'awaiting_decision' },
          { guard: ({ context }) => context.grant?.decision === 'auto', target: 'granted' },
          { target: 'granted', actions: 'decided' },
        ],
      },
      awaiting_decision: {
        entry: [
          assign({ status: 'awaiting_approval' }),
          fact('approval.requested', ({ context }) => ({ ...recordedFact(context), requestedAt: now(), expiresAt: now() + context.order.approvalMs })),
          'announce',
        ],
        after: {
          approval: {
            target: 'settled.denied',
            actions: [
              assign(() => ({
                refusal: { by: 'deadline', why: 'nobody decided in time', at: now() },
                outcome: ended('denied', workError('ApprovalExpired')),
              })),
              'decided',
            ],
          },
        },
        on: {
          // The turn that wants it has ended: decided or not, it runs only when the next turn asks for it.
          INTERRUPT: { actions: assign({ held: true }) },
          DECIDE: [
            {
              guard: ({ context, event }) => refuseDecision(context, event) !== undefined,
              actions: enqueueActions(({ context, event, enqueue }) => enqueue(reply({ ok: false, reason: refuseDecision(context, event) }))),
            },
            {
              guard: ({ event }) => event.decision === 'approve',
              target: 'granted',
              actions: [
                assign(({ context, event }) => ({
                  grant: { decision: 'approved' as const, by: event.by, why: event.reason, actionHash: context.verdict?.actionHash ?? '', at: now() },
                })),
                'decided',
                reply({ ok: true }),
              ],
            },
            {
              target: 'settled.denied',
              actions: [
                assign(({ event }) => ({
                  refusal: { by: event.by, why: event.reason, at: now() },
                  outcome: ended('denied', workError('Denied', { by: event.by, why: event.reason })),
                })),
                'decided',
                reply({ ok: true }),
              ],
            },
          ],
        },
      },
      granted: {
        always: [
          {
            guard: ({ context }) => !isGranted(context),
            target: 'settled.failed',
            actions: assign(() => ({ outcome: ended('failed', workError('GateMismatch')) })),
          },
          { guard: ({ context }) => !context.held, target: 'executing' },
        ],
      },
      executing: {
        entry: [assign(({ context }) => ({ status: 'running' as const, startedAt: context.startedAt ?? now(), endedAt: null, outcome: null })), 'announce', 'changed'],
        invoke: {
          src: 'execute',
          input: ({ context }) => executionOf(context),
          onDone: [
            {
              guard: ({ event }) => event.output.status === 'succeeded',
              target: 'settled.succeeded',
              actions: assign(({ context, event }) => afterExecution(context, event.output)),
            },
            { guard: ({ event }) => event.output.status === 'failed', target: 'settled.failed', actions: assign(({ context, event }) => afterExecution(context, event.output)) },
            // Cut short by its host: what it did until then is not known.
            { target: 'interrupted', actions: assign(({ context, event }) => afterExecution(context, { ...event.output, status: 'interrupted' })) },
          ],
          onError: [
            { guard: ({ context, event }) => judge(context, event.error) === 'run_again', target: 'pausing', actions: assign(({ context }) => ({ reruns: context.reruns + 1 })) },
            {
              guard: ({ context, event }) => judge(context, event.error) === 'wait_again',
              target: 'pausing',
              actions: assign(({ context }) => ({ unreached: context.unreached + 1 })),
            },
            {
              guard: ({ context, event }) => judge(context, event.error) === 'interrupted',
              target: 'interrupted',
              actions: assign(({ event }) => ({ outcome: ended('interrupted', readError(event.error)) })),
            },
            { target: 'settled.failed', actions: assign(({ event }) => ({ outcome: ended('failed', readError(event.error)) })) },
          ],
        },
        on: { INTERRUPT: { target: 'interrupted', actions: 'cutShort' } },
      },
      pausing: {
        after: { pause: 'granted' },
        on: { INTERRUPT: { target: 'interrupted', actions: 'cutShort' } },
      },
      interrupted: {
        entry: ['close', 'announce', 'changed', 'answerWaiters'],
        on: {
          AWAIT: { actions: reply(({ context }: { context: RequestContext }) => context.outcome) },
          RESOLVE: [
            {
              // A person takes the repetition on himself: it is a decision of its own on the same hash.
              guard: ({ event }) => event.action === 'rerun',
              target: 'granted',
              actions: [
                assign(({ context, event }) => ({
                  order: { ...context.order, agent: event.agent ?? context.order.agent },
                  grant: { decision: 'approved' as const, by: event.by, why: `rerun: ${event.why}`, actionHash: context.verdict?.actionHash ?? '', at: now() },
                  reruns: context.reruns + 1,
                })),
                'decided',
                reply({ ok: true }),
              ],
            },
            {
              guard: ({ event }) => event.action === 'done',
              target: 'settled.succeeded',
              actions: [assign(({ event }) => ({ outcome: { status: 'succeeded' as const, result: { resolved: 'done', by: event.by, why: event.why } } })), reply({ ok: true })],
            },
            {
              guard: ({ event }) => event.action === 'skip',
              target: 'settled.skipped',
              actions: [assign(({ event }) => ({ outcome: ended('skipped', workError('Skipped', event)) })), reply({ ok: true })],
            },
            {
              target: 'settled.failed',
              actions: [assign(({ event }) => ({ outcome: ended('failed', workError('ResolvedAsFailed', event)) })), reply({ ok: true })],
            },
          ],
        },
      },
      settled: {
        entry: ['close', 'announce', 'changed', 'answerWaiters'],
        initial: 'failed',
        on: {
          AWAIT: { actions: reply(({ context }: { context: RequestContext }) => context.outcome) },
          CANCEL: {},
        },
        states: { succeeded: {}, failed: {}, denied: {}, cancelled: {}, skipped: {} },
      },
      forgotten: { type: 'final' },
    },
  });
}
