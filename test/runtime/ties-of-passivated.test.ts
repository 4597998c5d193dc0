import { describe, expect, it } from 'vitest';
import { via } from '../../runtime/index.ts';
import { dynamicSupervisor, worker } from '../../supervisors/index.ts';
import { type KernelNode, startNode } from '../support/kernel-node.ts';
import { settle } from '../support/settle.ts';
import { tiedActor } from '../support/tied-actor.ts';

const IDLE_MS = 60_000;

/** `many/x` has left memory; `a` and `b` have not. */
async function passivated(tie: (node: KernelNode) => Promise<unknown>, trapExits = false, restart: 'permanent' | 'temporary' = 'temporary'): Promise<KernelNode> {
  const templates = { one: (_input: unknown, id: string) => worker(id, tiedActor, { durable: true, restart, trapExits }) };
  const awake = (id: string, durable: boolean) => worker(id, tiedActor, { durable, trapExits: true, ...(durable ? { passivate: false } : {}) });
  const node = await startNode([dynamicSupervisor('many', { durable: true, intensity: 20, templates }), awake('a', true), awake('b', false)], {
    residency: { passivateAfterMs: IDLE_MS },
  });
  await node.system.startChild('many', { template: 'one', id: 'x', input: null });
  await tie(node);
  await settle();
  await node.pass(IDLE_MS);
  await node.pass(IDLE_MS);
  expect((await node.system.look('many/x'))?.state).toBe('passivated');
  return node;
}
const heard = async (node: KernelNode, id: string) => node.ask(id, { type: 'GET' });

describe('an actor that has left memory', () => {
  it('is alive to who is tied to it: nobody is told, and it can be tied to (K27)', async () => {
    const node = await passivated(async (before) => {
      await before.tell('a', { type: 'MONITOR', about: 'many/x' });
      await before.system.link('a', 'many/x');
    });
    await node.tell('b', { type: 'LINK', about: 'many/x' });
    await settle();
    expect([await heard(node, 'a'), await heard(node, 'b'), node.links('a'), node.links('b')]).toEqual([[], [], ['many/x'], ['many/x']]);
    expect((await node.system.look('many/x'))?.state).toBe('passivated');
  });

  it('hears of an end that it monitors, and of one that it is linked to when it traps exits (K27)', async () => {
    for (const other of ['a', 'b']) {
      const node = await passivated(async (before) => {
        await before.tell('many/x', { type: 'MONITOR', about: other });
        await before.system.link('many/x', other);
      }, true);
      await node.system.kill(other);
      await settle();
      expect(((await heard(node, 'many/x')) as string[]).toSorted()).toEqual([`DOWN ${other}: killed`, `EXIT ${other}: killed`]);
    }
  });

  it('ends with what it is linked to, and its supervisor decides (K27)', async () => {
    for (const restart of ['temporary', 'permanent'] as const) {
      const node = await passivated(({ system }) => system.link('many/x', 'a'), false, restart);
      await node.system.kill('a');
      await settle();
      expect(node.exits()).toEqual(['a killed', 'many/x killed']);
      const child = node.system.whichChildren('many').map(({ state }) => state);
      expect([restart, child, node.links('many/x')]).toEqual([restart, restart === 'temporary' ? [] : ['running'], []]);
    }
  });

  it('that is terminated is told of like any other (K27)', async () => {
    const node = await passivated(async (before) => {
      for (const id of ['a', 'b']) await before.tell(id, { type: 'MONITOR', about: 'many/x' });
      for (const id of ['a', 'b']) await before.system.link(id, 'many/x');
      await before.system.registerName('desk', 'many/x');
      await before.system.joinGroup('red', 'many/x');
    });
    await node.system.terminateChild('many', 'x');
    await settle();
    for (const id of ['a', 'b']) expect(((await heard(node, id)) as string[]).toSorted()).toEqual(['DOWN many/x: shutdown', 'EXIT many/x: shutdown']);
    expect([node.system.whereis('desk'), node.system.groupMembers('red'), [...node.store.ties.all()], node.system.counts().ties]).toEqual([undefined, [], [], 0]);
  });

  it('keeps its names and groups, and comes back for what is sent to them (K27)', async () => {
    const node = await passivated(async ({ system }) => {
      await system.registerName('desk', 'many/x');
      await system.joinGroup('red', 'many/x');
    });
    await node.tell(via('desk'), { type: 'HEAR', text: 'by name' });
    expect(await node.system.broadcast('red', { type: 'HEAR', text: 'all' })).toEqual(['many/x']);
    expect(await node.ask(via('desk'), { type: 'GET' })).toEqual(['HEAR by name', 'HEAR all']);
  });
});
