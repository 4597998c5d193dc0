// Dynamic children: rows of a step's commit, each with one piece of work and an end.
import { setup } from 'xstate';
import { startChild, stopChildAt, tell } from '../../../runtime/index.ts';
import { type Args, type Logged, log, type Said, types } from './said.ts';

/** Hires hands, each for one piece of work, and lets some go. */
export const boss = setup({ types }).createMachine({
  context: { log: [] },
  on: {
    HIRE: {
      actions: [
        log,
        startChild('crew', ({ event }: Args) => ({ template: 'hand', id: event.tag, input: { tag: event.tag } })),
        tell(
          ({ event }: Args) => `crew/${event.tag}`,
          ({ event }: Args) => ({ type: 'WORK', tag: event.tag }),
        ),
      ],
    },
    FIRE: { actions: [log, stopChildAt(({ event }: Args) => `crew/${String(event.what)}`)] },
  },
});

interface Hand extends Logged {
  readonly name: string;
}
export const hand = setup({ types: { context: {} as Hand, input: {} as { tag: string }, events: {} as Said } }).createMachine({
  context: ({ input }) => ({ log: [], name: input.tag }),
  initial: 'new',
  states: {
    new: { on: { WORK: 'working' } },
    working: { after: { 25: 'gone' } },
    gone: { type: 'final', entry: tell('ledger', ({ context }: Args<Hand>) => ({ type: 'NOTE', tag: `hand-${context.name}` })) },
  },
});
