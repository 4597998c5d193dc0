// What the kernel rows run on both sides: the smallest statechart and the smallest transition logic that do something, one change
// of their context per event. FLUSH calls back when it is handled: everything sent before it is handled then too.
import { assign, fromTransition, setup } from 'xstate';
import { fact, outputs, reply } from '../../dist/runtime/index.js';

const count = { actions: assign({ n: ({ context }) => context.n + 1 }) };

export const counterMachine = (on = {}) =>
  setup({}).createMachine({ id: 'counter', initial: 'counting', context: { n: 0, task: null }, states: { counting: { on: { TICK: count, ...on } } } });

/** With a way to learn that all before it was handled. */
export const flushableMachine = (onFlush) => counterMachine({ FLUSH: { actions: () => onFlush() } });

export const askedMachine = () => counterMachine({ ASK: { actions: [count.actions, reply(({ context }) => context.n)] } });

/** With a fact a step. */
export const recordingMachine = () => counterMachine({ TICK: { actions: [count.actions, fact('counted', ({ context }) => ({ n: context.n }))] } });

export const counterTransition = () => fromTransition((state) => ({ n: state.n + 1, task: null }), { n: 0, task: null });

export const askedTransition = () =>
  fromTransition(
    (state, _message, scope) => {
      const n = state.n + 1;
      outputs(scope).reply(n);
      return { n, task: null };
    },
    { n: 0, task: null },
  );

export const TICK = { type: 'TICK' };
