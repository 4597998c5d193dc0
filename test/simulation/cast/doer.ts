// Jobs as effects: some may be repeated, some not, and the world knows what ran.
import { assign, setup } from 'xstate';
import { effect } from '../../../runtime/index.ts';
import type { Job } from '../world.ts';
import type { Logged, Said, Stage } from './said.ts';

export interface Done extends Logged {
  readonly job: Job | null;
  readonly ends: ReadonlyArray<{ readonly tag: string; readonly end: 'done' | 'failed' | 'interrupted' | 'abandoned'; readonly run: number | null }>;
}

/** Does one job at a time, as an effect. */
export function doer(stage: Stage) {
  const end =
    (as: Done['ends'][number]['end'], run: number | null = null) =>
    (context: Done): Partial<Done> => ({
      job: null,
      ends: [...context.ends, { tag: context.job?.tag ?? 'none', end: as, run }],
    });
  const work = effect<{ readonly run: number }, Job>({
    idempotent: (job) => job.idempotent,
    deadlineMs: (job) => job.deadlineMs,
    check: ({ key, input }) => stage.life.world.check(stage.life, input, key),
    run: async ({ input, key, epoch, signal, tell: tellOther }) => {
      const { life } = stage;
      await tellOther('ledger', { type: 'NOTE', tag: `begun-${input.tag}` });
      return life.world.run(life, input, key, epoch, signal);
    },
  });
  return setup({ types: { context: {} as Done, events: {} as Said }, actors: { work } }).createMachine({
    context: { log: [], job: null, ends: [] },
    initial: 'idle',
    states: {
      idle: { on: { DO: { target: 'busy', actions: assign({ log: ({ context, event }) => [...context.log, event.tag], job: ({ event }) => event.job as Job }) } } },
      busy: {
        invoke: {
          src: 'work',
          id: 'work',
          input: ({ context }) => context.job as Job,
          onDone: { target: 'idle', actions: assign(({ context, event }) => end('done', event.output.run)(context)) },
          onError: { target: 'idle', actions: assign(({ context, event }) => end(wasInterrupted(event.error) ? 'interrupted' : 'failed')(context)) },
        },
        on: { ABANDON: { target: 'idle', actions: assign(({ context }) => end('abandoned')(context)) } },
      },
    },
  });
}

function wasInterrupted(error: unknown): boolean {
  return (error as { code?: string }).code === 'EffectInterrupted';
}
