import { describe, expect, it } from 'vitest';
import { setup } from 'xstate';
import { effect, reply, startChild, stopChildAt, tell } from '../../runtime/index.ts';
import { dynamicSupervisor, worker } from '../../supervisors/index.ts';
import { type KernelNode, startNode } from '../support/kernel-node.ts';
import { settle } from '../support/settle.ts';
import { recorder } from '../support/small-actors.ts';

let aborted = 0;
const hold = effect({ idempotent: true, run: ({ signal }) => new Promise(() => signal.addEventListener('abort', () => void aborted++)) });
/** Ends on END, telling its maker in the same step. */
const job = setup({ types: { context: {} as { n: number }, input: {} as { n: number } | null, events: {} as { type: string } }, actors: { hold } }).createMachine({
  context: ({ input }) => ({ n: input?.n ?? 0 }),
  initial: 'running',
  on: { GET: { actions: reply(({ context }: { context: { n: number } }) => context.n) }, LATE: {} },
  states: { running: { invoke: { src: 'hold' }, after: { 60000: 'ended' }, on: { END: 'ended' } }, ended: { type: 'final', entry: tell('maker', { type: 'ENDED' }) } },
});
const start = (n: number) => startChild('many', { template: 'job', id: 'x', input: { n } });
const maker = setup({ types: { events: {} as { type: string } } }).createMachine({
  on: {
    START: { actions: start(1) },
    TWICE: { actions: [start(1), start(2)] },
    ENDED: { actions: [start(2), tell('many/x', { type: 'LATE' })] },
    STOP: { actions: stopChildAt('many/x') },
    BRIEF: { actions: [start(1), stopChildAt('many/x')] },
    RENEW: { actions: [stopChildAt('many/x'), start(2)] },
  },
});
const quiet = setup({ types: { events: {} as { type: string } } }).createMachine({ on: { START: { actions: start(1) }, STOP: { actions: stopChildAt('many/x') }, ENDED: {} } });
const templates = { job: (input: unknown, id: string) => worker(id, job, { durable: true, restart: 'transient', input }) };
const children = (logic: Parameters<typeof worker>[1] = maker) => [dynamicSupervisor('many', { durable: true, templates }), worker('maker', logic, { durable: true })];
const ids = (node: KernelNode) => node.system.whichChildren('many').map(({ id, state }) => `${id} ${state}`);
const rows = (node: KernelNode) => node.store.children.of('many').map(({ id, input }) => `${id} ${input}`);
const restarted = (node: KernelNode) => startNode(children(), { store: node.store, clock: node.clock });

