// An actor that ties itself to others as it is told, and writes down what it hears, of them and of their ends.
import { assign, setup } from 'xstate';
import { demonitor, describeExit, type ExitReason, joinGroup, leaveGroup, link, monitor, registerName, reply, tell, unlink, unregisterName } from '../../runtime/index.ts';
import { boom } from './small-actors.ts';

interface Told {
  readonly type: string;
  readonly about?: string;
  readonly text?: string;
  readonly address?: string;
  readonly reason?: ExitReason;
}

type Args = { readonly event: Told };
const about = ({ event }: Args): string => event.about ?? '';

function heard(event: Told): string {
  return event.type === 'HEAR' ? `HEAR ${event.text}` : `${event.type} ${event.address}: ${event.reason === undefined ? '' : describeExit(event.reason)}`;
}
const hears = { actions: assign<{ heard: string[] }, Told, undefined, Told, never>({ heard: ({ context, event }) => [...context.heard, heard(event)] }) };

/** `SAY` a text to another; `MONITOR`, `LINK`, `JOIN`, `NAME` and their opposites; `SAY_AND_END` in one step; `END`; `BAD` throws. */
export const tiedActor = setup({ types: { context: {} as { heard: string[] }, events: {} as Told } }).createMachine({
  context: { heard: [] },
  initial: 'alive',
  on: {
    HEAR: hears,
    DOWN: hears,
    EXIT: hears,
    SAY: { actions: tell(about, ({ event }: Args) => ({ type: 'HEAR', text: event.text })) },
    TELL_GROUP: {},
    MONITOR: { actions: monitor(about) },
    DEMONITOR: { actions: demonitor(about) },
    LINK: { actions: link(about) },
    UNLINK: { actions: unlink(about) },
    JOIN: { actions: joinGroup(about) },
    LEAVE: { actions: leaveGroup(about) },
    NAME: { actions: registerName(about) },
    UNNAME: { actions: unregisterName(about) },
    GET: { actions: reply(({ context }: { context: { heard: string[] } }) => context.heard) },
    SAY_AND_END: { target: '.ended', actions: tell(about, ({ event }: Args) => ({ type: 'HEAR', text: event.text })) },
    END: '.ended',
    BAD: { actions: assign(boom) },
  },
  states: { alive: {}, ended: { type: 'final' } },
});
