// A batch that cannot be built or written though the journal is well: found one by one, and charged to the message that is at fault.
import { describe, expect, it } from 'vitest';
import { assign, fromTransition, setup } from 'xstate';
import { type CommitBatch, effect, JournalFailure, memoryJournal, reply, tell } from '../../runtime/index.ts';
import { worker } from '../../supervisors/index.ts';
import { FaultyJournal } from '../support/faulty-journal.ts';
import { type KernelNode, startNode } from '../support/kernel-node.ts';
import { settle } from '../support/settle.ts';
import { boom, recorder } from '../support/small-actors.ts';

/** Writes types down; SEND tells `sink` something besides. */
const sender = setup({ types: { context: {} as { seen: string[] }, events: {} as { type: string } } }).createMachine({
  context: { seen: [] },
  on: {
    SEND: { actions: [assign({ seen: ({ context }) => [...context.seen, 'SEND'] }), tell('sink', { type: 'SENT' })] },
    GET: { actions: reply(({ context }: { context: { seen: string[] } }) => context.seen) },
    '*': { actions: assign({ seen: ({ context, event }) => [...context.seen, event.type] }) },
  },
});
const frail = setup({ types: { events: {} as { type: string } } }).createMachine({ on: { BAD: { actions: assign(() => boom()) } } });
const door = setup({ types: { context: {} as { seen: number[] }, events: {} as { type: string; n: number } } }).createMachine({
  context: { seen: [] },
  initial: 'closed',
  states: { closed: { on: { OPEN: 'open' } }, open: { on: { KNOCK: { actions: assign({ seen: ({ context, event }) => [...context.seen, event.n] }) } } } },
});
const children = () => [...['a', 'b', 'c'].map((id) => worker(id, sender, { durable: true })), worker('sink', recorder, { durable: true })];
const steps = (type: string) => (batch: CommitBatch) => batch.facts.some(({ kind, body }) => kind === 'steps' && body.includes(`"${type}"`));
const buries = (type: string) => (batch: CommitBatch) => batch.deadLetters.some(({ envelope }) => envelope.message.type === type);

async function burst(node: KernelNode): Promise<void> {
  const told = ['a', 'b', 'c'].flatMap((id) => ['ONE', 'TWO'].map((type) => node.tell(id, { type })));
  await Promise.all([...told, node.tell('b', { type: 'SEND' }), node.tell('b', { type: 'LAST' })]);
  await settle(200);
}

