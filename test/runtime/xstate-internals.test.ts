// The parts of XState's inside that the cell relies on, held against both of its builds: plain Node loads the production one, tools
// that set the `development` condition load the other.
import { execFileSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { classifySource, SimulatedClock } from '../../runtime/index.ts';
import { type Snapshot, Stepper } from '../../runtime/step.ts';
import { childDifference } from '../../runtime/step-output.ts';

type Build = typeof import('xstate');
type Logic = Parameters<Stepper['initial']>[1];

const build = async (file: string): Promise<Build> => import(new URL(`../../node_modules/xstate/dist/${file}`, import.meta.url).href);
const BUILDS: ReadonlyArray<readonly [string, Build]> = [
  ['production', await build('xstate.cjs.mjs')],
  ['development', await build('xstate.development.cjs.mjs')],
];

/** One cell, stepped by hand. */
function stepped(logic: unknown) {
  const stepper = new Stepper(new SimulatedClock(), () => undefined);
  const received: unknown[] = [];
  const cell = { address: 'a', parent: 'boss', getSnapshot: () => now, receive: (message: unknown) => void received.push(message) };
  let now: Snapshot | undefined;
  const began = stepper.initial(cell, logic as Logic, undefined);
  if (!began.ok) throw began.error;
  now = began.snapshot;
  const take = (event: { type: string; [field: string]: unknown }) => {
    const result = stepper.transition(cell, logic as Logic, now as Snapshot, event);
    if (result.ok) now = result.snapshot;
    return result;
  };
  const took = (event: { type: string; [field: string]: unknown }) => {
    const result = take(event);
    if (!result.ok) throw result.error;
    return result;
  };
  return { began, take, took, snapshot: () => now as Snapshot, stepper, cell, received };
}

describe.each(BUILDS)('the %s build of XState', (_name, { setup, assign, sendTo, raise, cancel, emit, enqueueActions, sendParent, spawnChild, stopChild, ...x }) => {
  it('hands over every output as data and does nothing by itself (K1)', () => {
    const done: string[] = [];
    const logic = setup({ actors: { work: x.fromPromise(async () => void done.push('work ran')) } }).createMachine({
      initial: 'idle',
      states: {
        idle: {
          on: {
            GO: {
              target: 'busy',
              actions: [
                sendTo(({ system }) => system.get('peer') as never, { type: 'HELLO' } as never),
                sendParent({ type: 'UP' }),
                raise({ type: 'LATER' }, { delay: 50, id: 'later' }),
                cancel('other'),
                emit({ type: 'seen' }),
                () => void done.push('custom ran'),
              ],
            },
          },
        },
        busy: { invoke: { src: 'work', id: 'w' }, after: { 1000: 'idle' } },
      },
    });
    const { took, snapshot } = stepped(logic);
    const { output } = took({ type: 'GO' });
    expect(done).toEqual([]);
    expect(output.sends.map(({ to, message }) => [to, message.type])).toEqual([
      ['peer', 'HELLO'],
      ['boss', 'UP'],
    ]);
    expect(output.timers).toMatchObject([
      { op: 'set', key: 'later', delayMs: 50, to: 'a' },
      { op: 'cancel', key: 'other' },
      { op: 'set', delayMs: 1000, to: 'a', message: { type: 'xstate.after.1000.(machine).busy' } },
    ]);
    expect(output.emits).toEqual([{ type: 'seen' }]);
    expect(output.children.map(({ op, child }) => [op, child.id])).toEqual([['start', 'w']]);
    expect(output.customs).toHaveLength(1);
    expect(snapshot().children?.w?.getSnapshot().status).toBe('active');
  });

  it('leaves the snapshot as it was when a step throws: rollback is keeping the pointer (K1)', () => {
    const logic = setup({ types: { context: {} as { n: number } } }).createMachine({
      context: { n: 0 },
      initial: 'a',
      states: { a: { on: { BAD: { target: 'b', actions: assign({ n: 99 }) } } }, b: { entry: assign(() => fail()) } },
    });
    const { take, snapshot } = stepped(logic);
    const before = snapshot();
    expect(take({ type: 'BAD' })).toMatchObject({ ok: false });
    expect(snapshot()).toBe(before);
    expect(before).toMatchObject({ value: 'a', context: { n: 0 } });
  });

  it('says whether a transition was selected, also of a forbidden one, a wildcard and a guard that says no (K1)', () => {
    const logic = setup({}).createMachine({
      initial: 'a',
      states: { a: { on: { FORBIDDEN: {}, GUARDED: { guard: () => false, target: 'b' } } }, b: {}, c: { on: { '*': 'a' } } },
      on: { TO_C: '.c' },
    });
    const { took } = stepped(logic);
    expect(took({ type: 'NOPE' }).handled).toBe(false);
    expect(took({ type: 'GUARDED' }).handled).toBe(false);
    expect(took({ type: 'FORBIDDEN' }).handled).toBe(true);
    expect(took({ type: 'TO_C' }).handled).toBe(true);
    expect(took({ type: 'ANYTHING' }).handled).toBe(true);
  });

  it('says it of the message, not of the eventless transitions and raised events behind it (K1)', () => {
    const logic = setup({}).createMachine({
      initial: 'a',
      states: { a: { on: { GO: { target: 'b', actions: raise({ type: 'NOBODY' }) } } }, b: { always: 'c' }, c: {} },
    });
    const { took, snapshot } = stepped(logic);
    expect(took({ type: 'GO' }).handled).toBe(true);
    expect(snapshot().value).toBe('c');
  });

  it.each(['first', 'last'] as const)('delivers to self what has no target, which the cell tells from a wish, also as the %s of several actions (K1)', (place) => {
    const lost = sendTo(() => undefined as never, { type: 'LOST' } as never) as never;
    const others = [assign({}), raise({ type: 'NOBODY' }), sendTo(({ self }) => self, { type: 'MINE' })] as never[];
    const logic = setup({}).createMachine({
      on: { BAD: { actions: place === 'first' ? [lost, ...others] : [...others, lost] }, SELF: { actions: others }, NOBODY: {}, MINE: {} },
    });
    const { take, took } = stepped(logic);
    expect(take({ type: 'BAD' })).toMatchObject({ ok: false, error: { message: expect.stringContaining("'LOST' has no target") } });
    expect(took({ type: 'SELF' }).output.sends).toMatchObject([{ to: 'a', message: { type: 'MINE' } }]);
  });

  it('refuses a send to a child that is not there by a throw (K1)', () => {
    const logic = setup({}).createMachine({ on: { BAD: { actions: sendTo('nobody' as never, { type: 'X' } as never) } } });
    expect(stepped(logic).take({ type: 'BAD' })).toMatchObject({ ok: false, error: { message: expect.stringContaining("Unable to send event to actor 'nobody'") } });
  });

  it('gives a state that is entered again a new child under the same id, and a passing one none (K1)', () => {
    const logic = setup({ actors: { work: x.fromPromise(async () => 1) } }).createMachine({
      initial: 'busy',
      states: {
        busy: { invoke: { src: 'work', id: 'w' }, on: { AGAIN: { target: 'busy', reenter: true }, PASS: 'passing' } },
        passing: { invoke: { src: 'work', id: 'p' }, always: 'idle' },
        idle: {},
      },
    });
    const { took, snapshot } = stepped(logic);
    const first = snapshot();
    took({ type: 'AGAIN' });
    const again = childDifference(first, snapshot());
    expect([again.begun.map(({ id }) => id), again.ended.map(({ id }) => id)]).toEqual([['w'], ['w']]);
    const second = snapshot();
    took({ type: 'PASS' });
    const passed = childDifference(second, snapshot());
    expect([passed.begun, passed.ended.map(({ id }) => id)]).toEqual([[], ['w']]);
  });

  it('shows children that were spawned in an assign or by an action, and their stop (K1)', () => {
    const work = x.fromPromise(async () => 1);
    const logic = setup({ actors: { work } }).createMachine({
      context: {},
      on: {
        ASSIGNED: { actions: assign({ child: ({ spawn }) => spawn('work', { id: 'one' }) }) },
        ACTION: { actions: spawnChild('work', { id: 'two' }) },
        ENQUEUED: { actions: enqueueActions(({ enqueue }) => void enqueue.spawnChild('work', { id: 'three' })) },
        STOP: { actions: stopChild('two') },
      },
    });
    const { took } = stepped(logic);
    const started = (type: string) => took({ type }).output.children.flatMap((change) => (change.op === 'start' ? [change.child.id] : []));
    expect([started('ASSIGNED'), started('ACTION'), started('ENQUEUED')]).toEqual([['one'], ['two'], ['three']]);
    expect(took({ type: 'STOP' }).output.children.map(({ op, child }) => [op, child.id])).toEqual([['stop', 'two']]);
  });

  it('starts nothing when a snapshot is restored, and keeps its children by source and id (K1)', () => {
    let runs = 0;
    const logic = setup({ actors: { work: x.fromPromise(async () => ++runs) } }).createMachine({
      initial: 'busy',
      states: { busy: { invoke: { src: 'work', id: 'w', input: { n: 1 } } } },
    });
    const { stepper, cell, snapshot } = stepped(logic);
    const persisted = JSON.parse(JSON.stringify(stepper.persist(logic as unknown as Logic, snapshot())));
    const restored = stepper.restore(cell, logic as unknown as Logic, persisted);
    expect(restored).toMatchObject({ status: 'active', value: 'busy' });
    expect(restored.children?.w?.getSnapshot()).toMatchObject({ status: 'active', input: { n: 1 } });
    expect(runs).toBe(0);
  });

  it('takes results and errors of children as events of these names, and lives on an error that a transition takes (K1)', () => {
    const work = x.fromPromise(async () => 1);
    const states = { busy: { invoke: { src: 'work' as const, id: 'w', onDone: 'done', onError: 'failed' } }, done: {}, failed: {} };
    const busy = () => stepped(setup({ actors: { work } }).createMachine({ initial: 'busy', states }));
    const good = busy();
    good.took({ type: 'xstate.done.actor.w', output: 1, actorId: 'w' });
    expect(good.snapshot().value).toBe('done');
    const bad = busy();
    bad.took({ type: 'xstate.error.actor.w', error: { name: 'Error', message: 'x' }, actorId: 'w' });
    expect(bad.snapshot()).toMatchObject({ value: 'failed', status: 'active' });
    const unheard = stepped(setup({ actors: { work } }).createMachine({ invoke: { src: 'work', id: 'w' } }));
    expect(unheard.took({ type: 'xstate.error.actor.w', error: 'x', actorId: 'w' }).snapshot.status).toBe('error');
  });

  it('has logic creators that the probes tell apart (K1)', () => {
    const kinds = [
      x.fromPromise(async () => 1),
      x.fromCallback(() => undefined),
      x.fromObservable(() => ({ subscribe: () => ({ unsubscribe: () => undefined }) }) as never),
      x.fromEventObservable(() => ({ subscribe: () => ({ unsubscribe: () => undefined }) }) as never),
      x.fromTransition((state: object) => state, {}),
      setup({}).createMachine({}),
    ].map((logic) => classifySource(logic as unknown as Logic).kind);
    expect(kinds).toEqual(['promise', 'callback', 'observable', 'observable', 'transition', 'machine']);
  });

  it('knows what its present states take, for people and for an orderly stop (K1)', () => {
    const logic = setup({}).createMachine({ initial: 'a', states: { a: { on: { GO: 'b' } }, b: {} }, on: { ANY: { actions: assign({}) } } });
    const { snapshot } = stepped(logic);
    const inner = snapshot() as unknown as { _nodes: Array<{ ownEvents: string[] }>; can(event: { type: string }): boolean };
    expect(inner._nodes.flatMap((node) => node.ownEvents).sort()).toEqual(['ANY', 'GO']);
    expect([inner.can({ type: 'GO' }), inner.can({ type: 'NOPE' })]).toEqual([true, false]);
  });
});

describe('the build that a node loads', () => {
  it('is the production one unless somebody asks for the other (K1)', () => {
    const resolved = (...conditions: string[]) =>
      execFileSync(process.execPath, [...conditions, '--input-type=module', '-e', "console.log(import.meta.resolve('xstate'))"], {
        encoding: 'utf8',
        env: { PATH: process.env.PATH },
      }).trim();
    expect(resolved()).toMatch(/\/xstate\.cjs\.mjs$/);
    expect(resolved('--conditions=development')).toMatch(/\/xstate\.development\.cjs\.mjs$/);
  });
});

function fail(): never {
  throw new Error('planned');
}
