// The statechart of one process that runs a version: starting → awaiting_health → running. Its end is its own crash, so that its
// supervisor decides. Volatile: the process is the truth. It has the shape of a session's life (session.machine.ts) and is written out all the
// same: what is told, to whom, and what is kept differ in every state, so that a shared part would be a list of parameters.
import { assign, setup } from 'xstate';
import type { ExitReason } from '../../runtime/index.ts';
import type { Launched, ProcessLauncher } from './process-launcher.ts';
import { holdSource, launchSource, lifeSource, stopSource, wellSource } from './process-sources.ts';
import type { Run } from './process-target.ts';

export interface ProcessContext {
  readonly run: Run;
  readonly launched: Launched | null;
  readonly lost: string | null;
}

/** Heard by whoever waits for a run, and by the audit. */
export interface ProcessEars {
  started(run: Run, launched: Launched): void;
  well(run: Run): void;
  lost(run: Run, why: string): void;
  /** Its actor has ended, whatever ended it: one that is killed tells of nothing else. */
  gone(run: Run): void;
}

type ProcessEvent = { readonly type: 'troupe.shutdown'; readonly reason: ExitReason };

/** Input: the run. Stops in order at `troupe.shutdown`; a kill ends the process too. */
export function processMachine(launcher: ProcessLauncher, ears: ProcessEars) {
  const lost = { target: 'lost', actions: 'keepReason' } as const;
  return setup({
    types: { context: {} as ProcessContext, events: {} as ProcessEvent, input: {} as Run },
    actors: {
      hold: holdSource(launcher, (run) => ears.gone(run)),
      launch: launchSource(launcher),
      well: wellSource(launcher),
      life: lifeSource(launcher),
      stop: stopSource(launcher),
    },
    actions: {
      keepReason: assign({ lost: ({ event }) => reasonOf(event as { error?: unknown }) }),
      crash: ({ context }) => {
        throw new Error(`${context.run.target} ${context.run.version} ${context.lost}`);
      },
      tellStarted: ({ context: { run, launched } }) => {
        if (launched !== null) ears.started(run, launched);
      },
      tellWell: ({ context }) => ears.well(context.run),
      tellLost: ({ context }) => ears.lost(context.run, context.lost ?? ''),
    },
  }).createMachine({
    id: 'process',
    context: ({ input }) => ({ run: input, launched: null, lost: null }),
    invoke: { src: 'hold', input: ({ context }) => context.run },
    initial: 'starting',
    on: { 'troupe.shutdown': { target: '.stopping' } },
    states: {
      starting: {
        invoke: {
          src: 'launch',
          input: ({ context }) => context.run,
          onDone: { target: 'awaiting_health', actions: assign({ launched: ({ event }) => event.output }) },
          onError: lost,
        },
      },
      awaiting_health: { entry: 'tellStarted', invoke: { src: 'well', input: ({ context }) => context.run, onDone: 'running', onError: lost } },
      running: { entry: 'tellWell', invoke: { src: 'life', input: ({ context }) => context.run, onError: lost } },
      stopping: {
        on: { 'troupe.shutdown': {} },
        invoke: { src: 'stop', input: ({ context }) => context.run, onDone: 'stopped', onError: lost },
      },
      stopped: { type: 'final' },
      lost: { entry: ['tellLost', 'crash'] },
    },
  });
}

function reasonOf({ error }: { readonly error?: unknown }): string {
  return error instanceof Error ? error.message : String(error);
}