describe('a child that a durable step starts', () => {
  it('has its row in the commit of that step, and starts behind it (K25)', async () => {
    const node = await startNode(children());
    const before = node.journal.written.length;
    const release = node.journal.holdCommits();
    const told = node.tell('maker', { type: 'START' });
    await settle();
    expect([ids(node), rows(node)]).toEqual([[], []]);
    release();
    await told;
    await settle();
    expect(node.journal.written[before]).toMatchObject({
      children: { put: [{ parent: 'many', id: 'x', template: 'job', input: '{"n":1}' }] },
      actors: { put: [{ address: 'maker' }] },
    });
    expect([ids(node), await node.ask('many/x', { type: 'GET' })]).toEqual([['x running'], 1]);
  });

  it('is there after a crash in between: the row alone starts it (K25)', async () => {
    const node = await startNode(children());
    const told = node.tell('maker', { type: 'START' });
    await told;
    const again = await restarted(node);
    expect([ids(again), await again.ask('many/x', { type: 'GET' })]).toEqual([['x running'], 1]);
  });

  it('takes what it is told meanwhile in the commit of its start: one that ends by that leaves no rows (K8, K9)', async () => {
    const node = await startNode(children(quiet));
    await node.tell('maker', { type: 'START' });
    const before = node.journal.written.length;
    await node.tell('many/x', { type: 'END' });
    const written = node.journal.written.slice(before);
    expect(written).toHaveLength(1);
    expect(written[0]).toMatchObject({ mail: { put: [] }, timers: { put: [], remove: [] }, children: { remove: [{ parent: 'many', id: 'x' }] } });
    expect(written[0]?.actors).toMatchObject({ put: [{ address: 'maker' }], remove: [] });
    expect(written[0]?.facts.map(({ kind }) => kind)).toContain('actor.ended');
    await settle();
    expect([ids(node), rows(node), node.store.timers.of('many/x'), node.store.actors.get('many/x')]).toEqual([[], [], [], undefined]);
  });

  it('begins again with what it was told when the commit of both is lost (K9, K10)', async () => {
    const node = await startNode(children(quiet));
    await node.tell('maker', { type: 'START' });
    node.journal.failNext('refused');
    const told = node.tell('many/x', { type: 'END' });
    await expect(told).rejects.toMatchObject({ code: 'JournalUnavailable' });
    await settle();
    expect([ids(node), await node.ask('many/x', { type: 'GET' })]).toEqual([['x running'], 1]);
    await node.tell('many/x', { type: 'END' });
    await settle();
    expect([ids(node), rows(node), node.store.actors.get('many/x')]).toEqual([[], [], undefined]);
  });

  it('and whose batch was lost was never there (K25, K9)', async () => {
    const node = await startNode(children());
    node.journal.failNext('vanished');
    await expect(node.tell('maker', { type: 'START' })).rejects.toMatchObject({ code: 'JournalUnavailable' });
    await settle();
    expect([ids(node), rows(node)]).toEqual([[], []]);
    await expect(node.tell('many/x', { type: 'LATE' })).rejects.toMatchObject({ code: 'NoSuchActor' });
    await node.tell('maker', { type: 'START' });
    await settle();
    expect(ids(node)).toEqual(['x running']);
  });

  it('and whose end was lost is there again, though its supervisor began anew while the journal was silent (K25, K22)', async () => {
    const node = await startNode(children(quiet));
    await node.tell('maker', { type: 'START' });
    await settle();
    node.journal.failNext('vanished');
    const answers = node.journal.goSilent();
    await expect(node.tell('many/x', { type: 'END' })).rejects.toMatchObject({ code: 'JournalUnavailable' });
    await node.system.kill('many');
    await node.pass(1_000);
    answers();
    await node.pass(5_000);
    expect([ids(node), rows(node), await node.ask('many/x', { type: 'GET' })]).toEqual([['x running'], ['x {"n":1}'], 1]);
  });

  it('in place of one that rests, and whose stop its first supervisor did not live to see, starts when that is over (K25, K22)', async () => {
    const resting = { job: (_: unknown, id: string) => worker(id, recorder, { durable: true }) };
    const tree = () => [dynamicSupervisor('many', { durable: true, templates: resting }), worker('maker', quiet, { durable: true })];
    const first = await startNode(tree());
    await first.tell('maker', { type: 'START' });
    await settle();
    const node = await startNode(tree(), { store: first.store, clock: first.clock });
    const read = node.journal.child.bind(node.journal);
    let answer = (): void => undefined;
    const held = new Promise<void>((resolve) => {
      answer = resolve;
    });
    // The look-up of the supervisor that is to stop it, and no other.
    node.journal.child = async (...asked) => {
      node.journal.child = read;
      await held;
      return read(...asked);
    };
    await node.tell('maker', { type: 'STOP' });
    await settle();
    await node.system.kill('many');
    await node.pass(1_000);
    await node.tell('maker', { type: 'START' });
    await node.tell('many/x', { type: 'HELLO' });
    await node.pass(1_000);
    answer();
    await node.pass(1_000);
    expect([ids(node), node.context('many/x')]).toEqual([['x running'], { seen: ['HELLO'] }]);
  });

  it('under an id that is there is left as it is (K25)', async () => {
    const node = await startNode(children());
    await node.tell('maker', { type: 'TWICE' });
    await settle();
    expect([rows(node), await node.ask('many/x', { type: 'GET' })]).toEqual([['x {"n":1}'], 1]);
  });

  it('is not looked up where its row is new; where one was there that memory does not know of, that one starts (K25)', async () => {
    const sleeper = setup({ types: { context: {} as { n: number }, input: {} as { n: number } } }).createMachine({
      context: ({ input }) => input,
      on: { GET: { actions: reply(({ context }: { context: { n: number } }) => context.n) } },
    });
    const caller = setup({ types: { events: {} as { type: 'CALL'; id: string; n: number } } }).createMachine({
      on: { CALL: { actions: startChild('many', ({ event }) => ({ template: 'sleeper', id: event.id, input: { n: event.n } })) } },
    });
    const sleepers = { sleeper: (input: unknown, id: string) => worker(id, sleeper, { durable: true, restart: 'transient', input }) };
    const below = [dynamicSupervisor('many', { durable: true, templates: sleepers }), worker('caller', caller, { durable: true })];
    const node = await startNode(below, { residency: { passivateAfterMs: 1_000 } });
    const looked: string[] = [];
    const child = node.journal.child.bind(node.journal);
    node.journal.child = (parent, id) => {
      looked.push(id);
      return child(parent, id);
    };
    await node.tell('caller', { type: 'CALL', id: 'x', n: 1 });
    await settle();
    expect([ids(node), looked]).toEqual([['x running'], []]);
    await node.pass(60_000);
    expect(ids(node)).toEqual([]);
    await Promise.all([node.tell('caller', { type: 'CALL', id: 'x', n: 2 }), node.tell('caller', { type: 'CALL', id: 'y', n: 3 })]);
    await settle();
    expect([ids(node), looked]).toEqual([
      ['x running', 'y running'],
      ['x', 'y'],
    ]);
    expect([await node.ask('many/x', { type: 'GET' }), await node.ask('many/y', { type: 'GET' })]).toEqual([1, 3]);
  });

  it('takes the place of one that ended in the very same batch, with the mail that is for it (K25)', async () => {
    const node = await startNode(children());
    await node.tell('maker', { type: 'START' });
    await settle();
    const first = node.system.inspect('many/x')?.incarnation as number;
    await node.tell('many/x', { type: 'END' });
    await settle();
    expect([ids(node), rows(node), node.deadLetters()]).toEqual([['x running'], ['x {"n":2}'], []]);
    expect(node.system.inspect('many/x')).toMatchObject({ context: { n: 2 }, mailbox: 0 });
    expect(node.system.inspect('many/x')?.incarnation).toBeGreaterThan(first);
    const again = await restarted(node);
    expect([ids(again), await again.ask('many/x', { type: 'GET' })]).toEqual([['x running'], 2]);
  });

  it('in place of one that ended is gone with a lost batch, and the one before is back (K25, K9)', async () => {
    const node = await startNode(children());
    await node.tell('maker', { type: 'START' });
    await settle();
    node.journal.failNext('refused');
    await expect(node.tell('many/x', { type: 'END' })).rejects.toMatchObject({ code: 'JournalUnavailable' });
    await settle();
    expect([ids(node), rows(node), await node.ask('many/x', { type: 'GET' })]).toEqual([['x running'], ['x {"n":1}'], 1]);
    await node.tell('many/x', { type: 'END' });
    await settle();
    expect(await node.ask('many/x', { type: 'GET' })).toBe(2);
  });
});

