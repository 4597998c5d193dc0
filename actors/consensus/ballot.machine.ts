// The statechart of one voter's vote in one round: looks, has the tests run if that is its part, signs, casts, ends. What was found is
// kept before it is signed, so that no crash makes a voter say two things.
import { assign, setup } from 'xstate';
import { fact, tell } from '../../runtime/index.ts';
import { readError } from '../work/outcome.ts';
import { type BallotContext, type BallotOrder, type Finding, newBallot, type TestRun } from './ballot-context.ts';
import { type BallotServices, lookEffect, signEffect, testsEffect, unsignedVote } from './ballot-effects.ts';
import { judgeTests } from './evidence/judge-tests.ts';

const MOST_RERUNS = 3;
const PAUSE_MS = 2_000;
const MAY_RUN_AGAIN: readonly string[] = ['SessionLost', 'NoSession'];

const commandOf = ({ action }: TestRun): string => (action.type === 'BASH_COMMAND' ? action.payload.command : action.type);

/** What cannot be looked at speaks against it. */
function unseen(error: unknown): Finding {
  const { code, message } = readError(error);
  return { vote: 'no', why: `could not be looked at: ${message}`.slice(0, 2_000), evidence: { code } };
}

export function ballotMachine(services: BallotServices) {
  const now = (): number => Math.trunc(services.clock.now());

  return setup({
    types: { context: {} as BallotContext, events: {} as { readonly type: 'NONE' }, input: {} as BallotOrder },
    actors: { look: lookEffect(services), runTests: testsEffect(services), sign: signEffect(services) },
    delays: { pause: PAUSE_MS },
  }).createMachine({
    id: 'ballot',
    context: ({ input }) => newBallot(input),
    initial: 'looking',
    states: {
      looking: {
        invoke: {
          src: 'look',
          input: ({ context }) => context.order,
          onDone: [
            { guard: ({ event }) => event.output.kind === 'own_mind', target: 'asked' },
            {
              guard: ({ event }) => event.output.kind === 'tests',
              target: 'rated',
              actions: assign(({ event: { output } }) => (output.kind === 'tests' ? { run: output.run } : {})),
            },
            { target: 'signing', actions: assign(({ event: { output } }) => (output.kind === 'found' ? { finding: output.finding, at: now() } : {})) },
          ],
          onError: { target: 'signing', actions: assign(({ event }) => ({ finding: unseen(event.error), at: now() })) },
        },
      },
      /** The verdict is on record before anything runs (G10). */
      rated: {
        entry: fact('round.evidence', ({ context: { order, run } }) => ({ id: order.round, voter: order.voter, ...run })),
        always: 'testing',
      },
      testing: {
        invoke: {
          src: 'runTests',
          input: ({ context: { order, run } }) => ({ agent: order.voter, request: `${order.round}.${order.voter}`, run: run as TestRun }),
          onDone: { target: 'signing', actions: assign(({ context, event }) => ({ finding: judgeTests(commandOf(context.run as TestRun), event.output), at: now() })) },
          onError: [
            {
              guard: ({ context, event }) => context.reruns < MOST_RERUNS && MAY_RUN_AGAIN.includes(readError(event.error).code),
              target: 'pausing',
              actions: assign(({ context }) => ({ reruns: context.reruns + 1 })),
            },
            { target: 'signing', actions: assign(({ event }) => ({ finding: unseen(event.error), at: now() })) },
          ],
        },
      },
      pausing: { after: { pause: 'testing' } },
      signing: {
        invoke: {
          src: 'sign',
          input: ({ context }) => unsignedVote(context),
          onDone: { target: 'cast', actions: assign(({ event }) => ({ signed: event.output })) },
          onError: 'waiting_for_key',
        },
      },
      waiting_for_key: { after: { pause: 'signing' } },
      cast: {
        type: 'final',
        entry: tell(
          ({ context }) => `rounds/${context.order.round}`,
          ({ context: { signed, finding } }) => ({ type: 'CAST_VOTE', vote: signed, why: finding?.why, evidence: finding?.evidence ?? null }),
        ),
      },
      /** It votes when it has judged for itself; its inbox has what it is asked. */
      asked: {
        type: 'final',
        entry: tell(
          ({ context }) => `agents/${context.order.voter}`,
          ({ context: { order } }) => ({
            type: 'MESSAGE',
            id: `${order.round}.${order.voter}`,
            from: order.openedBy,
            kind: 'round',
            payload: { round: order.round, subject: order.subject, summary: order.summary, actionHash: order.actionHash },
          }),
        ),
      },
    },
  });
}
