// Timers of every kind. It reads the true time, as no real step may.
import { assign, enqueueActions, setup } from 'xstate';
import { tell } from '../../../runtime/index.ts';
import type { Args, Logged, Said, Stage } from './said.ts';

export interface Alarms extends Logged {
  readonly set: ReadonlyArray<{ readonly tag: string; readonly at: number; readonly stepped: number; readonly delayMs: number }>;
  readonly rung: ReadonlyArray<{ readonly tag: string; readonly at: number }>;
  readonly unset: ReadonlyArray<{ readonly tag: string; readonly at: number }>;
}

/** Timers under names, which can be taken back; sends to others later; a plain `after`. */
export function alarm(stage: Stage) {
  const ring = ({ context, event }: Args<Alarms>): Alarms['rung'] => [...context.rung, { tag: event.tag, at: stage.life.around.time.now }];
  const delayOf = (event: Said): number => Number(event.delayMs);
  return setup({ types: { context: {} as Alarms, events: {} as Said } }).createMachine({
    context: { log: [], set: [], rung: [], unset: [] },
    initial: 'idle',
    on: {
      SET: {
        actions: enqueueActions(({ context, event, enqueue }) => {
          const set = { tag: event.tag, at: stage.life.around.time.now, stepped: stage.life.around.time.stepped, delayMs: delayOf(event) };
          enqueue.assign({ log: [...context.log, event.tag], set: [...context.set, set] });
          enqueue.raise({ type: 'RING', tag: event.tag }, { id: event.tag, delay: delayOf(event) });
        }),
      },
      UNSET: {
        actions: enqueueActions(({ context, event, enqueue }) => {
          enqueue.assign({ log: [...context.log, event.tag], unset: [...context.unset, { tag: String(event.what), at: stage.life.around.time.now }] });
          enqueue.cancel(String(event.what));
        }),
      },
      PASS: {
        actions: enqueueActions(({ context, event, enqueue }) => {
          enqueue.assign({ log: [...context.log, event.tag] });
          enqueue(tell('ledger', { type: 'NOTE', tag: `passed-${event.tag}` }, { id: event.tag, delay: delayOf(event) }) as never);
        }),
      },
      RING: { actions: assign({ rung: ring }) },
    },
    states: {
      idle: { on: { WAIT: { target: 'waiting', actions: assign({ log: ({ context, event }) => [...context.log, event.tag], set: waitSet }) } } },
      waiting: { after: { 90: { target: 'idle', actions: assign({ rung: ({ context }) => [...context.rung, { tag: lastWait(context), at: stage.life.around.time.now }] }) } } },
    },
  });

  function waitSet({ context, event }: Args<Alarms>): Alarms['set'] {
    return [...context.set, { tag: event.tag, at: stage.life.around.time.now, stepped: stage.life.around.time.stepped, delayMs: 90 }];
  }
}

/** Of the set ones the last that is a wait: its tag says so. */
function lastWait({ set }: Alarms): string {
  return set.findLast(({ tag }) => tag.startsWith('wait'))?.tag ?? 'none';
}