describe('a batch that the journal refuses for one of its rows', () => {
  it.each([
    ['the step is at fault', steps('SEND')],
    ['its dead letter cannot be written either', (batch: CommitBatch) => steps('SEND')(batch) || buries('SEND')(batch)],
  ])('goes whole (%s): its inputs run again, each once, and only the message at fault ends as a dead letter (K11)', async (_what, unwritable) => {
    const node = await startNode(children());
    node.journal.refuse(unwritable);
    await burst(node);
    expect([node.context('a'), node.context('b'), node.context('c')]).toEqual([{ seen: ['ONE', 'TWO'] }, { seen: ['ONE', 'TWO', 'LAST'] }, { seen: ['ONE', 'TWO'] }]);
    expect(node.context('sink')).toEqual({ seen: [] });
    expect(node.system.deadLetters()).toMatchObject([{ reason: 'poisoned', detail: 'planned: unwritable', envelope: { message: { type: 'SEND' } } }]);
    expect([node.system.ready, node.store.mail.of('b')]).toEqual([true, []]);
    const next = await startNode(children(), { store: node.store });
    expect([next.context('b'), next.deadLetters()]).toEqual([{ seen: ['ONE', 'TWO', 'LAST'] }, []]);
  });

  it('and that refuses a message which had been cancelled before it came refuses it again, and nobody takes it (K11, K22, G2)', async () => {
    const node = await startNode(children());
    await node.tell('b', { type: 'STOP' }, { priority: 'control', about: 'job' });
    node.journal.refuse(steps('SEND'));
    await Promise.all([node.tell('b', { type: 'WORK' }, { id: 'job' }), node.tell('b', { type: 'SEND' })]);
    await settle(200);
    expect(node.context('b')).toEqual({ seen: ['STOP'] });
    expect(node.deadLetters()).toEqual(['cancelled WORK', 'poisoned SEND']);
  });

  it('takes back the attempts of what failed in its company: that is tried again, and its dead letter says its own error (K11, K12)', async () => {
    const node = await startNode([...children(), worker('frail', frail, { durable: true })]);
    node.journal.refuse(steps('SEND'));
    await Promise.all([node.tell('frail', { type: 'BAD' }), node.tell('b', { type: 'SEND' })]);
    await settle(200);
    const attempts = node.telemetry.flatMap((event) => (event.kind === 'actor.failed_step' && event.address === 'frail' ? [event.attempts] : []));
    expect([attempts, node.system.deadLetters().find(({ envelope }) => envelope.to === 'frail')?.detail]).toEqual([[1, 2, 3], 'planned']);
  });

  it('takes back what it had postponed: that comes again in its order, whether it had a row before or not (K11, G3)', async () => {
    const node = await startNode([...children(), worker('door', door, { durable: true, postpone: ['KNOCK'] })]);
    await node.system.terminateChild('', 'door');
    await node.tell('door', { type: 'KNOCK', n: 1 });
    let tries = 0;
    node.journal.refuse(({ mail }) => {
      const both = mail.put.filter(({ state }) => state === 'postponed').length === 2;
      if (both) tries += 1;
      return both && tries === 1;
    });
    const release = node.journal.holdCommits();
    const told = [node.tell('a', { type: 'ONE' })];
    await settle();
    void node.system.restartChild('', 'door');
    await settle();
    told.push(node.tell('door', { type: 'KNOCK', n: 2 }));
    await settle();
    release();
    await Promise.all(told);
    await settle(200);
    await node.tell('door', { type: 'OPEN' });
    await settle();
    expect(node.context('door')).toEqual({ seen: [1, 2] });
  });

  it('tells who asked, after three attempts (K11)', async () => {
    const node = await startNode(children());
    node.journal.refuse(steps('SEND'));
    await expect(node.ask('b', { type: 'SEND' })).rejects.toMatchObject({
      code: 'MessagePoisoned',
      message: expect.stringContaining('failed 3 times on SEND: planned: unwritable'),
    });
    expect(await node.ask('b', { type: 'GET' })).toEqual([]);
  });

  it('counts its attempts on disk: what is left of three is tried after a crash (K11)', async () => {
    const node = await startNode(children());
    let tries = 0;
    const counted = (batch: CommitBatch): boolean => {
      const refused = steps('SEND')(batch);
      if (refused) tries += 1;
      return refused;
    };
    node.journal.refuse(counted);
    void node.tell('b', { type: 'SEND' });
    while (node.store.mail.of('b')[0]?.attempts !== 2) await settle(1);
    const first = tries;
    node.journal.goDown();
    const unwilling = new FaultyJournal(memoryJournal({ store: node.store }));
    unwilling.refuse(counted);
    const next = await startNode(children(), { journal: unwilling });
    await next.tell('b', { type: 'ONE' });
    await settle(100);
    expect([next.context('b').seen, next.deadLetters()]).toEqual([['ONE'], ['poisoned SEND']]);
    // Once in company, and once alone.
    expect(tries - first).toBeLessThanOrEqual(2);
  });

  it('is buried though its actor has nothing else to do and leaves memory at once (K11, K27)', async () => {
    const idle = worker('idle', sender, { durable: true, passivate: true });
    const node = await startNode([...children(), idle], { residency: { passivateAfterMs: 20 } });
    await node.pass(30);
    node.journal.refuse(steps('SEND'));
    await node.tell('idle', { type: 'SEND' });
    while (node.store.mail.of('idle')[0]?.attempts !== 2) await settle(1);
    // Its time is up while the last attempt is on its way.
    const release = node.journal.holdCommits();
    await settle();
    node.clock.advance(30);
    release();
    await settle(200);
    expect([node.deadLetters(), [...node.store.mail.all()]]).toEqual([['poisoned SEND'], []]);
  });

  it('is buried with what it failed of, also when its actor is killed meanwhile and the successor comes first (K11, K12)', async () => {
    const node = await startNode(children());
    node.journal.refuse(steps('SEND'));
    await node.tell('b', { type: 'SEND' });
    while (node.store.mail.of('b')[0]?.attempts !== 2) await settle(1);
    const release = node.journal.holdCommits();
    await settle();
    const killed = node.system.kill('b', 'crash');
    await settle();
    release();
    await killed;
    await settle(200);
    expect(node.system.deadLetters()).toMatchObject([{ reason: 'poisoned', detail: 'planned: unwritable', envelope: { message: { type: 'SEND' } } }]);
    expect(node.telemetry.filter((event) => event.kind === 'actor.started' && event.address === 'b')).toHaveLength(2);
  });

  it('in a journal that is silent behind that: who was told that it may be lost tries again, and is heard once (K10, K11)', async () => {
    const node = await startNode(children());
    const { journal } = node;
    const once = journal.refuse((batch) => steps('ONE')(batch));
    const { recover, receipt } = journal;
    journal.recover = () => {
      once();
      journal.recover = recover;
      return Promise.reject(new JournalFailure('environment', 'failed', 'planned: silent'));
    };
    const told = ['a', 'b'].map((to) => node.tell(to, { type: 'ONE' }, { id: `one-${to}` }));
    for (const one of told) await expect(one).rejects.toMatchObject({ code: 'JournalUnavailable' });
    // The second try looks for a receipt before what was kept of the first could have one.
    let looked = (): void => undefined;
    const late = new Promise<void>((resolve) => {
      looked = resolve;
    });
    journal.receipt = async (address, id) => {
      const row = await receipt.call(journal, address, id);
      await late;
      return row;
    };
    const again = ['a', 'b'].map((to) => node.tell(to, { type: 'ONE' }, { id: `one-${to}` }));
    await settle();
    const release = journal.holdCommits();
    await node.pass(5_000);
    looked();
    await settle();
    release();
    await Promise.all(again);
    await settle(100);
    expect([node.context('a').seen, node.context('b').seen]).toEqual([['ONE'], ['ONE']]);
  });

  it('that is mail for somebody who does not run is refused to its sender, and holds up nobody (K11)', async () => {
    const node = await startNode([...children(), worker('held', recorder, { durable: true, version: 1 })]);
    await node.tell('held', { type: 'ONE' });
    await node.system.stop();
    const next = await startNode([...children(), worker('held', recorder, { durable: true, version: 2 })], { store: node.store });
    next.journal.refuse(({ mail }) => mail.put.some(({ envelope }) => envelope.message.type === 'CURSED'));
    const cursed = next.tell('held', { type: 'CURSED' });
    await expect(cursed).rejects.toMatchObject({ code: 'InvalidMessage', message: expect.stringContaining('the journal does not take it') });
    await next.tell('a', { type: 'ONE' });
    expect([next.context('a'), next.deadLetters()]).toEqual([{ seen: ['ONE'] }, ['invalid CURSED']]);
  });

  it('that says an effect has started is the failure of that effect (K11, K17)', async () => {
    const runs: string[] = [];
    const work = effect({ idempotent: false, run: async ({ key }) => void runs.push(key) });
    const logic = setup({ actors: { work } }).createMachine({
      initial: 'idle',
      states: { idle: { on: { GO: 'busy' } }, busy: { invoke: { src: 'work', onDone: 'done', onError: 'failed' } }, done: {}, failed: {} },
    });
    const node = await startNode([worker('a', logic, { durable: true })]);
    node.journal.refuse(({ effects }) => effects.put.some(({ state }) => state === 'started'));
    await node.tell('a', { type: 'GO' });
    await settle(100);
    expect([node.value('a'), runs]).toEqual(['failed', []]);
  });

  it('that is the start of a child is a failed start (K11)', async () => {
    const node = await startNode(children());
    node.journal.refuse(({ actors }) => actors.put.some(({ address }) => address === 'new'));
    const answer = await node.system.startChild('', worker('new', recorder, { durable: true, restart: 'temporary' }));
    expect(answer).toMatchObject({ ok: false, reason: 'start_failed', detail: 'planned: unwritable' });
    await node.tell('a', { type: 'ONE' });
  });
});

describe('a batch that cannot be built', () => {
  it('is the failed attempt of the message whose step leaves a state that cannot be persisted (K11, K3)', async () => {
    const counting = fromTransition((state: { n: number }, event: { type: string }) => ({ n: event.type === 'ADD' ? state.n + 1 : -1 }), { n: 0 });
    const getPersistedSnapshot = (snapshot: { context: { n: number } }): unknown => {
      if (snapshot.context.n < 0) throw new Error('planned: no such state');
      return counting.getPersistedSnapshot(snapshot as never);
    };
    const node = await startNode([worker('a', { ...counting, getPersistedSnapshot } as never, { durable: true }), ...children().slice(1)]);
    await Promise.all([node.tell('a', { type: 'ADD' }), node.tell('b', { type: 'ONE' }), node.tell('a', { type: 'ADD' }), node.tell('a', { type: 'BREAK' })]);
    await settle(200);
    expect([node.context('a'), node.context('b'), node.deadLetters()]).toEqual([{ n: 2 }, { seen: ['ONE'] }, ['poisoned BREAK']]);
  });
});
