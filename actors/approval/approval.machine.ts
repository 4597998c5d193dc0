// The statechart of one approval: asks rung by rung until it is decided, lends its grant to the one execution that it was given for,
// and ends in a recorded state. Nothing but a grant is used, nothing but a use is executed, and a no, an end or a use is for good.
import { assign, enqueueActions, setup } from 'xstate';
import { fact, reply, startChild, tell } from '../../runtime/index.ts';
import type { Services } from '../fleet/services.ts';
import { noticeOf } from '../webhook/notice.ts';
import type { ApprovalMessage } from './approval.messages.ts';
import { type ApprovalContext, type ApprovalOrder, type Decided, newApproval } from './approval-context.ts';
import { approvalReport, decidedFact, decidedMessage, endedFact, refusedFact, requestedFact, rungFact, votedFact } from './approval-report.ts';
import { isOurRound, reasonsText, roundId, roundOrder } from './approval-round.ts';
import { grantedAtOnce } from './at-once.ts';
import { decides, refuseDecision } from './decision.ts';
import { delegateMail } from './delegate-mail.ts';
import { refuseUse } from './grant-use.ts';
import { decidersOf, expiresAt, isOn, rungAt, untilNext } from './ladder.ts';

/** Longer than any execution with all its repetitions: a request that says nothing for so long never will. */
const REPORT_MS = 14 * 24 * 3_600_000;

