// A supervisor's phases as a statechart. Children, jobs and time live in the work behind it (K24).
import { fromPromise, setup } from 'xstate';
import type { ExitReason, SupervisorMessage } from '../runtime/index.ts';

/** What the statechart drives. `end` is the exit reason once one is decided. */
export interface SupervisorWork {
  readonly end: ExitReason | undefined;
  /** Starts the initial children. */
  start(): Promise<void>;
  /** Takes a message; it becomes a job. */
  take(message: SupervisorMessage): void;
  /** Performs jobs until an end is decided. */
  perform(): Promise<void>;
  /** Ends all children. */
  terminate(): Promise<void>;
  shutDown(reason: ExitReason): void;
  sayStarted(): void;
  exit(): void;
}

export function supervisorMachine(work: SupervisorWork) {
  return setup({
    types: { events: {} as SupervisorMessage },
    actors: {
      start: fromPromise(() => work.start()),
      perform: fromPromise(() => work.perform()),
      terminate: fromPromise(() => work.terminate()),
    },
    actions: {
      take: ({ event }) => work.take(event),
      shutDown: ({ event }) => work.shutDown(event.type === 'troupe.shutdown' ? event.reason : { kind: 'shutdown' }),
      sayStarted: () => work.sayStarted(),
      exit: () => work.exit(),
    },
    guards: { mustEnd: () => work.end !== undefined },
  }).createMachine({
    id: 'supervisor',
    initial: 'starting',
    on: {
      'troupe.child_exit': { actions: 'take' },
      'troupe.start_child': { actions: 'take' },
      'troupe.terminate_child': { actions: 'take' },
      'troupe.restart_child': { actions: 'take' },
      'troupe.delete_child': { actions: 'take' },
      'troupe.child_row': { actions: 'take' },
      'troupe.shutdown': { target: '.terminating', actions: 'shutDown' },
    },
    states: {
      starting: {
        invoke: { src: 'start', onDone: [{ guard: 'mustEnd', target: 'terminating' }, { target: 'running' }] },
      },
      running: {
        entry: 'sayStarted',
        invoke: { src: 'perform', onDone: 'terminating' },
      },
      terminating: {
        on: { 'troupe.shutdown': { actions: 'shutDown' } },
        invoke: { src: 'terminate', onDone: 'ended' },
      },
      ended: { entry: 'exit', on: { 'troupe.shutdown': {} } },
    },
  });
}
