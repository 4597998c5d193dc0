// An effect that must not happen twice without somebody knowing: what the statechart gets after a crash, and how it decides.
// #region effect
import { effect } from 'troupe';
import { assign, setup } from 'xstate';

/** A payment provider: `pay` moves money, `find` says what is known of a key. */
export interface Provider {
  pay(key: string, amount: number): Promise<{ receipt: string }>;
  find(key: string): Promise<{ receipt: string } | undefined>;
}

export const paymentMachine = (provider: Provider) =>
  setup({
    types: { context: {} as { receipt: string | null; problem: string | null } },
    actors: {
      pay: effect<{ receipt: string }, { amount: number }>({
        idempotent: false,
        deadlineMs: 30_000,
        run: ({ input, key }) => provider.pay(key, input.amount),
        check: async ({ key }) => {
          const known = await provider.find(key);
          return known === undefined ? { outcome: 'unknown' } : { outcome: 'done', output: known };
        },
      }),
    },
  }).createMachine({
    context: { receipt: null, problem: null },
    initial: 'paying',
    states: {
      paying: {
        invoke: {
          src: 'pay',
          input: { amount: 12 },
          onDone: { target: 'paid', actions: assign({ receipt: ({ event }) => event.output.receipt }) },
          onError: { target: 'unclear', actions: assign({ problem: ({ event }) => (event.error as { code?: string }).code ?? 'Error' }) },
        },
      },
      paid: {},
      unclear: {}, // a person decides: EffectInterrupted says that nobody knows whether it was paid
    },
  });
// #endregion effect
