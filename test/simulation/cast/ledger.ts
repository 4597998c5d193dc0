// Where most messages end: it keeps what it was told, in order.
import { setup } from 'xstate';
import { tell } from '../../../runtime/index.ts';
import { type Args, log, poisoned, type Said, type Stage, types } from './said.ts';

/** Takes notes while it is open, keeps them for later while it is closed. */
export const ledger = setup({ types }).createMachine({
  context: { log: [] },
  initial: 'open',
  on: { POISON: poisoned, CANCEL: { actions: log } },
  states: {
    open: {
      on: {
        NOTE: { actions: [log, tell('mirror', ({ event }: Args) => ({ type: 'SEEN', tag: event.tag }))] },
        CLOSE: { target: 'closed', actions: log },
        OPEN: { actions: log },
      },
    },
    closed: { on: { OPEN: { target: 'open', actions: log }, CLOSE: { actions: log } } },
  },
});

/** Takes notes and poison, among siblings. */
export const ward = setup({ types }).createMachine({ context: { log: [] }, on: { NOTE: { actions: log }, POISON: poisoned } });

/** Volatile: what it is told has left the chain of durable actors. */
export function mirror(stage: Stage) {
  return setup({ types: { events: {} as Said } }).createMachine({ on: { SEEN: { actions: ({ event }) => stage.life.world.saw(stage.life, event.tag) } } });
}
