// A supervisor's phases as a statechart. Children, jobs and time live in the work behind it (K24).
import { fromCallback, fromPromise, setup } from 'xstate';
import { crash, type ExitReason, type SupervisorMessage } from '../runtime/index.ts';

/** What the work says of itself. */
export type PhaseMessage = { readonly type: 'troupe.restarting' } | { readonly type: 'troupe.steady' } | { readonly type: 'troupe.end_decided' };

/** What the statechart drives. `end` is the exit reason once one is decided. */
export interface SupervisorWork {
  readonly end: ExitReason | undefined;
  /** Starts the initial children. */
  start(): Promise<void>;
  /** Takes a message; it becomes a job. */
  take(message: SupervisorMessage): void;
  /** Where the work tells its phases. */
  tellPhases(tell: (message: PhaseMessage) => void): void;
  decideEnd(reason: ExitReason): void;
  /** Ends all children. */
  terminate(): Promise<void>;
  /** The supervisor is gone, in whatever way: nothing more is started, nothing waits. */
  abandon(): void;
  sayStarted(): void;
  exit(): void;
}

export function supervisorMachine(work: SupervisorWork) {
  return setup({
    types: { events: {} as SupervisorMessage | PhaseMessage },
    actors: {
      start: fromPromise(() => work.start()),
      lifetime: fromCallback(({ sendBack }) => {
        work.tellPhases(sendBack);
        return () => work.abandon();
      }),
      terminate: fromPromise(() => work.terminate()),
    },
    actions: {
      take: ({ event }) => work.take(event as SupervisorMessage),
      crash: (_, { error }: { error: unknown }) => work.decideEnd(crash(error)),
      sayStarted: () => work.sayStarted(),
      exit: () => work.exit(),
    },
    guards: { mustEnd: () => work.end !== undefined },
  }).createMachine({
    id: 'supervisor',
    initial: 'starting',
    invoke: { src: 'lifetime' },
    on: {
      'troupe.shutdown': { target: '.terminating', actions: 'take' },
      'troupe.end_decided': '.terminating',
    },
    states: {
      starting: {
        invoke: {
          src: 'start',
          onDone: [{ guard: 'mustEnd', target: 'terminating' }, { target: 'running' }],
          onError: { target: 'terminating', actions: { type: 'crash', params: ({ event }) => ({ error: event.error }) } },
        },
      },
      running: {
        entry: 'sayStarted',
        initial: 'steady',
        states: {
          steady: { on: { 'troupe.restarting': 'restarting' } },
          restarting: { on: { 'troupe.steady': 'steady' } },
        },
      },
      terminating: {
        on: { 'troupe.shutdown': { actions: 'take' }, 'troupe.end_decided': {} },
        // An end that fails is an end all the same: the kernel kills what is left below.
        invoke: { src: 'terminate', onDone: 'ended', onError: 'ended' },
      },
      ended: { entry: 'exit', on: { 'troupe.shutdown': {}, 'troupe.end_decided': {} } },
    },
  });
}
