import { describe, expect, it } from 'vitest';
import { setup } from 'xstate';
import { joinGroup, leaveGroup, tellGroup } from '../../runtime/index.ts';
import { worker } from '../../supervisors/index.ts';
import { startNode } from '../support/kernel-node.ts';
import { settle } from '../support/settle.ts';
import { tiedActor } from '../support/tied-actor.ts';

const spec = (id: string, durable: boolean, more: object = {}) => worker(id, tiedActor, { durable, ...more });

describe.each([
  ['durable', true],
  ['volatile', false],
] as const)('a %s member', (_kind, durable) => {
  it('joins and leaves while it runs, several groups, each once however often', async () => {
    const node = await startNode([spec('a', durable), spec('b', durable)]);
    for (const about of ['red', 'red', 'blue']) await node.tell('a', { type: 'JOIN', about });
    await node.system.joinGroup('red', 'b');
    await settle();
    expect([node.system.groupMembers('red'), node.system.groupMembers('blue'), node.system.inspect('a')?.groups]).toEqual([['a', 'b'], ['a'], ['red', 'blue']]);
    expect(await node.system.broadcast('red', { type: 'HEAR', text: 'all' })).toEqual(['a', 'b']);
    await node.tell('a', { type: 'LEAVE', about: 'red' });
    await node.system.leaveGroup('red', 'b');
    await settle();
    expect([node.system.groupMembers('red'), node.system.groupMembers('blue')]).toEqual([[], ['a']]);
    expect(await node.ask('a', { type: 'GET' })).toEqual(['HEAR all']);
  });

  it('leaves when it has ended for good', async () => {
    const node = await startNode([spec('a', durable, { restart: 'temporary', groups: ['given'] })]);
    for (const about of ['red', 'given']) await node.tell('a', { type: 'JOIN', about });
    await settle();
    expect([node.system.groupMembers('given'), node.system.groupMembers('red')]).toEqual([['a'], ['a']]);
    await node.tell('a', { type: 'END' });
    await settle();
    expect([node.system.groupMembers('given'), node.system.groupMembers('red'), node.store.ties.of('a')]).toEqual([[], [], []]);
  });

  it('can leave a group of its spec, and is in it again at its next start', async () => {
    const node = await startNode([spec('a', durable, { groups: ['given'] })]);
    await node.tell('a', { type: 'LEAVE', about: 'given' });
    await settle();
    expect(node.system.groupMembers('given')).toEqual([]);
    await node.system.kill('a');
    await settle();
    expect(node.system.groupMembers('given')).toEqual(['a']);
  });
});

describe('membership', () => {
  it('of a durable actor survives its restart and that of the node; of a volatile one it goes with its run', async () => {
    const children = () => [spec('a', true), spec('b', false)];
    const node = await startNode(children());
    for (const id of ['a', 'b']) await node.tell(id, { type: 'JOIN', about: 'red' });
    await settle();
    for (const id of ['a', 'b']) await node.system.kill(id);
    await settle();
    expect(node.system.groupMembers('red')).toEqual(['a']);
    const again = await startNode(children(), { store: node.store, clock: node.clock });
    expect(await again.system.broadcast('red', { type: 'HEAR', text: 'still' })).toEqual(['a']);
    await settle();
    expect(await again.ask('a', { type: 'GET' })).toEqual(['HEAR still']);
  });

  it('is as the actions of a step say, in their order', async () => {
    const member = setup({}).createMachine({
      on: {
        IN: { actions: [tellGroup('red', { type: 'ONE' }), joinGroup('red'), tellGroup('red', { type: 'TWO' })] },
        OUT: { actions: [tellGroup('red', { type: 'THREE' }), leaveGroup('red'), tellGroup('red', { type: 'FOUR' })] },
        '*': {},
      },
    });
    for (const durable of [true, false]) {
      const node = await startNode([worker('a', member, { durable })]);
      await node.tell('a', { type: 'IN' });
      await node.tell('a', { type: 'OUT' });
      await settle();
      const types = node.system.history('a').map(({ type }) => type);
      expect(types.filter((type) => type !== 'troupe.init').toSorted()).toEqual(['IN', 'OUT', 'THREE', 'TWO']);
    }
  });

  it('that a spec gives and a join repeats is left all the same, also after the next boot without the spec saying so', async () => {
    const node = await startNode([spec('a', true, { groups: ['given'] })]);
    await node.tell('a', { type: 'JOIN', about: 'given' });
    await node.tell('a', { type: 'LEAVE', about: 'given' });
    await settle();
    expect(node.system.groupMembers('given')).toEqual([]);
    const again = await startNode([spec('a', true)], { store: node.store, clock: node.clock });
    expect(again.system.groupMembers('given')).toEqual([]);
  });

  it('that was lost with its batch is none, and what was left by it is not left (K10)', async () => {
    const node = await startNode([spec('a', true, { groups: ['given'] }), spec('b', true)]);
    await node.tell('b', { type: 'JOIN', about: 'blue' });
    node.journal.failNext('vanished');
    const lost = [node.tell('a', { type: 'JOIN', about: 'red' }), node.tell('a', { type: 'LEAVE', about: 'given' }), node.tell('b', { type: 'LEAVE', about: 'blue' })];
    expect((await Promise.allSettled(lost)).map(({ status }) => status)).toEqual(['rejected', 'rejected', 'rejected']);
    await settle();
    expect(['red', 'given', 'blue'].map((group) => node.system.groupMembers(group))).toEqual([[], ['a'], ['b']]);
  });
});
