import { describe, expect, it } from 'vitest';
import { assign, setup } from 'xstate';
import { deferReply, reply, tell } from '../../runtime/index.ts';
import { dynamicSupervisor, worker } from '../../supervisors/index.ts';
import { startNode } from '../support/kernel-node.ts';
import { settle } from '../support/settle.ts';

interface Said {
  readonly type: string;
  readonly name?: string;
  readonly value?: unknown;
}
const answer = reply<{ n: number }, Said>(({ event }: { event: Said }) => event.value, { to: ({ event }: { event: Said }) => event.name ?? 'x' });

const clerk = setup({ types: { context: {} as { n: number }, events: {} as Said } }).createMachine({
  context: { n: 0 },
  initial: 'open',
  on: {
    COUNT: { actions: [assign({ n: ({ context }) => context.n + 1 }), reply(({ context }: { context: { n: number } }) => context.n)] },
    SILENT: { actions: assign({ n: ({ context }) => context.n + 1 }) },
    LATER: { actions: [assign({ n: ({ context }) => context.n + 1 }), deferReply(({ event }) => event.name ?? 'x')] },
    ANSWER: {
      actions: [answer, reply('thanks')],
    },
    TWICE: { actions: [reply('first'), reply('second')] },
    END: '.ended',
  },
  states: { open: {}, ended: { type: 'final' } },
});
const spec = (restart: 'permanent' | 'temporary' = 'permanent') => worker('clerk', clerk, { durable: true, restart });

describe.each([
  ['durable', true],
  ['volatile', false],
])('an ask of a %s actor', (_kind, durable) => {
  it('is answered by the reply of the step that takes it, once (K23)', async () => {
    const node = await startNode([worker('clerk', clerk, { durable })]);
    expect(await node.ask('clerk', { type: 'COUNT' })).toBe(1);
    expect(await node.ask('clerk', { type: 'TWICE' })).toBe('first');
  });

  it('is answered later, by name, when the actor kept its return address (K23)', async () => {
    const node = await startNode([worker('clerk', clerk, { durable })]);
    const one = node.ask('clerk', { type: 'LATER', name: 'one' });
    const two = node.ask('clerk', { type: 'LATER', name: 'two' });
    expect(await node.ask('clerk', { type: 'ANSWER', name: 'two', value: 2 })).toBe('thanks');
    expect(await two).toBe(2);
    await node.tell('clerk', { type: 'ANSWER', name: 'one', value: 1 });
    expect(await one).toBe(1);
  });

  it('ends at its deadline with AskTimeout, which does not say that nobody acted (K23)', async () => {
    const node = await startNode([worker('clerk', clerk, { durable })]);
    const silent = expect(node.ask('clerk', { type: 'SILENT' }, { timeoutMs: 50 })).rejects.toMatchObject({ code: 'AskTimeout' });
    await node.pass(50);
    await silent;
    expect(await node.ask('clerk', { type: 'COUNT' })).toBe(2);
    await settle();
    expect(node.clock.pending).toBe(0);
  });

  it('of nobody fails at once (K23)', async () => {
    const node = await startNode([worker('clerk', clerk, { durable })]);
    await expect(node.ask('nobody', { type: 'COUNT' })).rejects.toMatchObject({ code: 'NoSuchActor' });
  });

  it('fails at once when the actor ends for good (K23)', async () => {
    const node = await startNode([worker('clerk', clerk, { durable, restart: 'temporary' })]);
    const kept = expect(node.ask('clerk', { type: 'LATER' })).rejects.toMatchObject({ code: 'ActorDown' });
    await settle();
    await node.tell('clerk', { type: 'END' });
    await kept;
  });
});

