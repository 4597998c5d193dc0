// A lean step is XState's step: the same snapshot, outputs, answer and error, on statecharts of every kind.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { assign, setup, spawnChild } from 'xstate';
import { SimulatedClock, tell } from '../../runtime/index.ts';
import { type Snapshot, Stepper, type StepResult } from '../../runtime/step.ts';
import { ActorLink } from '../../runtime/target.ts';
import { count } from '../support/length.ts';
import { randomMachine, TYPES } from '../support/random-machine.ts';

type Logic = Parameters<Stepper['initial']>[1];
type Event = { readonly type: string; readonly by?: number };

/** One cell, stepped by hand. */
class Stepped {
  readonly #stepper: Stepper;
  readonly #logic: Logic;
  readonly #cell = { address: 'a', parent: 'boss', getSnapshot: () => this.now, receive: () => undefined };
  now: Snapshot | undefined;

  constructor(logic: unknown, stepper = new Stepper(new SimulatedClock(), () => undefined)) {
    this.#logic = logic as Logic;
    this.#stepper = stepper;
  }

  begin(input: unknown): StepResult {
    return this.#keep(this.#stepper.initial(this.#cell, this.#logic, input));
  }

  take(event: Event): StepResult {
    return this.#keep(this.#stepper.transition(this.#cell, this.#logic, this.now as Snapshot, event));
  }

  /** What a message that does nothing but assign leaves of the context; nothing is taken. */
  contextAfter(event: Event): object | undefined {
    const { context } = this.now as { readonly context: object };
    return this.#stepper.contextAfter(this.#cell, this.#logic, this.now as Snapshot, context, event);
  }

