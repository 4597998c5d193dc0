// Notices an actor that blocks the event loop, and names it and its message: from another thread, so also one that never comes back.
// While it is blocked nothing else of the node runs; what a person can still see is stderr and the file.
import { existsSync } from 'node:fs';
import { Worker } from 'node:worker_threads';
import type { Clock } from './clock.ts';
import { type BlockReport, SIGHT, type SightLimits, STEP_NOTE, type ThreadData } from './loop-sight.ts';
import { builtProgram } from './package-root.ts';

export interface WatchdogOptions {
  readonly clock: Clock;
  /** The step that runs now. */
  runningStep(): BlockReport['step'];
  /** The loop was blocked, and turns again. */
  onBlocked(report: BlockReport): void;
  /** Written when it may never turn again. */
  readonly file?: string;
  readonly limits?: Partial<SightLimits>;
}

const BEAT_MS = 40;

/** Returns the end of it. Without the built program, as in tests of the sources, nobody watches. */
export function watchLoop({ clock, runningStep, onBlocked, file, limits }: WatchdogOptions): () => Promise<void> {
  const program = builtProgram('runtime/loop-watch-thread');
  if (!existsSync(program)) return async () => undefined;
  const beats = new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT);
  const beating = new Int32Array(beats);
  const workerData: ThreadData = { beats, limits: { ...SIGHT, ...limits }, file: file ?? null };
  (globalThis as Record<symbol, unknown>)[Symbol.for(STEP_NOTE)] = runningStep;
  const thread = new Worker(program, { workerData });
  // Who watches must not be what ends the node.
  thread.on('error', () => undefined);
  thread.on('message', onBlocked);
  thread.unref();
  let cancel = (): void => undefined;
  const beat = (): void => {
    Atomics.add(beating, 0, 1);
    cancel = clock.after(BEAT_MS, beat);
  };
  beat();
  return async () => {
    cancel();
    await thread.terminate();
  };
}
