// The statechart of one request: assessed, recorded, granted at once or by its approval, and only then executed; kept until its task
// forgets it. No transition enters `executing` without a grant of exactly the assessed hash (G10); its approval hears how it ended.
import { assign, enqueueActions, setup } from 'xstate';
import { deferReply, fact, reply, startChild, tell } from '../../runtime/index.ts';
import type { Services } from '../fleet/services.ts';
import { readError, workError } from '../work/outcome.ts';
import type { StepError, StepOutcome } from '../work/types.ts';
import { judgeCutOff } from './cut-off.ts';
import { deploymentOrder, isOursToDeploy } from './deployment-order.ts';
import { approvalOrder, grantAtOnce, isGranted } from './grant.ts';
import type { RequestMessage } from './request.messages.ts';
import { newRequest, type RequestContext, type RequestOrder, statusOf } from './request-context.ts';
import { afterExecution, assessEffect, executeEffect, executionOf } from './request-effects.ts';
import { recordedFact, requestEnded, requestFact, requestReport, rerunFact, stepChanged } from './request-report.ts';

/** Before an execution is begun again, so that a host that dies at once is not chased. */
const PAUSE_MS = 500;
/** What was decided for somebody outside is kept for. */
const KEPT_MS = 3_600_000;

const ended = (status: StepOutcome['status'], error: StepError): StepOutcome => ({ status, error });

