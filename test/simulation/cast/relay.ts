// Actors that pass on to others what they are told, each message numbered, so that a missing or a repeated one shows.
import { type ActorSystem, type AnyActorRef, assign, fromTransition, setup } from 'xstate';
import { tell } from '../../../runtime/index.ts';
import { type Args, type Logged, poison, type Said } from './said.ts';

/** Numbers what it passes on, by lane. */
const LANES = ['high', 'normal', 'low'] as const;
export interface Relayed extends Logged {
  readonly passed: Readonly<Record<string, number>>;
}
export const relay = setup({ types: { context: {} as Relayed, events: {} as Said } }).createMachine({
  context: { log: [], passed: { high: 0, normal: 0, low: 0 } },
  on: {
    FORWARD: LANES.map((lane) => ({
      guard: ({ event }: Args<Relayed>) => event.lane === lane,
      actions: [
        assign({
          log: ({ context, event }: Args<Relayed>) => [...context.log, event.tag],
          passed: ({ context }: Args<Relayed>) => ({ ...context.passed, [lane]: (context.passed[lane] ?? 0) + 1 }),
        }),
        tell('ledger', ({ context }: Args<Relayed>) => ({ type: 'NOTE', tag: `relay-${lane}-${context.passed[lane]}` }), { priority: lane }),
      ],
    })),
  },
});

/** The same as a transition function, without a statechart. */
export const counter = fromTransition<Logged, Said, ActorSystem<{ actors: Record<string, AnyActorRef> }>, undefined>(
  (state, event, { system }) => {
    if (event.type === 'POISON') poison();
    system.get('ledger')?.send({ type: 'NOTE', tag: `counter-${state.log.length + 1}` });
    return { log: [...state.log, event.tag] };
  },
  { log: [] },
);
