// The statechart of one deployment: has its place to itself, uses its grant, records, backs up, lays the version down, leads there, verifies,
// and promotes it, or takes it back to the last good version. Nothing is done before the grant of exactly its action was used, and every
// deployment ends in a recorded state.
import { and, assign, enqueueActions, setup } from 'xstate';
import { fact, reply, startChild, tell } from '../../runtime/index.ts';
import { DEPLOYMENT_BACKUP, KEPT } from '../backup/backups.messages.ts';
import { BACKUPS } from '../backup/backups.ts';
import { readError, workError } from '../work/outcome.ts';
import type { DeployedVersion } from '../work/ports.ts';
import type { StepError } from '../work/types.ts';
import type { DeploymentMessage } from './deployment.messages.ts';
import { type DeploymentContext, type DeploymentOrder, isRollback, newDeployment } from './deployment-context.ts';
import * as effects from './deployment-effects.ts';
import { changedFact, type DeploymentState, deploymentEnded, deploymentReport, type EndState, openedFact, settlementOf } from './deployment-report.ts';
import { goodFor, isKnown, refusePlace } from './place-check.ts';
import { RELEASES } from './releases.messages.ts';
import { wayBackId, wayBackOrder } from './way-back.ts';

/** Nothing was done: no session took it, or nobody could say. */
const UNREACHED: readonly string[] = ['NoSession', 'SessionLost', 'JournalUnavailable', 'AskTimeout', 'MailboxFull'];
const MOST_WAITS = 10;
const PAUSE_MS = 1_000;
/** Beyond this nobody makes backups any more. */
const BACKUP_MS = 2 * 3_600_000;

const MOST_BACKUP_ID = 100;
const backupId = ({ order }: Pick<DeploymentContext, 'order'>): string => `${DEPLOYMENT_BACKUP}${order.id}`.slice(0, MOST_BACKUP_ID);