describe('an ask of a durable actor', () => {
  it('waits over a kill and its restart: neither is down (K23)', async () => {
    const node = await startNode([spec()]);
    const kept = node.ask('clerk', { type: 'LATER' });
    await settle();
    await node.system.kill('clerk');
    const queued = node.ask('clerk', { type: 'COUNT' });
    expect(await queued).toBe(2);
    await node.tell('clerk', { type: 'ANSWER', value: 'kept' });
    expect(await kept).toBe('kept');
  });

  it('that waits for a reply deferred by a life that is over is told so, while the next life takes its mail (K23, K25)', async () => {
    const node = await startNode([spec('permanent')]);
    const kept = expect(node.ask('clerk', { type: 'LATER' })).rejects.toMatchObject({ code: 'ActorDown' });
    await settle();
    await node.tell('clerk', { type: 'END' });
    await kept;
    await settle();
    expect(await node.ask('clerk', { type: 'COUNT' })).toBe(1);
  });

  it('under an id acts once however often it is asked, and each asker gets the one reply (K23)', async () => {
    const node = await startNode([spec()]);
    const ask = () => node.ask('clerk', { type: 'COUNT' }, { id: 'q' });
    expect(await Promise.all([ask(), ask(), ask()])).toEqual([1, 1, 1]);
    const again = await startNode([spec()], { store: node.store, clock: node.clock });
    expect(await again.ask('clerk', { type: 'COUNT' }, { id: 'q' })).toBe(1);
    expect(await again.ask('clerk', { type: 'COUNT' })).toBe(2);
  });

  it('again under an id whose reply never comes leaves nothing behind at its deadline (K23)', async () => {
    const node = await startNode([spec()]);
    await node.tell('clerk', { type: 'SILENT' }, { id: 'q' });
    const before = node.system.counts();
    const asked = [1, 2].map(() => expect(node.ask('clerk', { type: 'SILENT' }, { id: 'q', timeoutMs: 50 })).rejects.toMatchObject({ code: 'AskTimeout' }));
    await settle();
    expect(node.system.counts()).toMatchObject({ openAsks: 2, awaitedReceipts: 1 });
    await node.pass(50);
    await Promise.all(asked);
    expect(node.system.counts()).toEqual(before);
  });

  it('under an id whose reply was deferred is answered after a crash too, by asking again (K23)', async () => {
    const node = await startNode([spec()]);
    const lost = expect(node.ask('clerk', { type: 'LATER', name: 'x' }, { id: 'q' })).rejects.toMatchObject({ code: 'NodeStopped' });
    await settle();
    const again = await startNode([spec()], { store: node.store, clock: node.clock });
    const asked = again.ask('clerk', { type: 'LATER', name: 'x' }, { id: 'q' });
    await settle();
    await again.tell('clerk', { type: 'ANSWER', name: 'x', value: 'at last' });
    expect(await asked).toBe('at last');
    expect(await again.ask('clerk', { type: 'COUNT' })).toBe(2);
    await node.system.stop();
    await lost;
  });

  it('under an id that is still on its way to the disk acts once as well (K23, K10)', async () => {
    const node = await startNode([spec()]);
    const release = node.journal.holdCommits();
    const first = node.ask('clerk', { type: 'COUNT' }, { id: 'q' });
    await settle();
    const second = node.ask('clerk', { type: 'COUNT' }, { id: 'q' });
    await settle();
    release();
    expect(await Promise.all([first, second])).toEqual([1, 1]);
    expect(await node.ask('clerk', { type: 'COUNT' })).toBe(2);
  });

  it('gets its reply only once the step behind it is on disk (K23, K9)', async () => {
    const node = await startNode([spec()]);
    node.journal.failNext('vanished');
    await expect(node.ask('clerk', { type: 'COUNT' })).rejects.toMatchObject({ code: 'JournalUnavailable' });
    await settle();
    expect(await node.ask('clerk', { type: 'COUNT' })).toBe(1);
  });

  it('by a durable actor is a tell, a correlation and an `after`: it outlives a crash of both (K23)', async () => {
    const asker = setup({ types: { context: {} as { got: unknown }, events: {} as { type: string; value?: unknown } } }).createMachine({
      context: { got: null },
      initial: 'idle',
      states: {
        idle: { on: { ASK: 'waiting' } },
        waiting: {
          entry: tell('server', { type: 'QUESTION', from: 'asker' }, { delay: 10 }),
          on: { ANSWER: { target: 'done', actions: assign({ got: ({ event }) => event.value }) } },
          after: { 1000: 'late' },
        },
        done: {},
        late: {},
      },
    });
    const server = setup({ types: { events: {} as { type: string; from: string } } }).createMachine({
      on: { QUESTION: { actions: tell(({ event }) => (event as { from: string }).from, { type: 'ANSWER', value: 42 }, { delay: 10 }) } },
    });
    const children = () => [worker('server', server, { durable: true }), worker('asker', asker, { durable: true })];
    const node = await startNode(children());
    await node.tell('asker', { type: 'ASK' });
    const second = await startNode(children(), { store: node.store, clock: node.clock });
    await second.pass(10);
    const third = await startNode(children(), { store: second.store, clock: second.clock });
    await third.pass(10);
    expect([third.value('asker'), third.context('asker')]).toEqual(['done', { got: 42 }]);
  });
});

describe('a group', () => {
  it('loses those that ended for good, so that a broadcast reaches the others', async () => {
    const member = (id: string) => worker(id, clerk, { durable: true, restart: 'temporary', groups: ['clerks'] });
    const node = await startNode([member('one'), member('two'), worker('three', clerk, { restart: 'temporary', groups: ['clerks'] }), dynamicSupervisor('none')]);
    expect(await node.system.broadcast('clerks', { type: 'SILENT' })).toEqual(['one', 'two', 'three']);
    for (const id of ['one', 'three']) await node.tell(id, { type: 'END' });
    await settle();
    expect(await node.system.broadcast('clerks', { type: 'SILENT' })).toEqual(['two']);
    expect(node.deadLetters()).toEqual([]);
  });
});
