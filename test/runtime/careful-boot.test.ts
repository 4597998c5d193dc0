// A message that ends the process: found after two stops that were not in order, and then a dead letter like any other poison.
import { describe, expect, it } from 'vitest';
import { assign, setup } from 'xstate';
import { effect, type MemoryStore, memoryJournal, memoryStore, readSteps, type SimulatedClock } from '../../runtime/index.ts';
import { worker } from '../../supervisors/index.ts';
import { envelope, mailRow } from '../support/commit-batches.ts';
import { FaultyJournal } from '../support/faulty-journal.ts';
import { type KernelNode, startNode } from '../support/kernel-node.ts';
import { settle } from '../support/settle.ts';
import { boom } from '../support/small-actors.ts';

/** What the process of a test dies of: the step never comes back, and nothing of the node runs after it. */
class Death extends Error {}

interface Fate {
  /** Types whose step ends the process. */
  readonly deadly: Set<string>;
  /** The process is gone: nothing is written any more. */
  die(type: string): void;
  deaths: string[];
}

function mortal(fate: Fate) {
  const live = ({ context, event }: { context: { seen: string[] }; event: { type: string } }) => {
    const type = event.type.split('.').slice(0, 2).join('.');
    if (fate.deadly.has(type)) {
      fate.die(type);
      throw new Death();
    }
    return { seen: [...context.seen, type] };
  };
  return setup({ types: { context: {} as { seen: string[] } }, actors: { work: effect({ idempotent: true, run: async () => 1 }) }, actions: { live: assign(live) } }).createMachine(
    {
      id: 'm',
      context: { seen: [] },
      initial: 'idle',
      on: { '*': { actions: 'live' } },
      states: {
        idle: { on: { WAIT: 'waiting', WORK: 'working' } },
        waiting: { after: { 5: { target: 'idle', actions: 'live' } } },
        working: { invoke: { src: 'work', onDone: { target: 'idle', actions: 'live' }, onError: 'idle' } },
      },
    },
  );
}

const children = (fate: Fate) => ['a', 'b'].map((id) => worker(id, mortal(id === 'a' ? fate : { deadly: new Set(), die: () => undefined, deaths: [] }), { durable: true }));

/** What a node left that stopped in order, and mail that came for it since. */
async function left(told: readonly string[], deadly: string, mail: readonly string[]) {
  const fate: Fate = { deadly: new Set(), die: () => undefined, deaths: [] };
  const node = await startNode(children(fate));
  for (const type of told) await node.tell('a', { type });
  await node.system.stop();
  const { store, clock } = node;
  mail.forEach((type, index) => void store.mail.put(mailRow(100 + index, 'a', { envelope: envelope('a', { id: type, message: { type } }) })));
  store.mail.put(mailRow(200, 'b', { envelope: envelope('b', { id: 'other', message: { type: 'OTHER' } }) }));
  store.counters = { ...store.counters, mail: 200 };
  fate.deadly.add(deadly);
  return { fate, store, clock };
}

/** Starts one node after the other on the same store until one survives. */
async function live(fate: Fate, store: MemoryStore, clock: SimulatedClock): Promise<KernelNode> {
  for (let lives = 1; lives <= 9; lives += 1) {
    const before = fate.deaths.length;
    const journal = new FaultyJournal(memoryJournal({ store }));
    let dead = false;
    fate.die = (type) => {
      if (!dead) fate.deaths.push(type);
      dead = true;
      journal.goDown();
    };
    const node = await startNode(children(fate), { store, clock, journal });
    await node.pass(10);
    await settle(100);
    if (fate.deaths.length === before) return node;
  }
  throw new Error('it was never found');
}

describe('a message that ends the process', () => {
  it('is a dead letter after two unclean stops and three attempts; all others are taken, once (K12)', async () => {
    const { fate, store, clock } = await left(['ONE'], 'BAD', ['TWO', 'BAD', 'THREE']);
    const node = await live(fate, store, clock);
    expect(fate.deaths).toHaveLength(5);
    expect(node.system.deadLetters()).toMatchObject([{ reason: 'poisoned', detail: 'the process ended while it was taken, 3 times', envelope: { message: { type: 'BAD' } } }]);
    expect([node.context('a').seen, node.context('b').seen]).toEqual([['ONE', 'TWO', 'THREE'], ['OTHER']]);
    expect([store.mail.of('a'), store.mail.of('b')]).toEqual([[], []]);
  });

  it('is marked on disk before it begins, and what it was found at before is there by then (K12)', async () => {
    const { fate, store, clock } = await left([], 'BAD', ['BAD']);
    const found: unknown[] = [];
    const node = () => found.push([store.stepping?.name ?? null, store.suspects]);
    fate.deaths.push = (...types: string[]) => {
      node();
      return Array.prototype.push.apply(fate.deaths, types);
    };
    await live(fate, store, clock);
    const name = 'message 100';
    expect(found).toEqual([
      [null, {}],
      [null, {}],
      [name, {}],
      [name, { [name]: 1 }],
      [name, { [name]: 2 }],
    ]);
  });

  it.each([
    ['a timer', 'WAIT', 'xstate.after', 'waiting'],
    ['the result of an effect', 'WORK', 'xstate.done', 'working'],
  ])('may be %s, which has no row that counts: it is spent, and what it was for is seen (K12)', async (_what, type, deadly, stays) => {
    const { fate, store, clock } = await left([], deadly, [type]);
    const node = await live(fate, store, clock);
    expect(fate.deaths).toHaveLength(5);
    expect(node.deadLetters()).toEqual([expect.stringMatching(`^poisoned ${deadly}`)]);
    expect([node.value('a'), node.context('b').seen, store.suspects]).toEqual([stays, ['OTHER'], {}]);
  });
});