export function approvalMachine(services: Pick<Services, 'clock' | 'webhook'>) {
  const now = (): number => services.clock.now();
  const by = (decision: Decided['decision'], who: string, why: string) => ({ decided: { decision, by: who, why, at: now() } });
  const ended = (state: 'withdrawn' | 'executed' | 'interrupted') =>
    fact<ApprovalContext, ApprovalMessage>('approval.ended', ({ context, event }) => endedFact(context, state, event.type === 'REQUEST_ENDED' ? event.why : ''));

  return setup({
    types: { context: {} as ApprovalContext, events: {} as ApprovalMessage, input: {} as ApprovalOrder },
    delays: { next: ({ context }) => untilNext(context, now()), unused: ({ context }) => context.order.terms.useWithinMs, unreported: REPORT_MS },
    guards: {
      refused: ({ context, event }) => event.type === 'DECIDE' && refuseDecision(context, event) !== undefined,
      isLast: ({ context, event }) => event.type === 'DECIDE' && decides(context, event),
      mayBegin: ({ context, event }) => event.type === 'USE' && refuseUse(context, event) === undefined,
      isGrantedByRound: ({ context, event }) =>
        event.type === 'ROUND_DECIDED' && isOurRound(context, event) && event.outcome === 'accepted' && context.order.terms.round?.thenPerson === false,
      isRejected: ({ context, event }) => event.type === 'ROUND_DECIDED' && isOurRound(context, event) && event.outcome === 'rejected',
      isOurRound: ({ context, event }) => event.type === 'ROUND_DECIDED' && isOurRound(context, event),
      hasRun: ({ event }) => event.type === 'REQUEST_ENDED' && (event.status === 'succeeded' || event.status === 'failed'),
    },
    actions: {
      tellRequest: tell(
        ({ context }) => `requests/${context.order.requestId}`,
        ({ context }) => decidedMessage(context),
      ),
      recordDecision: fact('approval.decided', ({ context }) => decidedFact(context)),
      climb: enqueueActions(({ context, enqueue }) => {
        const rung = rungAt(context, now());
        // The wall clock was set back: it is not time yet.
        if (rung === context.rung) return;
        const climbed = { ...context, rung };
        enqueue.assign({ rung });
        enqueue(fact('approval.escalated', rungFact(climbed)));
        for (const { agent, message } of delegateMail(climbed, context.rung + 1)) enqueue(tell(`agents/${agent}`, message));
      }),
      tellPeople: enqueueActions(({ context, enqueue }) => {
        if (services.webhook === null) return;
        const notice = noticeOf(context);
        enqueue(startChild('webhooks', { template: 'notice', id: notice.id, input: notice }));
      }),
      openRound: startChild('rounds', ({ context }) => ({ template: 'round', id: roundId(context), input: roundOrder(context) })),
      /** Decided without it: nobody needs its votes any more. */
      closeRound: enqueueActions(({ context, event, enqueue }) => {
        if (event.type !== 'ROUND_DECIDED') enqueue(tell(`rounds/${roundId(context)}`, { type: 'WITHDRAW', by: 'approval', why: 'it was decided otherwise' }));
      }),
      askDelegates: enqueueActions(({ context, enqueue }) => {
        for (const { agent, message } of delegateMail(context, 0)) enqueue(tell(`agents/${agent}`, message));
      }),
      expire: assign(() => by('expired', 'deadline', 'nobody decided in time')),
      expireUnused: assign(() => by('expired', 'deadline', 'nobody used it in time')),
      begin: assign(({ event }) => (event.type === 'USE' ? { used: { use: event.use, epoch: event.epoch, returned: false } } : {})),
      refuseUse: enqueueActions(({ context, event, enqueue }) => {
        if (event.type !== 'USE') return;
        const reason = refuseUse(context, event) ?? 'not_granted';
        enqueue(fact('approval.misused', { id: context.order.id, reason, use: event.use, epoch: event.epoch }));
        enqueue(reply({ ok: false, reason }));
      }),
    },
  }).createMachine({
    id: 'approval',
    context: ({ input }) => newApproval(input, now()),
    initial: 'assessing',
    on: {
      GET: { actions: reply(({ context }: { context: ApprovalContext }) => approvalReport(context)) },
      DECIDE: { actions: reply({ ok: false, reason: 'not_waiting' }) },
      USE: { actions: 'refuseUse' },
      RETURNED: {},
      ROUND_DECIDED: {},
    },
    states: {
      assessing: {
        always: [
          {
            guard: ({ context }) => grantedAtOnce(context) !== undefined,
            target: 'granted',
            actions: assign(({ context }) => {
              const vote = grantedAtOnce(context) ?? { by: '', why: '', at: 0 };
              return { votes: [vote], decided: { ...vote, decision: 'approved' as const } };
            }),
          },
          { target: 'open' },
        ],
      },
      open: {
        initial: 'climbing',
        entry: [
          assign(({ context }) => ({ rung: rungAt(context, now()) })),
          fact('approval.requested', ({ context }) => requestedFact(context)),
          tell(
            ({ context }) => `requests/${context.order.requestId}`,
            ({ context }) => ({ type: 'APPROVAL_WAITS', approval: context.order.id }),
          ),
          'askDelegates',
          'tellPeople',
        ],
        on: {
          DECIDE: [
            {
              guard: 'refused',
              actions: enqueueActions(({ context, event, enqueue }) => {
                enqueue(fact('approval.refused', refusedFact(context, event)));
                enqueue(reply({ ok: false, reason: refuseDecision(context, event) }));
              }),
            },
            {
              guard: ({ event }) => event.decision === 'deny',
              target: 'denied',
              actions: [assign(({ event }) => by('denied', event.by, event.reason)), reply({ ok: true, state: 'denied', missing: 0 })],
            },
            {
              guard: 'isLast',
              target: 'granted',
              actions: [
                assign(({ context, event }) => ({
                  ...by('approved', event.by, event.reason),
                  votes: [...context.votes, { by: event.by, why: event.reason, at: now() }],
                })),
                reply({ ok: true, state: 'granted', missing: 0 }),
              ],
            },
            {
              actions: [
                assign(({ context, event }) => ({ votes: [...context.votes, { by: event.by, why: event.reason, at: now() }] })),
                fact('approval.voted', ({ context }) => votedFact(context)),
                reply(({ context }: { context: ApprovalContext }) => ({ ok: true, state: 'waiting', missing: decidersOf(context).count - context.votes.length })),
              ],
            },
          ],
          REQUEST_ENDED: 'withdrawn',
        },
        states: {
          /** Between two rungs. */
          climbing: {
            always: [
              { guard: ({ context }) => now() >= expiresAt(context), target: '#approval.expired', actions: 'expire' },
              { guard: ({ context }) => isOn(context, 'round'), target: 'awaiting_round' },
              { guard: ({ context }) => isOn(context, 'delegate'), target: 'awaiting_delegate' },
              { guard: ({ context }) => isOn(context, 'second'), target: 'awaiting_second' },
              { target: 'awaiting_operator' },
            ],
          },
          awaiting_round: {
            entry: 'openRound',
            exit: 'closeRound',
            after: { next: { target: 'climbing', actions: 'climb' } },
            on: {
              ROUND_DECIDED: [
                {
                  guard: 'isGrantedByRound',
                  target: '#approval.granted',
                  actions: assign(({ context, event }) => by('approved', `round ${roundId(context)}`, reasonsText(event))),
                },
                { guard: 'isRejected', target: '#approval.denied', actions: assign(({ context, event }) => by('denied', `round ${roundId(context)}`, reasonsText(event))) },
                // Accepted, and people have the last word; or the agents came to no end, and people decide without them.
                { guard: 'isOurRound', target: 'climbing', actions: [assign(({ event }) => ({ round: event.outcome })), 'climb'] },
              ],
            },
          },
          awaiting_delegate: { after: { next: { target: 'climbing', actions: 'climb' } } },
          awaiting_operator: { after: { next: { target: 'climbing', actions: 'climb' } } },
          awaiting_second: { after: { next: { target: 'climbing', actions: 'climb' } } },
        },
      },
      granted: {
        entry: ['recordDecision', 'tellRequest'],
        after: { unused: { target: 'expired', actions: 'expireUnused' } },
        on: {
          USE: [{ guard: 'mayBegin', target: 'in_use', actions: ['begin', reply({ ok: true })] }, { actions: 'refuseUse' }],
          REQUEST_ENDED: 'withdrawn',
        },
      },
      /** Its execution runs, or was cut off and begins again. */
      in_use: {
        entry: fact('approval.used', ({ context }) => ({ id: context.order.id, ...context.used })),
        after: { unreported: 'interrupted' },
        on: {
          USE: [{ guard: 'mayBegin', target: 'in_use', reenter: true, actions: ['begin', reply({ ok: true })] }, { actions: 'refuseUse' }],
          RETURNED: {
            guard: ({ context, event }) => context.used?.use === event.use,
            actions: assign(({ context }) => ({ used: context.used === null ? null : { ...context.used, returned: true } })),
          },
          REQUEST_ENDED: [{ guard: ({ context }) => context.used?.returned === true, target: 'withdrawn' }, { guard: 'hasRun', target: 'executed' }, { target: 'interrupted' }],
        },
      },
      denied: { type: 'final', entry: ['recordDecision', 'tellRequest'] },
      expired: { type: 'final', entry: ['recordDecision', 'tellRequest'] },
      withdrawn: { type: 'final', entry: ended('withdrawn') },
      executed: { type: 'final', entry: ended('executed') },
      interrupted: { type: 'final', entry: ended('interrupted') },
    },
  });
}
