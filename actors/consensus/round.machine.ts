// The statechart of one round: keys pinned, votes taken, decided by the votes, by its deadline, or withdrawn; kept a while for latecomers.
// It leaves `open` once, so it is decided at most once (G12).
import { assign, enqueueActions, setup } from 'xstate';
import { type Clock, fact, reply, startChild, stopChildAt, tell } from '../../runtime/index.ts';
import type { RoundMessage } from './round.messages.ts';
import { arePinned, judgeRound, newRound, pinKeys, type RoundContext, takeVote } from './round-context.ts';
import { type PinningServices, pinEffect } from './round-effects.ts';
import type { RoundOrder } from './round-order.ts';
import { decidedFact, openedFact, refusedFact, roundDecided, roundReport, voteFact } from './round-report.ts';
import { type VerifyVote, verifyVote } from './signature.ts';
import { ballotsOf, openBallots } from './voters.ts';

/** Facts about refused votes of one round: a flood of them fills no disk. */
const MOST_REFUSAL_FACTS = 100;
/** Before keys are asked for again. */
const PAUSE_MS = 5_000;
/** How long a decided round answers latecomers. */
const KEPT_MS = 24 * 3_600_000;

export interface RoundServices extends PinningServices {
  readonly clock: Clock;
}

export function roundMachine(services: RoundServices, verify: VerifyVote = verifyVote) {
  const now = (): number => Math.trunc(services.clock.now());

  return setup({
    types: { context: {} as RoundContext, events: {} as RoundMessage, input: {} as RoundOrder },
    actors: { pin: pinEffect(services) },
    delays: { deadline: ({ context }) => context.order.deadlineMs, pause: PAUSE_MS, kept: KEPT_MS },
    guards: { isDecided: ({ context }) => judgeRound(context) !== undefined },
    actions: {
      takeVote: enqueueActions(({ context, event, enqueue }) => {
        if (event.type !== 'CAST_VOTE') return;
        const { taken, changes } = takeVote(context, event, verify);
        enqueue.assign(changes);
        if (!taken.ok && context.refused < MOST_REFUSAL_FACTS) enqueue(fact('round.refused', refusedFact(context, event, taken.reason, now())));
        if (taken.ok && !taken.repeated) enqueue(fact('round.vote', voteFact(event, now())));
        enqueue(reply(taken));
      }),
      askVoters: enqueueActions(({ context, enqueue }) => {
        for (const ballot of ballotsOf(context)) enqueue(startChild('ballots', ballot));
      }),
      /** Whoever still looks at something need not. */
      dismissVoters: enqueueActions(({ context, enqueue }) => {
        for (const address of openBallots(context)) enqueue(stopChildAt(address));
      }),
      announce: enqueueActions(({ context, enqueue }) => {
        const { order, outcome } = context;
        enqueue(fact('round.decided', decidedFact(context)));
        if (order.replyTo === null || outcome === null || outcome === 'withdrawn') return;
        enqueue(tell(order.replyTo, { ...roundDecided(context, outcome) }));
      }),
    },
  }).createMachine({
    id: 'round',
    context: ({ input }) => newRound(input, now()),
    initial: 'open',
    on: {
      GET: { actions: reply(({ context }: { context: RoundContext }) => roundReport(context)) },
      WITHDRAW: {},
    },
    states: {
      open: {
        initial: 'opening',
        after: { deadline: { target: 'decided', actions: assign(() => ({ outcome: 'expired' as const, decidedBy: 'deadline', decidedAt: now() })) } },
        on: {
          WITHDRAW: { target: 'decided', actions: assign(({ event }) => ({ outcome: 'withdrawn' as const, decidedBy: event.by, decidedAt: now() })) },
        },
        states: {
          opening: { always: [{ guard: ({ context }) => arePinned(context), target: 'awaiting_votes' }, { target: 'pinning' }] },
          pinning: {
            invoke: {
              src: 'pin',
              input: ({ context }) => context.order.electorate.map(({ voter }) => voter),
              onDone: { target: 'awaiting_votes', actions: assign(({ context, event }) => pinKeys(context, event.output)) },
              onError: 'pausing',
            },
          },
          pausing: { after: { pause: 'pinning' } },
          awaiting_votes: {
            entry: [fact('round.opened', ({ context }) => openedFact(context)), 'askVoters'],
            on: { CAST_VOTE: { actions: 'takeVote' } },
            always: {
              guard: 'isDecided',
              target: '#round.decided',
              actions: assign(({ context }) => ({ outcome: judgeRound(context) ?? null, decidedBy: 'votes', decidedAt: now() })),
            },
          },
        },
      },
      decided: {
        entry: ['announce', 'dismissVoters'],
        on: { CAST_VOTE: { actions: 'takeVote' } },
        after: { kept: 'forgotten' },
      },
      forgotten: { type: 'final' },
    },
  });
}