  /** As it would be written. */
  get persisted(): unknown {
    try {
      return JSON.parse(JSON.stringify(this.#stepper.persist(this.#logic, this.now as Snapshot)).replaceAll(/x:\d+/g, 'x'));
    } catch (error) {
      return { error: String(error) };
    }
  }

  #keep(result: StepResult): StepResult {
    if (result.ok) this.now = result.snapshot;
    return result;
  }
}

/** The same machine, of which a stepper does not see that it is one. */
const general = (machine: unknown): unknown => {
  const { transition, getInitialSnapshot, getPersistedSnapshot } = machine as Record<string, unknown>;
  return { transition, getInitialSnapshot, getPersistedSnapshot };
};

const told = (result: StepResult): unknown => {
  if (!result.ok) return { error: String(result.error) };
  const { snapshot, handled, output } = result;
  const { tags, historyValue, ...rest } = snapshot as Snapshot & { readonly tags: Set<string>; readonly historyValue: Record<string, ReadonlyArray<{ readonly id: string }>> };
  return {
    handled,
    keys: Object.keys(snapshot),
    state: { status: rest.status, value: rest.value, context: rest.context, output: rest.output, error: String(rest.error), tags: [...tags] },
    history: Object.entries(historyValue).map(([id, nodes]) => [id, nodes.map((node) => node.id)]),
    children: Object.keys(rest.children ?? {}),
    sends: output.sends.map(({ kind, to, message }) => ({ kind, to, message })),
    timers: output.timers,
    replies: output.replies,
    emits: output.emits,
    customs: output.customs.length,
    changes: output.children.map((change) => [change.op, change.child.id.replace(/x:\d+/, 'x')]),
  };
};

const said = (what: string) => tell('peer', { type: 'SAID', what });
const event: fc.Arbitrary<Event> = fc.record({ type: fc.constantFrom(...TYPES), by: fc.integer({ min: 1, max: 3 }) });

type Counted = { readonly context: { readonly n: number }; readonly event: Event };
const add = ({ context, event: { by = 1 } }: Counted) => context.n + by;
/** Most of them assignments. */
const ACTIONS = [
  assign({ n: add } as never),
  assign({ n: 7, last: 'seven' } as never),
  assign((({ context }: Counted) => ({ last: context.n })) as never),
  { type: 'addSome', params: { some: 3 } },
  'addSome',
  said('A'),
  assign({
    n: () => {
      throw new Error('planned');
    },
  } as never),
] as const;
const actions = fc.array(fc.constantFrom(...ACTIONS.slice(0, 5), ...ACTIONS), { maxLength: 3 });
const taken = fc.record({ actions, target: fc.constantFrom(undefined, undefined, undefined, 'b'), guard: fc.constantFrom(undefined, undefined, () => true) });
/** A machine whose messages mostly do nothing but assign. */
const assigning = fc.record({ first: taken, second: taken, above: taken }).map(({ first, second, above }) =>
  setup({ actions: { addSome: assign((({ context }: Counted, params?: { some: number }) => ({ n: context.n + (params?.some ?? 1) })) as never) } }).createMachine({
    context: { n: 0 },
    initial: 'a',
    on: { B: { ...above, target: above.target && '.b' } },
    states: { a: { on: { A: first } }, b: { on: { A: second } } },
  } as never),
);

type Ways = Record<'general' | 'stays' | 'moves', number>;

/** Counts the steps of a machine that XState takes. */
function watched(machine: unknown): { readonly general: () => number } {
  const xstate = machine as { transition(...args: unknown[]): unknown; getInitialSnapshot(...args: unknown[]): unknown };
  let taken = 0;
  const { transition } = xstate;
  xstate.transition = (...args) => {
    taken += 1;
    return transition.apply(xstate, args);
  };
  return { general: () => taken };
}

function wayOf(before: Snapshot | undefined, after: Snapshot | undefined, byXstate: boolean): keyof Ways {
  if (byXstate) return 'general';
  return before?.value === after?.value ? 'stays' : 'moves';
}

const stepper = new Stepper(new SimulatedClock(), () => undefined);

describe('a lean step', () => {
  it('does what the whole of XState does, and leaves what XState would persist, whatever the statechart is', () => {
    const ways: Ways = { general: 0, stays: 0, moves: 0 };
    fc.assert(
      fc.property(randomMachine, fc.array(event, { minLength: 1, maxLength: 8 }), fc.option(fc.record({ n: fc.nat({ max: 5 }) }), { nil: undefined }), (machine, events, input) => {
        // The second actor of a machine begins as the first one has shown.
        const stepper = new Stepper(new SimulatedClock(), () => undefined);
        for (let actor = 0; actor < 2; actor += 1) {
          const [xstates, { general: byXstate }] = [new Stepped(general(machine)), watched(machine)];
          const ours = new Stepped(machine, stepper);
          expect(told(ours.begin(input))).toEqual(told(xstates.begin(input)));
          for (const next of events) {
            if (xstates.now?.status !== 'active') break;
            const [before, taken] = [ours.now, byXstate()];
            expect(told(ours.take(next))).toEqual(told(xstates.take(next)));
            expect(ours.persisted).toEqual(xstates.persisted);
            ways[wayOf(before, ours.now, byXstate() > taken)] += 1;
          }
        }
      }),
      { numRuns: count(300, 20_000) },
    );
    // A comparison of XState with itself would say nothing.
    expect(Math.min(ways.general, ways.stays, ways.moves)).toBeGreaterThan(100);
  });

  it.each([
    [
      'enters states from the outermost to the innermost',
      {
        states: {
          a: { on: { A: '#deep' } },
          b: {
            entry: said('b'),
            initial: 'c',
            states: { c: { entry: said('c'), initial: 'd', states: { d: { entry: said('d'), initial: 'e', states: { e: { id: 'deep', entry: said('e') } } } } } },
          },
        },
      },
    ],
    [
      'leaves states from the innermost to the outermost',
      { states: { a: { exit: said('a'), initial: 'b', states: { b: { exit: said('b'), on: { A: '#c' } } } }, c: { id: 'c', entry: said('c') } } },
    ],
    [
      'takes what follows by itself from the innermost state',
      {
        states: {
          a: { on: { A: 'b' } },
          b: { always: { target: 'd', actions: said('outer') }, initial: 'c', states: { c: { always: { target: '#d', actions: said('inner') } } } },
          d: { id: 'd' },
        },
      },
    ],
    ['rests where nothing that follows by itself changes anything', { states: { a: { on: { A: 'b' } }, b: { always: { actions: said('once') } } } }],
    ['leaves every state when the machine ends', { exit: said('root'), states: { a: { exit: said('a'), on: { A: 'b' } }, b: { type: 'final', entry: said('b') } } }],
    ['ends what a machine that ends has below it', { entry: spawnChild(setup({}).createMachine({}), { id: 'kid' }), states: { a: { on: { A: 'b' } }, b: { type: 'final' } } }],
    [
      'tells the state around one that is final',
      { states: { a: { initial: 'b', states: { b: { on: { A: 'c' } }, c: { type: 'final' } }, onDone: { target: 'd', actions: said('done') } }, d: { entry: said('d') } } },
    ],
    [
      'runs what a state runs',
      { states: { a: { on: { A: { target: 'b', actions: said('a') } } }, b: { entry: said('b'), invoke: { src: setup({}).createMachine({}), id: 'kid' } } } },
    ],
  ])('%s, as XState does', (_, config) => {
    const machine = setup({}).createMachine({ id: 'm', initial: 'a', ...config } as never);
    // The second one begins as the first has shown.
    new Stepped(machine, stepper).begin(undefined);
    const [ours, xstates] = [new Stepped(machine, stepper), new Stepped(general(machine))];
    expect(told(ours.begin(undefined))).toEqual(told(xstates.begin(undefined)));
    expect(told(ours.take({ type: 'A' }))).toEqual(told(xstates.take({ type: 'A' })));
    expect(ours.persisted).toEqual(xstates.persisted);
  });

  it('that turns out to spawn a child is taken again from the beginning by XState, and so are those after it', () => {
    const child = setup({}).createMachine({});
    const spawning = assign(({ context, spawn }: { context: { n: number }; spawn: (logic: typeof child, options: object) => unknown }) => {
      spawn(child, { id: `c${context.n}` });
      return { n: context.n + 1 };
    });
    const machine = setup({}).createMachine({ context: { n: 0 }, on: { A: { actions: [tell('peer', { type: 'HELLO' }), spawning as never] } } });
    const stepped = new Stepped(machine);
    stepped.begin(undefined);
    for (const n of [1, 2]) {
      const result = stepped.take({ type: 'A' });
      expect(told(result)).toMatchObject({ state: { context: { n } }, sends: [{ to: 'peer' }], changes: [['start', `c${n - 1}`]] });
    }
    expect(Object.keys(stepped.now?.children ?? {})).toEqual(['c0', 'c1']);
  });

  it.each([
    ['with an output', { initial: 'end', output: { sum: 3 }, states: { end: { type: 'final' as const } } }, []],
    [
      'that remembers a state',
      { initial: 'in', on: { OUT: '.out' }, states: { in: { initial: 'one', states: { one: {}, back: { type: 'history' as const } } }, out: {} } },
      ['OUT'],
    ],
    ['with links in its context', { context: { to: new ActorLink('peer', () => undefined), nested: { words: ['a'] } } }, []],
  ])('is not needed for a statechart %s to be persisted as XState does it', (_, config, types) => {
    const machine = setup({}).createMachine(config as object);
    const [ours, xstates] = [new Stepped(machine), new Stepped(general(machine))];
    for (const stepped of [ours, xstates]) {
      stepped.begin(undefined);
      for (const type of types) stepped.take({ type });
    }
    expect(ours.persisted).toEqual(xstates.persisted);
    expect(ours.persisted).toMatchObject({ children: {} });
  });

  it('that does nothing but assign is known as one, and leaves the context that XState leaves and all else as it was', () => {
    let known = 0;
    fc.assert(
      fc.property(fc.oneof(randomMachine, assigning), fc.array(event, { minLength: 1, maxLength: 8 }), (machine, events) => {
        const [xstates, ours] = [new Stepped(general(machine)), new Stepped(machine)];
        xstates.begin(undefined);
        ours.begin(undefined);
        for (const next of events) {
          if (xstates.now?.status !== 'active') break;
          const [before, context] = [xstates.persisted, ours.contextAfter(next)];
          const result = xstates.take(next);
          ours.take(next);
          if (context === undefined) continue;
          known += 1;
          expect(told(result)).toMatchObject({ handled: true, sends: [], timers: [], replies: [], emits: [], customs: 0, changes: [] });
          // One with a child that cannot be persisted is not, before and after.
          expect(xstates.persisted).toEqual('error' in (before as object) ? before : { ...(before as object), context });
        }
      }),
      { numRuns: count(300, 20_000) },
    );
    expect(known).toBeGreaterThan(100);
  });

  it('that does nothing but assign is none where the assignment wanted a child, though it goes on without one', () => {
    const cautious = assign((({ context, spawn }: Counted & { spawn: (logic: unknown, options: object) => unknown }) => {
      try {
        spawn(setup({}).createMachine({}), { id: 'kept' });
      } catch {}
      return { n: context.n + 1 };
    }) as never);
    const stepped = new Stepped(setup({}).createMachine({ context: { n: 0 }, on: { A: { actions: cautious } } } as never));
    stepped.begin(undefined);
    expect([stepped.contextAfter({ type: 'A' }), stepped.contextAfter({ type: 'A' })]).toEqual([undefined, undefined]);
    expect(told(stepped.take({ type: 'A' }))).toMatchObject({ handled: true, changes: [['start', 'kept']] });
  });

  it('leaves snapshots before it as they were', () => {
    const machine = setup({}).createMachine({ context: { n: 0 }, on: { A: { actions: assign({ n: 1 }) } } });
    const stepped = new Stepped(machine);
    stepped.begin(undefined);
    const before = stepped.now;
    stepped.take({ type: 'A' });
    expect([before?.context, stepped.now?.context]).toEqual([{ n: 0 }, { n: 1 }]);
  });

  it("is not taken where a transition of one's own stands around a machine", () => {
    const machine = setup({}).createMachine({ context: { n: 0 }, on: { A: { actions: assign({ n: 1 }) } } });
    const seen: string[] = [];
    const around = Object.assign(Object.create(machine) as object, {
      transition: (snapshot: never, next: never, scope: never) => {
        seen.push((next as Event).type);
        return machine.transition(snapshot, next, scope);
      },
    });
    const stepped = new Stepped(around);
    stepped.begin(undefined);
    stepped.take({ type: 'A' });
    expect([seen, stepped.now?.context]).toEqual([['A'], { n: 1 }]);
  });
});