describe('a child that a durable step stops', () => {
  it('loses row, snapshot, timers and effects in that commit; its effect is aborted, its mail is dead (K25)', async () => {
    aborted = 0;
    const node = await startNode(children(quiet));
    await node.tell('maker', { type: 'START' });
    await settle();
    const before = node.journal.written.length;
    await node.tell('maker', { type: 'STOP' });
    expect(node.journal.written[before]).toMatchObject({
      children: { remove: [{ parent: 'many', id: 'x' }] },
      actors: { remove: ['many/x'] },
      timers: { remove: [{ address: 'many/x' }] },
      effects: { remove: [expect.any(String)] },
    });
    await settle();
    expect([ids(node), rows(node), aborted]).toEqual([[], [], 1]);
    await expect(node.tell('many/x', { type: 'LATE' })).rejects.toMatchObject({ code: 'NoSuchActor' });
  });

  it('in the step that starts it never was (K25)', async () => {
    const node = await startNode(children());
    await node.tell('maker', { type: 'BRIEF' });
    await settle();
    expect([ids(node), rows(node)]).toEqual([[], []]);
    const again = await restarted(node);
    expect(ids(again)).toEqual([]);
    await expect(again.tell('many/x', { type: 'LATE' })).rejects.toMatchObject({ code: 'NoSuchActor' });
  });
});

