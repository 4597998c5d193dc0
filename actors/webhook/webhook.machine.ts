// The statechart of one notice to the webhook: told until it is taken, with ever longer pauses, also across restarts of the node; it ends
// in a recorded state: delivered, over (nothing waits any more), or given up.
import { assign, setup } from 'xstate';
import { effect, fact } from '../../runtime/index.ts';
import type { Services } from '../fleet/services.ts';
import { readError } from '../work/outcome.ts';
import type { Notice } from './notice.ts';

export interface WebhookContext {
  readonly notice: Notice;
  readonly attempts: number;
  readonly answer: 'delivered' | 'over' | null;
  readonly problem: string | null;
}

const DEADLINE_MS = 30_000;
const FIRST_PAUSE_MS = 1_000;
const LONGEST_PAUSE_MS = 600_000;
/** About a day and a half of trying. */
const MOST_ATTEMPTS = 250;

/** Between half of the exponential bound and the whole of it. `random` is in [0, 1). */
export function noticePause(attempts: number, random: number): number {
  return Math.floor(Math.min(FIRST_PAUSE_MS * 2 ** Math.min(attempts - 1, 20), LONGEST_PAUSE_MS) * (0.5 + random / 2));
}

export function webhookMachine(services: Pick<Services, 'webhook' | 'clock' | 'random'>) {
  const deliver = effect<'delivered' | 'over', Notice>({
    // The receiver knows a notice by its id.
    idempotent: true,
    deadlineMs: DEADLINE_MS,
    run: async ({ input, signal }) => (services.webhook === null ? 'over' : services.webhook.deliver(input, signal)),
  });
  const told = ({ context: { notice, attempts, problem } }: { context: WebhookContext }) => ({ id: notice.id, approval: notice.approval, attempts, problem });

  return setup({
    types: { context: {} as WebhookContext, input: {} as Notice },
    actors: { deliver },
    delays: { pause: ({ context }) => noticePause(context.attempts, services.random()) },
    guards: {
      isDelivered: ({ context }) => context.answer === 'delivered',
      isOver: ({ context }) => context.answer === 'over' || services.clock.now() >= context.notice.expiresAt,
      isHopeless: ({ context }) => context.attempts >= MOST_ATTEMPTS,
    },
  }).createMachine({
    id: 'webhook',
    context: ({ input }) => ({ notice: input, attempts: 0, answer: null, problem: null }),
    initial: 'delivering',
    states: {
      delivering: {
        entry: assign({ attempts: ({ context }) => context.attempts + 1 }),
        invoke: {
          src: 'deliver',
          input: ({ context }) => context.notice,
          onDone: { target: 'tried', actions: assign(({ event }) => ({ answer: event.output, problem: null })) },
          onError: { target: 'tried', actions: assign(({ event }) => ({ problem: readError(event.error).message })) },
        },
      },
      tried: {
        always: [{ guard: 'isDelivered', target: 'delivered' }, { guard: 'isOver', target: 'over' }, { guard: 'isHopeless', target: 'given_up' }, { target: 'pausing' }],
      },
      pausing: { after: { pause: 'delivering' } },
      delivered: { type: 'final', entry: fact('webhook.delivered', told) },
      over: { type: 'final', entry: fact('webhook.over', told) },
      given_up: { type: 'final', entry: fact('webhook.failed', told) },
    },
  });
}
