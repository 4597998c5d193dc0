// Statecharts of every kind that XState knows, at random, for comparing two ways of stepping them. They end: what follows by itself counts
// up and stops.
import fc from 'fast-check';
import { assign, cancel, emit, enqueueActions, raise, sendParent, sendTo, setup, spawnChild, stopChild } from 'xstate';
import { reply, tell } from '../../runtime/index.ts';

interface Context {
  readonly n: number;
  readonly words: readonly string[];
}
type Args = { readonly context: Context; readonly event: { readonly type: string; readonly by?: number } };

export const TYPES = ['A', 'A', 'A', 'B', 'B', 'word.one', 'word.two', 'nobody.knows'] as const;
const DESCRIPTORS = ['A', 'A', 'A', 'B', 'B', 'word.one', 'word.*', '*', 'Z'] as const;

const grow = ({ context, event }: Args): Partial<Context> => ({ n: context.n + (event.by ?? 1) });
const idle = setup({}).createMachine({});

const ACTIONS: Readonly<Record<string, unknown>> = {
  grow: assign(grow as never),
  keyed: assign({ n: (({ context }: Args) => context.n + 2) as never, words: ['fixed'] } as never),
  named: 'named',
  parameters: { type: 'byParams', params: { by: 3 } },
  computed: { type: 'byParams', params: ({ context }: Args) => ({ by: context.n % 4 }) },
  custom: function recorded() {},
  anonymous: [() => undefined][0],
  nowhere: 'nowhere',
  told: tell('peer', (({ context }: Args) => ({ type: 'TOLD', n: context.n })) as never),
  replied: reply((({ context }: Args) => context.n) as never),
  spawning: assign((({ context, spawn }: Args & { spawn: (logic: unknown, options: object) => unknown }) => {
    spawn(idle, { id: `c${context.n}` });
    return { n: context.n + 1 };
  }) as never),
  cautious: assign((({ context, spawn }: Args & { spawn: (logic: unknown, options: object) => unknown }) => {
    try {
      spawn(idle, { id: 'kept' });
    } catch {}
    return { n: context.n + 1 };
  }) as never),
  raised: raise({ type: 'Z' }),
  later: raise({ type: 'Z' }, { delay: 50, id: 'later' }),
  cancelled: cancel('later'),
  parent: sendParent({ type: 'UP' }),
  self: sendTo((({ self }: { self: unknown }) => self) as never, { type: 'B' } as never),
  astray: sendTo((() => undefined) as never, { type: 'B' } as never),
  emitted: emit({ type: 'seen' }),
  child: spawnChild(idle as never, { id: 'made' } as never),
  noChild: stopChild('made'),
  several: enqueueActions((({ enqueue, context }: { enqueue: { assign(change: object): void; raise(event: object): void }; context: Context }) => {
    enqueue.assign({ n: context.n + 1 });
    enqueue.raise({ type: 'Z' });
  }) as never),
  failing: assign((({ context }: Args) => {
    if (context.n > 4) throw new Error(`${context.n} is too many`);
    return { words: [...context.words, 'w'] };
  }) as never),
  nothing: assign((() => undefined) as never),
};

const GUARDS: Readonly<Record<string, unknown>> = {
  even: ({ context }: Args) => context.n % 2 === 0,
  few: 'few',
  above: { type: 'above', params: { limit: 2 } },
  failing: ({ context }: Args) => {
    if (context.n === 5) throw new Error('five');
    return context.n > 1;
  },
};

/** The plain ones more often than all others: a machine of nothing but rarities steps in one way only. */
const action = fc.oneof(
  { weight: 9, arbitrary: fc.constantFrom('grow', 'keyed', 'named', 'computed', 'told', 'custom') },
  { weight: 2, arbitrary: fc.constantFrom(...Object.keys(ACTIONS)) },
);
const actions = fc.array(action, { maxLength: 3 }).map((names) => names.map((name) => ACTIONS[name]));
const guard = fc
  .oneof({ weight: 2, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary: fc.constantFrom(...Object.keys(GUARDS)) })
  .map((name) => (name === undefined ? {} : { guard: GUARDS[name] }));
