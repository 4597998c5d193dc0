// Asks, answered at once or later, over restarts.
import { raise, setup } from 'xstate';
import { deferReply, reply } from '../../../runtime/index.ts';
import { type Args, type Logged, log, type Said, types } from './said.ts';

/** Answers: at once, or later under a name. */
export const desk = setup({ types }).createMachine({
  context: { log: [] },
  on: {
    ASK: { actions: [log, reply(({ context, event }: Args) => ({ tag: event.tag, place: context.log.length }))] },
    LATER: {
      actions: [
        log,
        deferReply(({ event }: Args) => event.tag),
        raise<Logged, Said, Said, undefined, never, never>(({ event }: Args) => ({ type: 'ANSWER', tag: event.tag }), { delay: ({ event }: Args) => Number(event.delayMs) }),
      ],
    },
    ANSWER: { actions: reply(({ context, event }: Args) => ({ tag: event.tag, place: context.log.indexOf(event.tag) + 1 }), { to: ({ event }: Args) => event.tag }) },
  },
});
