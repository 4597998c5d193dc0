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
  missing: 'nobody',
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
/** Of siblings, by place, or of all states, by number. */
const target = fc.oneof(
  { weight: 3, arbitrary: fc.constant(undefined) },
  { weight: 1, arbitrary: fc.nat({ max: 2 }).map((sibling) => ({ sibling })) },
  { weight: 1, arbitrary: fc.nat({ max: 40 }).map((any) => ({ any })) },
);

interface Planned {
  readonly target: { readonly sibling: number } | { readonly any: number } | undefined;
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
  readonly always: Planned['target'] | null;
  /** Done on the way into its first state. */
  readonly first: readonly unknown[];
  readonly onDone: Planned | undefined;
  readonly tags: readonly string[];
  readonly below: readonly Node[];
}

const few = { maxLength: 1 };
const node = (depth: number, kinds: ReadonlyArray<Node['kind']>): fc.Arbitrary<Node> =>
  fc.record({
    kind: depth === 0 ? fc.constantFrom('atomic' as const, 'atomic' as const, 'atomic' as const, 'final' as const) : fc.constantFrom(...kinds),
    on,
    entry: fc.array(action, few).map((names) => names.map((name) => ACTIONS[name])),
    exit: fc.array(action, few).map((names) => names.map((name) => ACTIONS[name])),
    always: fc.oneof({ weight: 6, arbitrary: fc.constant(null) }, { weight: 1, arbitrary: target }),
    first: fc.array(action, few).map((names) => names.map((name) => ACTIONS[name])),
    onDone: fc.option(transition, { nil: undefined }),
    tags: fc.array(fc.constantFrom('x', 'y'), few),
    below: depth === 0 ? fc.constant([]) : fc.array(node(depth - 1, kinds), { minLength: 1, maxLength: 3 }),
  });

/** Counts up, and so ends. */
const ALWAYS = { guard: ({ context }: Args) => context.n % 5 === 4, actions: assign(({ context }: Args) => ({ n: context.n + 1 })) };

const nameOf = (place: number): string => `s${place}`;
const idOf = (number: number): string => `n${number}`;

/** The states below a root of `count` states, each with a number. */
class Config {
  readonly #count: number;
  #given = 0;

  constructor(root: Node) {
    this.#count = countOf(root);
  }

  of({ kind, on: planned, entry, exit, always, first, onDone, tags, below }: Node, siblings: number): object {
    const id = idOf(this.#given);
    this.#given += 1;
    if (kind === 'final') return { id, type: 'final', entry, tags };
    const transitions = Object.fromEntries(Object.entries(planned).map(([type, some]) => [type, some.map((one) => this.#transition(one, siblings))]));
    const isAtomic = kind === 'atomic';
    const states = isAtomic ? {} : Object.fromEntries(below.map((child, place) => [nameOf(place), this.of(child, kind === 'parallel' ? 0 : below.length)]));
    return {
      id,
      on: transitions,
      entry,
      exit,
      tags,
      ...(always === null ? {} : { always: [{ ...ALWAYS, ...this.#target(always, siblings) }] }),
      ...(onDone === undefined || isAtomic ? {} : { onDone: this.#transition(onDone, siblings) }),
      ...(kind === 'parallel' ? { type: 'parallel', states } : isAtomic ? {} : { initial: { target: nameOf(0), actions: first }, states }),
    };
  }

  #transition({ target: to, rest }: Planned, siblings: number): object {
    return { ...rest, ...this.#target(to, siblings) };
  }

  #target(to: Planned['target'], siblings: number): object {
    if (to === undefined) return {};
    if ('any' in to) return { target: `#${idOf(to.any % this.#count)}` };
    return siblings === 0 ? {} : { target: nameOf(to.sibling % siblings) };
  }
}

function countOf({ kind, below }: Node): number {
  return kind === 'atomic' || kind === 'final' ? 1 : below.reduce((sum, child) => sum + countOf(child), 1);
}

const CONTEXTS = { fixed: { n: 0, words: [] }, made: ({ input }: { input: { n: number } | undefined }) => ({ n: input?.n ?? 1, words: ['made'] }) };

const IMPLEMENTATIONS = {
  actions: { named: assign(grow as never), byParams: assign((({ context }: Args, { by }: { by: number }) => ({ n: context.n + by })) as never) },
  guards: { few: ({ context }: Args) => context.n < 3, above: ({ context }: Args, { limit }: { limit: number }) => context.n > limit },
};

const root = fc.record({
  on,
  entry: fc.array(action, few).map((names) => names.map((name) => ACTIONS[name])),
  exit: fc.array(action, few).map((names) => names.map((name) => ACTIONS[name])),
  first: fc.array(action, few).map((names) => names.map((name) => ACTIONS[name])),
  always: fc.constant(null),
  onDone: fc.constant(undefined),
  tags: fc.constant([]),
  kind: fc.constant('compound' as const),
});
const LINEAR = ['atomic', 'atomic', 'compound'] as const;
const ANY = ['atomic', 'atomic', 'atomic', 'compound', 'compound', 'parallel'] as const;
const states = fc.oneof(...[LINEAR, LINEAR, ANY].map((kinds) => fc.array(node(2, kinds), { minLength: 1, maxLength: 3 })));

/** The root is compound; below it is anything. What raises itself again and again fails soon. */
export const randomMachine: fc.Arbitrary<unknown> = fc.record({ top: root, below: states, context: fc.constantFrom(...Object.values(CONTEXTS)) }).map(({ top, below, context }) => {
  const whole = { ...top, below };
  return setup(IMPLEMENTATIONS as never).createMachine({ ...new Config(whole).of(whole, 0), context, options: { maxIterations: 20 } } as never);
});