export function deploymentMachine(services: effects.DeploymentServices) {
  const now = (): number => services.clock.now();
  const fails = (target: string) => ({ target, actions: { type: 'fail' as const, params: ({ event }: { event: { error: unknown } }) => ({ error: readError(event.error) }) } });

  return setup({
    types: { context: {} as DeploymentContext, events: {} as DeploymentMessage, input: {} as DeploymentOrder },
    actors: {
      admit: effects.admitEffect(services),
      check: effects.checkEffect(services),
      record: effects.recordEffect(services),
      place: effects.placeEffect(services),
      lead: effects.leadEffect(services),
      rate: effects.rateEffect(services),
      verify: effects.verifyEffect(services),
      mark: effects.markEffect(services),
      look: effects.lookEffect(services),
      retire: effects.retireEffect(services),
      discard: effects.discardEffect(services),
    },
    delays: { pause: PAUSE_MS, noBackup: BACKUP_MS },
    guards: {
      isRollback: ({ context }) => isRollback(context),
      isCancelled: ({ context }) => context.cancelled !== null,
      /** It ran before already: nothing has changed. */
      wasGood: ({ context }) => context.good?.version === context.order.payload.version,
      wasPromoted: ({ context }) => isKnown(context),
      mayWait: ({ context }, params: { error: unknown }) => context.waits < MOST_WAITS && UNREACHED.includes(readError(params.error).code),
      isRefused: ({ context }, params: { running: DeployedVersion | null }) => refusePlace(context, params.running) !== undefined,
      isOurBackup: ({ context, event }) => event.type === 'BACKUP_ENDED' && event.id === backupId(context),
      isBack: ({ context, event }) => event.type === 'STEP_CHANGED' && event.requestId === wayBackId(context) && event.outcome?.status === 'succeeded',
      isNoWayBack: ({ context, event }) => event.type === 'STEP_CHANGED' && event.requestId === wayBackId(context) && event.outcome !== null,
    },
    actions: {
      enter: enqueueActions(({ context, enqueue }, params: { state: DeploymentState }) => enqueue(fact('deployment.changed', changedFact(context, params.state)))),
      fail: assign((_, params: { error: StepError }) => ({ problem: params.error })),
      cancel: assign(({ event }) => {
        if (event.type !== 'CANCEL') return {};
        const error = workError('Cancelled', event);
        return { cancelled: error, problem: error };
      }),
      flagCancel: assign(({ event }) => (event.type === 'CANCEL' ? { cancelled: workError('Cancelled', event) } : {})),
      takeCancel: assign(({ context }) => ({ problem: context.cancelled })),
      noteLeads: assign(({ context: { order, problem } }, leads: { readonly version: string | null }) => {
        const now = `${order.payload.environment} leads to ${leads.version ?? 'nothing'} now`;
        return { leads, problem: problem === null ? null : { ...problem, message: `${problem.message}; ${now}` } };
      }),
      noteUnmarked: enqueueActions(({ context, enqueue }, params: { error: StepError }) => {
        const { id, planId } = context.order;
        enqueue(fact('deployment.unmarked', { id, planId, problem: params.error.message }));
      }),
      noteUnretired: enqueueActions(({ context, enqueue }, params: { error: StepError }) => {
        const { id, planId } = context.order;
        enqueue(fact('deployment.unretired', { id, planId, problem: params.error.message }));
      }),
      wait: assign(({ context }) => ({ waits: context.waits + 1 })),
      /** What is found in a place that nobody knows of counts as good: there is a way back to it. */
      adopt: enqueueActions(({ context, enqueue }, params: effects.FoundThere) => {
        const good = goodFor(context, params.running, now());
        enqueue.assign({ good, there: params.there, releases: context.releases.length === 0 && good !== null ? [good] : context.releases });
        if (context.releases.length === 0 && good !== null) enqueue(tell(RELEASES, { type: 'FOUND', place: context.place, release: { ...good } }));
      }),
      forgetWayBack: enqueueActions(({ context, enqueue }) => enqueue(tell(`requests/${wayBackId(context)}`, { type: 'FORGET' }))),
      end: enqueueActions(({ context, enqueue }, params: { state: EndState }) => {
        const ended = { ...context, endedAt: now() };
        const { order, place } = context;
        enqueue.assign({ endedAt: ended.endedAt });
        enqueue(fact('deployment.changed', changedFact(ended, params.state)));
        enqueue(tell(RELEASES, { type: 'SETTLE', place, deployment: order.id, settlement: settlementOf(ended, params.state, now()) }));
        // A request that was cancelled has settled already.
        if (context.cancelled === null) enqueue(tell(`requests/${order.id}`, { ...deploymentEnded(ended, params.state) }));
      }),
    },
  }).createMachine({
    id: 'deployment',
    context: ({ input }) => newDeployment(input, services.deployDriver.placeOf(effects.wishOf({ order: input }, services)), now()),
    initial: 'claiming',
    on: {
      GET: { actions: reply(({ context }: { context: DeploymentContext }) => deploymentReport(context)) },
      CLAIMED: {},
      BACKUP_ENDED: {},
      STEP_CHANGED: {},
      CANCEL: {},
    },
    states: {
      claiming: {
        entry: [
          fact('deployment.opened', ({ context }) => openedFact(context)),
          tell(RELEASES, ({ context: { place, order } }) => ({ type: 'CLAIM', place, deployment: order.id, within: order.within, replyTo: `deployments/${order.id}` })),
        ],
        on: {
          CLAIMED: { target: 'admitting', actions: assign(({ event }) => ({ releases: event.releases })) },
          CANCEL: { target: 'failed', actions: 'cancel' },
        },
      },
      /** The grant is used: from here on this deployment may act, and no other can under the same grant. */
      admitting: {
        initial: 'asking',
        on: { CANCEL: { target: 'failed', actions: 'cancel' } },
        states: {
          asking: {
            invoke: {
              src: 'admit',
              input: ({ context }) => context.order,
              onDone: '#deployment.checking',
              onError: [{ guard: { type: 'mayWait', params: ({ event }) => ({ error: event.error }) }, target: 'pausing', actions: 'wait' }, fails('#deployment.failed')],
            },
          },
          pausing: { after: { pause: 'asking' } },
        },
      },
      checking: {
        entry: { type: 'enter', params: { state: 'checking' } },
        invoke: {
          src: 'check',
          input: ({ context }) => context,
          onDone: [
            {
              guard: { type: 'isRefused', params: ({ event }) => ({ running: event.output.running }) },
              target: 'failed',
              actions: assign(({ context, event }) => ({
                problem: workError('DeployRefused', { version: context.order.payload.version, problem: refusePlace(context, event.output.running) }),
              })),
            },
            { guard: 'isRollback', target: 'leading', actions: { type: 'adopt', params: ({ event }) => event.output } },
            { target: 'recording', actions: { type: 'adopt', params: ({ event }) => event.output } },
          ],
          onError: fails('failed'),
        },
        on: { CANCEL: { target: 'failed', actions: 'cancel' } },
      },
      recording: {
        invoke: {
          src: 'record',
          input: ({ context }) => context.order,
          onDone: { target: 'backing_up', actions: assign(({ event }) => ({ commit: event.output.commit })) },
          onError: fails('failed'),
        },
        on: { CANCEL: { target: 'failed', actions: 'cancel' } },
      },
      /** Of the state before; only a verified one counts. */
      backing_up: {
        entry: [
          { type: 'enter', params: { state: 'backing_up' } },
          tell(BACKUPS, ({ context }) => ({
            type: 'TAKE_BACKUP',
            id: backupId(context),
            by: context.order.agent,
            why: `before deployment ${context.order.id}`,
            keep: KEPT,
            replyTo: `deployments/${context.order.id}`,
          })),
        ],
        after: { noBackup: { target: 'failed', actions: { type: 'fail', params: { error: workError('BackupFailed', { problem: 'it did not end in time' }) } } } },
        on: {
          BACKUP_ENDED: [
            {
              guard: ({ context, event }) => event.id === backupId(context) && event.problem !== null,
              target: 'failed',
              actions: assign(({ event }) => ({ problem: { code: 'BackupFailed', message: event.problem ?? '' } })),
            },
            { guard: 'isOurBackup', target: 'placing', actions: assign(({ context }) => ({ backup: backupId(context) })) },
          ],
          CANCEL: { target: 'failed', actions: 'cancel' },
        },
      },
      placing: {
        entry: { type: 'enter', params: { state: 'placing' } },
        invoke: {
          src: 'place',
          input: ({ context }) => context,
          onDone: [
            { guard: 'isCancelled', target: 'abandoning', actions: ['takeCancel', assign(({ event }) => ({ placed: event.output }))] },
            { target: 'leading', actions: assign(({ event }) => ({ placed: event.output })) },
          ],
          // What lies there is another's: it stays.
          onError: fails('failed'),
        },
        on: { CANCEL: { actions: 'flagCancel' } },
      },
      /** Afterwards the new version runs; for a way back the old one. */
      leading: {
        entry: { type: 'enter', params: { state: 'leading' } },
        invoke: {
          src: 'lead',
          input: ({ context }) => ({ context, to: effects.aimOf(context) }),
          onDone: [{ guard: 'isCancelled', target: 'unheld', actions: 'takeCancel' }, { target: 'verifying' }],
          onError: fails('unheld'),
        },
        on: { CANCEL: { actions: 'flagCancel' } },
      },
      verifying: {
        entry: { type: 'enter', params: { state: 'verifying' } },
        initial: 'rating',
        on: { CANCEL: { target: 'unheld', actions: 'cancel' } },
        states: {
          rating: {
            invoke: {
              src: 'rate',
              input: ({ context }) => context,
              onDone: { target: 'running', actions: assign(({ event }) => ({ verification: event.output.verdict })) },
              onError: fails('#deployment.unheld'),
            },
          },
          running: {
            // The verdict is on record before anything runs (G10).
            entry: enqueueActions(({ context: { order, verification }, enqueue }) => {
              if (verification !== null)
                enqueue(fact('deployment.verification', { id: order.id, planId: order.planId, command: order.payload.verify ?? '', verdict: verification }));
            }),
            invoke: {
              src: 'verify',
              input: ({ context }) => context,
              onDone: '#deployment.retiring',
              onError: [{ guard: { type: 'mayWait', params: ({ event }) => ({ error: event.error }) }, target: 'pausing', actions: 'wait' }, fails('#deployment.unheld')],
            },
          },
          pausing: { after: { pause: 'running' } },
        },
      },
      /** It holds, and has the place to itself. What cannot be ended is noted, and found again at the next deployment. */
      retiring: {
        invoke: {
          src: 'retire',
          input: ({ context }) => context,
          onDone: 'promoting',
          onError: { target: 'promoting', actions: { type: 'noteUnretired', params: ({ event }) => ({ error: readError(event.error) }) } },
        },
      },
      /** What git says of the place follows; without it the deployment is good all the same. */
      promoting: {
        invoke: {
          src: 'mark',
          input: ({ context: { order, good, commit } }) => ({
            workspace: order.repository,
            place: order.payload.target ?? order.payload.environment,
            commit: order.payload.rollbackTo === undefined ? commit : (good?.commit ?? null),
          }),
          onDone: 'held',
          onError: { target: 'held', actions: { type: 'noteUnmarked', params: ({ event }) => ({ error: readError(event.error) }) } },
        },
      },
      held: { always: [{ guard: 'isRollback', target: 'restored' }, { target: 'promoted' }] },
      unheld: { always: [{ guard: 'isRollback', target: 'looking' }, { guard: 'wasGood', target: 'failed' }, { target: 'taking_back' }] },
      /** A way back has none of its own: it ends with what the place leads to now. */
      looking: {
        invoke: {
          src: 'look',
          input: ({ context }) => context,
          onDone: { target: 'failed', actions: { type: 'noteLeads', params: ({ event }) => event.output } },
          onError: 'failed',
        },
      },
      /** By a request of its own, through the gate. */
      taking_back: {
        entry: [
          { type: 'enter', params: { state: 'taking_back' } },
          startChild('requests', ({ context }) => ({ template: 'request', id: wayBackId(context), input: wayBackOrder(context) })),
        ],
        on: {
          STEP_CHANGED: [
            { guard: and(['isBack', 'wasPromoted']), target: 'rolled_back', actions: 'forgetWayBack' },
            { guard: 'isBack', target: 'discarding', actions: 'forgetWayBack' },
            {
              guard: 'isNoWayBack',
              target: 'stuck',
              actions: ['forgetWayBack', assign(({ event }) => ({ stuck: event.outcome?.error ?? workError('StepFailed') }))],
            },
          ],
        },
      },
      /** It never was good: the next try may have other content under the same version. */
      discarding: { invoke: { src: 'discard', input: ({ context }) => context, onDone: { target: 'rolled_back' }, onError: { target: 'rolled_back' } } },
      abandoning: {
        always: { guard: 'wasPromoted', target: 'failed' },
        invoke: { src: 'discard', input: ({ context }) => context, onDone: 'failed', onError: 'failed' },
      },
      promoted: { type: 'final', entry: { type: 'end', params: { state: 'promoted' } } },
      restored: { type: 'final', entry: { type: 'end', params: { state: 'restored' } } },
      rolled_back: { type: 'final', entry: { type: 'end', params: { state: 'rolled_back' } } },
      failed: { type: 'final', entry: { type: 'end', params: { state: 'failed' } } },
      stuck: { type: 'final', entry: { type: 'end', params: { state: 'stuck' } } },
    },
  });
}