/** Of siblings, by place. */
const target = fc.oneof({ weight: 3, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary: fc.nat({ max: 2 }) });

interface Planned {
  readonly target: number | undefined;
  readonly rest: object;
}
const transition = fc.record({
  target,
  rest: fc.record({ actions, guard, reenter: fc.boolean() }).map(({ actions: all, guard: only, reenter }) => ({ actions: all, ...only, reenter })),
});
const on = fc.dictionary(fc.constantFrom(...DESCRIPTORS), fc.array(transition, { minLength: 1, maxLength: 3 }), { minKeys: 1, maxKeys: 3 });

interface Node {
  readonly kind: 'atomic' | 'compound' | 'parallel' | 'final';
  readonly on: Readonly<Record<string, readonly Planned[]>>;
  readonly entry: readonly unknown[];
  readonly exit: readonly unknown[];
  readonly always: boolean;
  readonly tags: readonly string[];
  readonly below: readonly Node[];
}

const few = { maxLength: 1 };
const node = (depth: number): fc.Arbitrary<Node> =>
  fc.record({
    kind:
      depth === 0
        ? fc.constantFrom('atomic' as const, 'atomic' as const, 'atomic' as const, 'final' as const)
        : fc.constantFrom('atomic' as const, 'atomic' as const, 'atomic' as const, 'compound' as const, 'compound' as const, 'parallel' as const),
    on,
    entry: fc.array(action, few).map((names) => names.map((name) => ACTIONS[name])),
    exit: fc.array(action, few).map((names) => names.map((name) => ACTIONS[name])),
    always: fc.integer({ min: 0, max: 7 }).map((chance) => chance === 0),
    tags: fc.array(fc.constantFrom('x', 'y'), few),
    below: depth === 0 ? fc.constant([]) : fc.array(node(depth - 1), { minLength: 1, maxLength: 3 }),
  });

/** Counts up, and so ends. */
const ALWAYS = [{ guard: ({ context }: Args) => context.n % 5 === 4, actions: assign(({ context }: Args) => ({ n: context.n + 1 })) }];

const nameOf = (place: number): string => `s${place}`;

function configOf({ kind, on: planned, entry, exit, always, tags, below }: Node, siblings: number): object {
  const transitions = Object.fromEntries(
    Object.entries(planned).map(([type, some]) => [
      type,
      some.map(({ target: place, rest }) => ({ ...rest, ...(place === undefined || siblings === 0 ? {} : { target: nameOf(place % siblings) }) })),
    ]),
  );
  if (kind === 'final') return { type: 'final', entry, tags };
  const states = Object.fromEntries(below.map((child, place) => [nameOf(place), configOf(child, kind === 'parallel' ? 0 : below.length)]));
  return {
    on: transitions,
    entry,
    exit,
    tags,
    ...(always ? { always: ALWAYS } : {}),
    ...(kind === 'parallel' ? { type: 'parallel', states } : kind === 'compound' ? { initial: nameOf(0), states } : {}),
  };
}

const CONTEXTS = { fixed: { n: 0, words: [] }, made: ({ input }: { input: { n: number } | undefined }) => ({ n: input?.n ?? 1, words: ['made'] }) };

const IMPLEMENTATIONS = {
  actions: { named: assign(grow as never), byParams: assign((({ context }: Args, { by }: { by: number }) => ({ n: context.n + by })) as never) },
  guards: { few: ({ context }: Args) => context.n < 3, above: ({ context }: Args, { limit }: { limit: number }) => context.n > limit },
};

const plainRoot = fc.record({ on, entry: fc.constant([]), exit: fc.constant([]), always: fc.constant(false), tags: fc.constant([]), kind: fc.constant('compound' as const) });

/** The root is compound; below it is anything. What raises itself again and again fails soon. */
export const randomMachine: fc.Arbitrary<unknown> = fc
  .record({ root: plainRoot, below: fc.array(node(2), { minLength: 1, maxLength: 3 }), context: fc.constantFrom(...Object.values(CONTEXTS)) })
  .map(({ root, below, context }) =>
    setup(IMPLEMENTATIONS as never).createMachine({ ...configOf({ ...root, below }, 0), id: 'random', context, options: { maxIterations: 20 } } as never),
  );
