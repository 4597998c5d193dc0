import { describe, expect, it } from 'vitest';
import { setup } from 'xstate';
import { registerName, tell, unregisterName, via } from '../../runtime/index.ts';
import { dynamicSupervisor, worker } from '../../supervisors/index.ts';
import { startNode } from '../support/kernel-node.ts';
import { settle } from '../support/settle.ts';
import { tiedActor } from '../support/tied-actor.ts';

const KINDS = [
  ['durable', true],
  ['volatile', false],
] as const;
const spec = (id: string, durable: boolean, more: object = {}) => worker(id, tiedActor, { durable, ...more });

describe.each(KINDS)('a name of a %s actor', (_kind, durable) => {
  it('leads to it, from outside and from other actors, at the time of sending', async () => {
    const node = await startNode([spec('a', durable), spec('b', true), spec('c', false)]);
    await node.system.registerName('desk', 'a');
    expect([node.system.whereis('desk'), node.system.inspect('a')?.names]).toEqual(['a', ['desk']]);
    await node.tell(via('desk'), { type: 'HEAR', text: 'outside' });
    for (const id of ['b', 'c']) await node.tell(id, { type: 'SAY', about: via('desk'), text: id });
    await settle();
    expect(await node.ask(via('desk'), { type: 'GET' })).toEqual(['HEAR outside', 'HEAR b', 'HEAR c']);
    await node.system.unregisterName('desk');
    await node.system.registerName('desk', 'b');
    await node.tell(via('desk'), { type: 'HEAR', text: 'moved' });
    expect(await node.ask('b', { type: 'GET' })).toEqual(['HEAR moved']);
  });

  it('has one holder: another is refused with NameTaken, the same one may ask again', async () => {
    const node = await startNode([spec('a', durable), spec('b', true), spec('c', false)]);
    await node.system.registerName('desk', 'a');
    await node.system.registerName('desk', 'a');
    for (const other of ['b', 'c']) await expect(node.system.registerName('desk', other)).rejects.toMatchObject({ code: 'NameTaken', details: { name: 'desk', holder: 'a' } });
    const all = ['a', 'b', 'c'].map((id) => node.system.registerName('till', id));
    expect((await Promise.allSettled(all)).filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
  });

  it('that another holds is a failed step of who wants it', async () => {
    const node = await startNode([spec('a', true), spec('b', durable, { restart: 'temporary' })]);
    await node.tell('a', { type: 'NAME', about: 'desk' });
    await expect(node.ask('b', { type: 'NAME', about: 'desk' })).rejects.toThrow("'desk' is registered by a");
    await settle();
    expect(node.system.whereis('desk')).toBe('a');
    expect(node.deadLetters()).toEqual(durable ? ['poisoned NAME'] : []);
    expect(node.exits()).toEqual(durable ? [] : ["b crash: 'desk' is registered by a"]);
  });

  it('is free again when the actor has ended for good', async () => {
    for (const end of ['END', 'kill', 'terminate'] as const) {
      const template = (_input: unknown, id: string) => spec(id, durable, { restart: 'temporary' });
      const node = await startNode([dynamicSupervisor('many', { durable, templates: { t: template } }), spec('b', true)]);
      if (durable) await node.system.startChild('many', { template: 't', id: 'a', input: null });
      else await node.system.startChild('many', template(null, 'a'));
      await node.system.registerName('desk', 'many/a');
      if (end === 'END') await node.tell('many/a', { type: 'END' });
      if (end === 'kill') await node.system.kill('many/a');
      if (end === 'terminate') await node.system.terminateChild('many', 'a');
      await settle();
      expect([end, node.system.whereis('desk')]).toEqual([end, undefined]);
      await node.system.registerName('desk', 'b');
      await expect(node.tell(via('nobody'), { type: 'HEAR' })).rejects.toMatchObject({ code: 'NoSuchActor' });
    }
  });
});

describe('a name', () => {
  it('of a durable actor is kept over its restart and that of the node; of a volatile one it goes with its run', async () => {
    const children = () => [spec('a', true), spec('b', false)];
    const node = await startNode(children());
    await node.tell('a', { type: 'NAME', about: 'kept' });
    await node.tell('b', { type: 'NAME', about: 'lost' });
    await settle();
    for (const id of ['a', 'b']) await node.system.kill(id);
    await settle();
    expect([node.system.whereis('kept'), node.system.whereis('lost')]).toEqual(['a', undefined]);
    await node.tell('b', { type: 'NAME', about: 'lost' });
    const again = await startNode(children(), { store: node.store, clock: node.clock });
    expect([again.system.whereis('kept'), again.system.whereis('lost')]).toEqual(['a', undefined]);
    await again.tell('b', { type: 'SAY', about: via('kept'), text: 'hello' });
    await settle();
    expect(await again.ask('a', { type: 'GET' })).toEqual(['HEAR hello']);
  });

  it('can be taken and told by one step, and given away by one to another within a batch', async () => {
    const both = setup({}).createMachine({
      on: {
        TAKE: { actions: [registerName('desk'), tell(via('desk'), { type: 'MINE' })] },
        PASS: { actions: [tell(via('desk'), { type: 'MINE' }), unregisterName('desk'), tell('b', { type: 'NAME', about: 'desk' })] },
        MINE: {},
      },
    });
    const node = await startNode([worker('a', both, { durable: true }), spec('b', true)]);
    await Promise.all([node.tell('a', { type: 'TAKE' }), node.tell('a', { type: 'PASS' })]);
    await settle();
    expect([node.system.whereis('desk'), node.deadLetters(), node.system.history('a').flatMap(({ type }) => (type === 'troupe.init' ? [] : [type]))]).toEqual([
      'b',
      [],
      ['TAKE', 'PASS', 'MINE', 'MINE'],
    ]);
    expect([...node.store.ties.all()]).toEqual([{ kind: 'name', holder: 'b', other: 'desk' }]);
  });

  it("that is let go by a batch on its way is nobody else's until that is written (K9)", async () => {
    const node = await startNode([spec('a', true), spec('c', false)]);
    await node.system.registerName('desk', 'a');
    const release = node.journal.holdCommits();
    const gone = node.tell('a', { type: 'UNNAME', about: 'desk' });
    await settle();
    await expect(node.system.registerName('desk', 'c')).rejects.toMatchObject({ code: 'NameTaken' });
    node.journal.failNext('vanished');
    release();
    await expect(gone).rejects.toMatchObject({ code: 'JournalUnavailable' });
    await settle();
    expect(node.system.whereis('desk')).toBe('a');
    await node.tell('a', { type: 'UNNAME', about: 'desk' });
    await node.system.registerName('desk', 'c');
    expect(node.system.whereis('desk')).toBe('c');
  });

  it('is written as a segment of an address, and is given to somebody who is there', async () => {
    const node = await startNode([spec('a', true)]);
    await expect(node.system.registerName('no name', 'a')).rejects.toMatchObject({ code: 'InvalidAddress' });
    await expect(node.system.registerName('desk', 'nobody')).rejects.toMatchObject({ code: 'NoSuchActor' });
    expect(() => via('a/b')).toThrow(expect.objectContaining({ code: 'InvalidAddress' }));
    await expect(node.ask('a', { type: 'NAME', about: 'a/b' })).rejects.toMatchObject({ code: 'MessagePoisoned' });
  });
});
