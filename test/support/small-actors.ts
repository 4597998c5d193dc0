// Small statecharts that many tests of the kernel tell things to.
import { assign, setup } from 'xstate';
import { reply } from '../../runtime/index.ts';

/** Writes down the types of what it gets, in order; answers GET with them. Takes anything. */
export const recorder = setup({ types: { context: {} as { seen: string[] }, events: {} as { type: string; [field: string]: unknown } } }).createMachine({
  context: { seen: [] },
  on: {
    GET: { actions: reply(({ context }: { context: { seen: string[] } }) => context.seen) },
    '*': { actions: assign({ seen: ({ context, event }) => [...context.seen, event.type] }) },
  },
});

export function boom(): never {
  throw new Error('planned');
}
