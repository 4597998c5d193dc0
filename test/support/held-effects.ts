// Effects that a test holds in its hand: it says what each run comes to, and when.
import { beforeEach } from 'vitest';
import { assign, setup } from 'xstate';
import { type EffectArgs, type EffectSpec, effect, type MemoryStore, reply } from '../../runtime/index.ts';
import { worker } from '../../supervisors/index.ts';
import { type KernelNode, startNode } from './kernel-node.ts';

interface Run {
  readonly args: Pick<EffectArgs<unknown>, 'key' | 'epoch' | 'signal' | 'tell' | 'input'>;
  readonly done: (output?: unknown) => void;
  readonly fail: (error: unknown) => void;
}

/** Call once a file: what it began is forgotten before each test. */
export function heldEffects() {
  /** Of this test, in the order in which they began. */
  const runs: Run[] = [];
  beforeEach(() => {
    runs.length = 0;
  });
  const held = (args: EffectArgs<unknown>): Promise<unknown> => new Promise((done, fail) => void runs.push({ args, done, fail }));

  /** Invokes one effect that the test holds in its hand. */
  function worked(spec: Partial<EffectSpec<unknown, unknown>>) {
    return setup({ types: { context: {} as { got: unknown } }, actors: { work: effect<unknown, unknown>({ idempotent: false, run: held, ...spec }) } }).createMachine({
      context: { got: null },
      initial: 'busy',
      on: { AGAIN: '.busy', LEAVE: '.left', GET: { actions: reply(({ context }: { context: { got: unknown } }) => context.got) } },
      states: {
        busy: {
          invoke: {
            src: 'work',
            id: 'w',
            input: { n: 1 },
            onDone: { target: 'done', actions: assign({ got: ({ event }) => event.output }) },
            onError: { target: 'failed', actions: assign({ got: ({ event }) => event.error }) },
          },
          on: { NOTE: { actions: assign({ got: 'noted' }) }, REENTER: { target: 'busy', reenter: true } },
        },
        done: {},
        failed: {},
        left: {},
      },
    });
  }

  return { runs, held, worked };
}

export const durably = (logic: Parameters<typeof worker>[1]) => [worker('a', logic, { durable: true })];
/** The node died: another takes over from disk. */
export const restarted = (from: { readonly store: MemoryStore; readonly clock: KernelNode['clock'] }, logic: Parameters<typeof worker>[1]) =>
  startNode(durably(logic), { store: from.store, clock: from.clock });
export const outcomes = (node: KernelNode) => node.store.facts.flatMap(({ kind, body }) => (kind === 'effect.outcome' ? [(JSON.parse(body) as { outcome: string }).outcome] : []));