export function requestMachine(services: Services) {
  const now = (): number => services.clock.now();
  const judge = (context: RequestContext, error: unknown) => judgeCutOff(readError(error), { ...context, idempotent: context.order.idempotent });

  return setup({
    types: { context: {} as RequestContext, events: {} as RequestMessage, input: {} as RequestOrder },
    actors: { assess: assessEffect(services), execute: executeEffect(services) },
    delays: { pause: PAUSE_MS },
    actions: {
      announce: enqueueActions(({ context, enqueue }) => {
        if (context.order.outside === undefined) enqueue(tell(context.order.task, { ...stepChanged(context) }));
      }),
      /** No task forgets it: whoever asks again within this time has the same answer. */
      keep: enqueueActions(({ context, enqueue }) => {
        if (context.order.outside !== undefined) enqueue.raise({ type: 'FORGET' }, { id: 'kept', delay: KEPT_MS });
      }),
      changed: fact('request.changed', ({ context }) => requestFact(context)),
      openApproval: enqueueActions(({ context, enqueue }) => {
        const order = approvalOrder(context);
        enqueue(startChild('approvals', { template: 'approval', id: order.id, input: order }));
        enqueue.assign({ approval: order.id });
      }),
      endApproval: enqueueActions(({ context, enqueue }) => {
        if (context.approval === null) return;
        enqueue(tell(`approvals/${context.approval}`, requestEnded(context)));
        enqueue.assign({ approval: null });
      }),
      returnGrant: enqueueActions(({ context, enqueue }) => {
        if (context.approval !== null) enqueue(tell(`approvals/${context.approval}`, { type: 'RETURNED', use: context.begun }));
      }),
      refuse: assign(({ event }) => {
        if (event.type !== 'APPROVAL_DECIDED') return {};
        const { decision, by, why, at } = event;
        const error = decision === 'denied' ? workError('Denied', { by, why }) : workError('ApprovalExpired');
        return { approval: null, refusal: { by, why, at }, outcome: ended('denied', error) };
      }),
      answerWaiters: enqueueActions(({ context, enqueue }) => {
        for (const to of context.waiters) enqueue(reply(context.outcome, { to }));
        enqueue.assign({ waiters: [] });
      }),
      cutShort: assign(({ event }) => ({ outcome: ended('interrupted', workError('Interrupted', { why: event.type === 'INTERRUPT' ? event.why : event.type })) })),
      take: assign(({ event }) => {
        if (event.type !== 'APPROVAL_DECIDED') return {};
        const { approval, by, why, at, actionHash } = event;
        return { grant: { decision: 'approved' as const, by, why, at, actionHash, approval } };
      }),
      rerun: assign(({ context, event }) => {
        if (event.type !== 'RESOLVE') return {};
        const { by, why, agent } = event;
        return { order: { ...context.order, agent: agent ?? context.order.agent }, reruns: context.reruns + 1, rerun: { by, why } };
      }),
      begin: assign(({ context }) => ({ status: 'running' as const, startedAt: context.startedAt ?? now(), endedAt: null, outcome: null, begun: context.begun + 1 })),
      beCancelled: assign(({ event }) => (event.type === 'CANCEL' ? { outcome: ended('cancelled', workError('Cancelled', event)) } : {})),
      cancelDeployment: enqueueActions(({ context, event, enqueue }) => {
        const { by, why } = event.type === 'CANCEL' ? event : { by: 'its task', why: 'the task needs it no more' };
        enqueue(tell(`deployments/${context.order.id}`, { type: 'CANCEL', by, why }));
      }),
      keepOutcome: assign(({ event }) => (event.type === 'DEPLOYMENT_ENDED' ? { outcome: event.outcome } : {})),
      close: assign(({ context }) => ({ endedAt: now(), status: statusOf(context.outcome) })),
    },
    guards: {
      isOurs: ({ context, event }) => event.type === 'APPROVAL_DECIDED' && event.approval === context.approval,
      isNo: ({ context, event }) => event.type === 'APPROVAL_DECIDED' && event.approval === context.approval && event.decision !== 'approved',
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
      APPROVAL_WAITS: {},
      APPROVAL_DECIDED: {},
      DEPLOYMENT_ENDED: {},
      RESOLVE: { actions: reply({ ok: false, reason: 'not_interrupted' }) },
      CANCEL: { target: '.settled.cancelled', actions: 'beCancelled' },
      INTERRUPT: {},
      FORGET: { target: '.forgotten', actions: 'endApproval' },
    },
    states: {
      assessing: {
        entry: 'announce',
        invoke: {
          src: 'assess',
          input: ({ context }) => context.order,
          onDone: {
            target: 'assessed',
            actions: assign(({ event }) => ({ ...event.output, grant: grantAtOnce(event.output.verdict, now()), unreached: 0 })),
          },
          onError: [
            {
              guard: ({ context, event }) => judge(context, event.error) === 'wait_again',
              target: 'waiting_to_assess',
              actions: assign(({ context }) => ({ unreached: context.unreached + 1 })),
            },
            { target: 'settled.failed', actions: assign(({ event }) => ({ outcome: ended('failed', readError(event.error)) })) },
          ],
        },
      },
      /** Under which rules could not be learned: the journal was not to be had, or the policy did not answer. */
      waiting_to_assess: { after: { pause: 'assessing' } },
      assessed: {
        entry: fact('request.recorded', ({ context }) => recordedFact(context)),
        always: [{ guard: ({ context }) => context.grant === null, target: 'awaiting_decision' }, { target: 'granted' }],
      },
      awaiting_decision: {
        entry: 'openApproval',
        on: {
          APPROVAL_WAITS: { actions: [assign({ status: 'awaiting_approval' }), 'announce'] },
          APPROVAL_DECIDED: [
            { guard: 'isNo', target: 'settled.denied', actions: 'refuse' },
            { guard: 'isOurs', target: 'granted', actions: 'take' },
          ],
          // The turn that wants it has ended: decided or not, it runs only when the next turn asks for it.
          INTERRUPT: { actions: assign({ held: true }) },
        },
      },
      granted: {
        always: [
          {
            guard: ({ context }) => !isGranted(context),
            target: 'settled.failed',
            actions: assign(() => ({ outcome: ended('failed', workError('GateMismatch')) })),
          },
          { guard: ({ context }) => !context.held && isOursToDeploy(context), target: 'deploying' },
          { guard: ({ context }) => !context.held, target: 'executing' },
        ],
        // Held for so long that the grant has expired.
        on: { APPROVAL_DECIDED: { guard: 'isNo', target: 'settled.denied', actions: 'refuse' } },
      },
      executing: {
        entry: ['begin', 'announce', 'changed'],
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
              actions: ['returnGrant', assign(({ context }) => ({ unreached: context.unreached + 1 }))],
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
      /** A saga does it, step by step, under the grant: it goes on without the turn that asked, and without its session. */
      deploying: {
        entry: ['begin', 'announce', 'changed', startChild('deployments', ({ context }) => ({ template: 'deployment', id: context.order.id, input: deploymentOrder(context) }))],
        on: {
          DEPLOYMENT_ENDED: [
            { guard: ({ context, event }) => event.deployment !== context.order.id },
            { guard: ({ event }) => event.outcome.status === 'succeeded', target: 'settled.succeeded', actions: 'keepOutcome' },
            { target: 'settled.failed', actions: 'keepOutcome' },
          ],
          CANCEL: { target: 'settled.cancelled', actions: ['cancelDeployment', 'beCancelled'] },
          FORGET: { target: 'forgotten', actions: ['cancelDeployment', 'endApproval'] },
        },
      },
      pausing: {
        after: { pause: 'granted' },
        on: { APPROVAL_DECIDED: { guard: 'isNo', target: 'settled.denied', actions: 'refuse' }, INTERRUPT: { target: 'interrupted', actions: 'cutShort' } },
      },
      interrupted: {
        entry: ['close', 'endApproval', 'announce', 'changed', 'answerWaiters'],
        on: {
          AWAIT: { actions: reply(({ context }: { context: RequestContext }) => context.outcome) },
          RESOLVE: [
            {
              // A person takes the repetition on himself: it is a decision of its own on the same hash.
              guard: ({ context, event }) => event.action === 'rerun' && context.verdict?.level === 'LOW',
              target: 'granted',
              actions: [
                'rerun',
                assign(({ context, event }) => ({
                  grant: { decision: 'approved' as const, by: event.by, why: `rerun: ${event.why}`, actionHash: context.verdict?.actionHash ?? '', at: now(), approval: null },
                })),
                fact('approval.decided', ({ context }) => rerunFact(context)),
                reply({ ok: true }),
              ],
            },
            { guard: ({ event }) => event.action === 'rerun', target: 'awaiting_decision', actions: ['rerun', assign({ grant: null }), reply({ ok: true })] },
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
        entry: ['close', 'endApproval', 'announce', 'changed', 'answerWaiters', 'keep'],
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