describe('a child that is stopped and started under one id', () => {
  it.each([
    ['by one step', ['RENEW']],
    ['by two steps of one batch', ['STOP', 'START']],
  ])('%s is a new one, with its own row, behind the end of the first (K25)', async (_how, types) => {
    const node = await startNode(children());
    await node.tell('maker', { type: 'START' });
    await settle();
    const first = node.system.inspect('many/x')?.incarnation as number;
    await Promise.all(types.map((type) => node.tell('maker', { type })));
    await settle();
    expect([ids(node), rows(node)]).toEqual([['x running'], [expect.stringMatching(/^x /)]]);
    expect(node.system.inspect('many/x')?.incarnation).toBeGreaterThan(first);
    const again = await restarted(node);
    expect(ids(again)).toEqual(['x running']);
  });
});

describe('a child row that cannot be', () => {
  const wrong = setup({ types: { events: {} as { type: string } } }).createMachine({
    on: {
      NO_ID: { actions: startChild('many', { template: 'job', id: 'not an id', input: null }) },
      NO_JSON: { actions: startChild('many', { template: 'job', id: 'x', input: 1n }) },
      NO_ADDRESS: { actions: stopChildAt(() => undefined as never) },
    },
  });

  it.each(['NO_ID', 'NO_JSON', 'NO_ADDRESS'])('is a failed step of who asks for it: %s (K25, K3, K4)', async (type) => {
    const node = await startNode(children(wrong));
    await expect(node.ask('maker', { type })).rejects.toMatchObject({ code: 'MessagePoisoned' });
    expect(rows(node)).toEqual([]);
  });

  it('is refused from outside, and disturbs nobody (K25, K3)', async () => {
    const node = await startNode(children());
    expect(await node.system.startChild('many', { template: 'job', id: 'x', input: 1n })).toMatchObject({ ok: false, reason: 'start_failed' });
    expect(await node.system.startChild('many', { template: 'job', id: 'y', input: null })).toMatchObject({ ok: true });
  });
});

describe('rows of dynamic children', () => {
  it('outlive the restart of their supervisor, and each child goes on from its snapshot (K25)', async () => {
    const node = await startNode(children());
    await node.tell('maker', { type: 'START' });
    await settle();
    const { incarnation } = node.system.inspect('many/x') ?? {};
    await node.system.kill('many');
    await settle();
    expect([ids(node), node.system.inspect('many/x')?.incarnation]).toEqual([['x running'], incarnation]);
  });

  it('are addressable before they run: mail waits for a child whose supervisor is not up (K25)', async () => {
    const node = await startNode(children());
    await node.tell('maker', { type: 'START' });
    await settle();
    const killed = node.system.kill('many');
    const asked = node.ask('many/x', { type: 'GET' });
    await killed;
    expect(await asked).toBe(1);
  });

  it('refuse timers and results of an older incarnation (K25, K15)', async () => {
    const node = await startNode(children());
    await node.tell('maker', { type: 'START' });
    await settle();
    const old = { timers: node.store.timers.of('many/x'), effects: node.store.effects.of('many/x') };
    await node.pass(30_000);
    await node.tell('many/x', { type: 'END' });
    await settle();
    await node.pass(59_999);
    expect([node.value('many/x'), node.context('many/x')]).toEqual(['running', { n: 2 }]);
    expect(node.store.timers.of('many/x').map(({ incarnation }) => incarnation)).not.toContain(old.timers[0]?.incarnation);
    expect(node.store.effects.of('many/x').map(({ key }) => key)).not.toContain(old.effects[0]?.key);
  });
});

describe('mail for a child that is stopped for good', () => {
  it('is dead, also that which was sent to it in the same batch behind its end (K25, K26)', async () => {
    const sender = setup({ types: { events: {} as { type: string } } }).createMachine({
      on: { ENDED: { actions: tell('many/x', { type: 'LATE' }) }, START: { actions: start(1) } },
    });
    const node = await startNode([...children(sender), worker('sink', recorder, { durable: true })]);
    await node.tell('maker', { type: 'START' });
    await settle();
    await node.tell('many/x', { type: 'END' });
    await settle();
    expect([node.deadLetters(), [...node.store.mail.all()]]).toEqual([['noproc LATE'], []]);
  });
});
