// What the statechart of a process invokes: the launcher's operations as XState actors. The cell is volatile, so they run as they are.
import { fromCallback, fromPromise } from 'xstate';
import type { Launched, ProcessLauncher } from './process-launcher.ts';
import type { Run } from './process-target.ts';

/** Lives as long as the actor: whatever ends the actor ends the process. After an orderly stop nothing is left to do. `gone` hears of every end. */
export const holdSource = (launcher: ProcessLauncher, gone: (run: Run) => void) =>
  fromCallback<{ type: string }, Run>(({ input }) => () => {
    launcher.abandon(input);
    gone(input);
  });
export const launchSource = (launcher: ProcessLauncher) => fromPromise<Launched, Run>(({ input, signal }) => launcher.launch(input, signal));
export const wellSource = (launcher: ProcessLauncher) => fromPromise<void, Run>(({ input, signal }) => launcher.well(input, signal));
export const lifeSource = (launcher: ProcessLauncher) => fromPromise<never, Run>(({ input, signal }) => launcher.life(input, signal));
export const stopSource = (launcher: ProcessLauncher) => fromPromise<void, Run>(({ input }) => launcher.stop(input));