describe('a message that ends no process', () => {
  it('is blamed by no careful node that dies before the message is written as taken, however often: it acts once (K12)', async () => {
    const { fate, store, clock } = await left([], 'NOTHING', ['ONE', 'TWO']);
    store.cleanStop = false;
    store.uncleanStops = 2;
    for (let life = 0; life < 7; life += 1) {
      const journal = new FaultyJournal(memoryJournal({ store }));
      const commit = journal.commit.bind(journal);
      journal.commit = (batch) => {
        if (batch.mail.remove.length > 0) journal.goDown();
        return commit(batch);
      };
      const node = await startNode(children(fate), { store, clock, journal });
      expect(node.system.alerts()).toMatchObject([{ id: 'unclean_boots' }]);
    }
    const node = await startNode(children(fate), { store, clock });
    await settle(200);
    expect([node.context('a').seen, node.context('b').seen, node.deadLetters(), store.suspects]).toEqual([['ONE', 'TWO'], ['OTHER'], [], {}]);
  });
});

describe('a node that is careful', () => {
  async function careful(...types: string[]) {
    const { fate, store, clock } = await left([], 'BAD', types);
    store.cleanStop = false;
    store.uncleanStops = 1;
    const node = await startNode(children(fate), { store, clock });
    await settle(200);
    return { fate, store, clock, node };
  }

  it('takes one message a batch, and says so; after ten minutes it goes on as others do (K12, K29)', async () => {
    const { node, store } = await careful('ONE', 'TWO', 'THREE');
    const largest = (batches = node.journal.written) =>
      Math.max(...batches.map(({ facts }) => Math.max(0, ...facts.map(({ kind, body }) => (kind === 'steps' ? readSteps(JSON.parse(body) as unknown[]).length : 0)))));
    expect([node.context('a').seen, largest()]).toEqual([['ONE', 'TWO', 'THREE'], 1]);
    expect(node.system.alerts()).toMatchObject([{ id: 'unclean_boots', severity: 'warning', text: expect.stringContaining('cut off 2 times in a row') }]);
    await node.pass(600_000);
    expect([node.system.alerts(), store.uncleanStops]).toEqual([[], 0]);
    const since = node.journal.written.length;
    await Promise.all(['FOUR', 'FIVE'].map((type) => node.tell('a', { type })));
    expect(largest(node.journal.written.slice(since))).toBe(2);
  });

  it('is not so after a stop in order (K29)', async () => {
    const { node, store, clock, fate } = await careful();
    await node.system.stop();
    const next = await startNode(children(fate), { store, clock });
    expect([next.system.alerts(), store.uncleanStops]).toEqual([[], 0]);
  });

  it('blames no message for a journal that fails meanwhile (K12, K10)', async () => {
    const { node } = await careful();
    const insist = async (type: string): Promise<void> => {
      for (let told = false; !told; await node.pass(3_000))
        told = await node.tell('a', { type }, { id: type }).then(
          () => true,
          () => false,
        );
    };
    for (const type of ['ONE', 'TWO']) {
      node.journal.failNext('refused', 'vanished');
      await insist(type);
      node.journal.failNext('refused', 'vanished', 'refused', 'vanished', 'refused');
      await insist(type);
    }
    expect([node.context('a').seen, node.deadLetters()]).toEqual([['ONE', 'TWO'], []]);
  });

  it('counts a step that throws as one attempt, and a message that is postponed as none (K12, K6)', async () => {
    const store = memoryStore();
    store.cleanStop = false;
    store.uncleanStops = 2;
    const logic = setup({}).createMachine({
      initial: 'shut',
      states: { shut: { on: { OPEN: 'open' } }, open: { on: { ENTER: 'shut' } } },
      on: { BAD: { actions: assign(() => boom()) } },
    });
    const node = await startNode([worker('a', logic, { durable: true, postpone: ['ENTER'] })], { store });
    await expect(node.ask('a', { type: 'BAD' })).rejects.toMatchObject({ code: 'MessagePoisoned' });
    expect(node.telemetry.flatMap((event) => (event.kind === 'actor.failed_step' ? [event.attempts] : []))).toEqual([1, 2, 3]);
    await node.tell('a', { type: 'ENTER' });
    await settle();
    expect(store.mail.of('a')).toMatchObject([{ state: 'postponed', attempts: 0 }]);
    await node.tell('a', { type: 'OPEN' });
    await settle();
    expect([node.value('a'), store.mail.of('a'), node.deadLetters()]).toEqual(['shut', [], ['poisoned BAD']]);
  });
});
