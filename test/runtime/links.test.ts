import { describe, expect, it } from 'vitest';
import { setup } from 'xstate';
import { link, monitor, tell, via } from '../../runtime/index.ts';
import { dynamicSupervisor, supervisor, worker } from '../../supervisors/index.ts';
import { type KernelNode, type NodeOptions, startNode } from '../support/kernel-node.ts';
import { settle } from '../support/settle.ts';
import { tiedActor } from '../support/tied-actor.ts';

const KINDS = [
  ['durable', 'durable'],
  ['durable', 'volatile'],
  ['volatile', 'durable'],
  ['volatile', 'volatile'],
] as const;

async function pair(one: string, other: string, options: { readonly trapExits?: boolean } = {}, node: NodeOptions = {}) {
  const spec = (id: string, kind: string, more: object = {}) => worker(id, tiedActor, { durable: kind === 'durable', restart: 'temporary', ...more });
  return startNode([spec('a', one, options), spec('b', other)], node);
}
const alive = (node: KernelNode): string[] => ['a', 'b', 'c'].filter((id) => node.system.inspect(id)?.state === 'running');
const heard = (node: KernelNode, id = 'a'): unknown => node.context(id).heard;

async function told(node: KernelNode, id: string, type: string, about?: string): Promise<void> {
  await node.tell(id, { type, about });
  await settle();
}

describe.each(KINDS)('a link from a %s actor to a %s one', (one, other) => {
  it('ends the one when the other is killed, and the other way round', async () => {
    for (const [victim, at] of [
      ['a', 'b'],
      ['b', 'a'],
    ] as const) {
      const node = await pair(one, other);
      await told(node, 'a', 'LINK', 'b');
      expect([node.links('a'), node.links('b')]).toEqual([['b'], ['a']]);
      await node.system.kill(victim);
      await settle();
      expect([victim, alive(node), at]).toEqual([victim, [], at]);
      expect(node.exits()).toEqual([`${victim} killed`, `${at} killed`]);
      expect(node.store.ties.of('a').length + node.store.ties.of('b').length).toBe(0);
    }
  });

  it('is EXIT to who traps exits, behind the last word of the other; a normal end too', async () => {
    for (const how of ['kill', 'end'] as const) {
      const node = await pair(one, other, { trapExits: true });
      await told(node, 'a', 'LINK', 'b');
      if (how === 'kill') {
        await node.tell('b', { type: 'SAY', about: 'a', text: 'last' });
        await node.system.kill('b');
      } else {
        await node.tell('b', { type: 'SAY_AND_END', about: 'a', text: 'last' });
      }
      await settle();
      expect(heard(node)).toEqual(['HEAR last', how === 'kill' ? 'EXIT b: killed' : 'EXIT b: normal']);
      expect([alive(node), node.links('a')]).toEqual([['a'], []]);
    }
  });

  it('is no reason to end when the other ends normally, and is gone then', async () => {
    const node = await pair(one, other);
    await told(node, 'a', 'LINK', 'b');
    await told(node, 'b', 'END');
    expect([alive(node), heard(node), node.links('a')]).toEqual([['a'], [], []]);
  });

  it('that was cut is no link any more, whoever cut it', async () => {
    for (const [cutter, from] of [
      ['a', 'b'],
      ['b', 'a'],
    ] as const) {
      const node = await pair(one, other, { trapExits: true });
      await told(node, 'a', 'LINK', 'b');
      await told(node, cutter, 'UNLINK', from);
      await node.system.kill('b');
      await settle();
      expect([alive(node), heard(node)]).toEqual([['a'], []]);
    }
  });

  it('to nobody ends who asked for it with noproc, or tells it', async () => {
    const node = await pair(one, other);
    await told(node, 'a', 'LINK', 'nobody');
    expect([alive(node), node.exits()]).toEqual([['b'], ['a noproc']]);
    const trapping = await pair(one, other, { trapExits: true });
    await told(trapping, 'a', 'LINK', 'nobody');
    expect([alive(trapping), heard(trapping)]).toEqual([['a', 'b'], ['EXIT nobody: noproc']]);
  });
});

describe('links', () => {
  it('pass an exit on through all that are linked, once to each, a ring of them too', async () => {
    const ids = Array.from({ length: 200 }, (_, index) => `w${index}`);
    const node = await startNode(ids.map((id, index) => worker(id, tiedActor, { durable: index % 2 === 0, restart: 'temporary' })));
    for (const [index, id] of ids.entries()) await node.tell(id, { type: 'LINK', about: ids[(index + 1) % ids.length] });
    await settle();
    await node.system.kill('w7');
    await settle(1_000);
    expect(node.exits().sort()).toEqual(ids.map((id) => `${id} killed`).sort());
  });

  it('are ended with the run: who comes back under a supervisor is linked to nobody', async () => {
    const spec = (id: string) => worker(id, tiedActor, { durable: true });
    const node = await startNode([spec('a'), spec('b')]);
    await told(node, 'a', 'LINK', 'b');
    await node.system.kill('b');
    await settle();
    expect([alive(node), node.links('a'), node.links('b')]).toEqual([['a', 'b'], [], []]);
    await node.system.kill('b');
    await settle();
    expect(node.exits()).toEqual(['b killed', 'a killed', 'b killed']);
  });

  it('hold over a restart of the node; to what was volatile they end then, once (K27)', async () => {
    const children = (b: boolean) => [worker('a', tiedActor, { durable: true, trapExits: true }), worker('b', tiedActor, { durable: b })];
    const node = await startNode(children(true));
    await told(node, 'a', 'LINK', 'b');
    const again = await startNode(children(true), { store: node.store, clock: node.clock });
    expect([heard(again), again.links('a'), again.links('b')]).toEqual([[], ['b'], ['a']]);
    await again.system.kill('b');
    await settle();
    expect(heard(again)).toEqual(['EXIT b: killed']);

    const mixed = await startNode(children(false));
    await told(mixed, 'a', 'LINK', 'b');
    let last = mixed;
    for (let boot = 0; boot < 2; boot += 1) last = await startNode(children(false), { store: mixed.store, clock: mixed.clock });
    expect([heard(last), last.links('a')]).toEqual([['EXIT b: noproc'], []]);
  });

  it('of a durable actor outlive an orderly stop of the node as they outlive its crash: neither is a death (K27)', async () => {
    const children = () => [worker('a', tiedActor, { durable: true, trapExits: true }), worker('b', tiedActor, { durable: true })];
    const node = await startNode(children());
    await told(node, 'a', 'LINK', 'b');
    await told(node, 'a', 'MONITOR', 'b');
    await node.system.stop();
    const again = await startNode(children(), { store: node.store, clock: node.clock });
    expect([heard(again), again.links('a')]).toEqual([[], ['b']]);
    await told(again, 'b', 'END');
    expect((heard(again) as string[]).toSorted()).toEqual(['DOWN b: normal', 'EXIT b: normal']);
  });

  it('to a supervisor end the worker with it, and never the supervisor with the worker', async () => {
    const node = await startNode([supervisor('s', { children: [worker('x', tiedActor)] }), worker('a', tiedActor, { durable: true, restart: 'temporary' })]);
    await told(node, 'a', 'LINK', 's');
    await node.system.kill('a');
    await settle();
    expect(node.exits()).toEqual(['a killed']);
    const other = await startNode([supervisor('s', { children: [] }), worker('a', tiedActor, { restart: 'temporary' })]);
    await told(other, 'a', 'LINK', 's');
    await other.system.kill('s');
    await settle();
    expect(other.exits()).toEqual(['s killed', 'a killed']);
  });

  it('are given from outside too; of nobody they are refused', async () => {
    for (const [one, other] of KINDS) {
      const node = await pair(one, other);
      await node.system.link('b', 'a');
      expect([node.links('a'), node.links('b')]).toEqual([['b'], ['a']]);
      await node.system.unlink('a', 'b');
      await settle();
      expect([node.links('a'), node.links('b')]).toEqual([[], []]);
      await expect(node.system.link('a', 'nobody')).rejects.toMatchObject({ code: 'NoSuchActor' });
      await expect(node.system.link('nobody', 'a')).rejects.toMatchObject({ code: 'NoSuchActor' });
    }
  });

  it('of an actor that one step links and ends reach the other (K9)', async () => {
    const brief = setup({}).createMachine({ initial: 'idle', states: { idle: { on: { GO: { target: 'over', actions: link('a') } } }, over: { type: 'final' } } });
    for (const durable of [true, false]) {
      const node = await startNode([worker('a', tiedActor, { durable, trapExits: true }), worker('b', brief, { durable: true, restart: 'temporary' })]);
      await told(node, 'b', 'GO');
      expect(heard(node)).toEqual(['EXIT b: normal']);
    }
  });

  it('that were lost with their batch are no links (K10)', async () => {
    for (const other of ['durable', 'volatile']) {
      const node = await pair('durable', other, { trapExits: true });
      node.journal.failNext('vanished');
      await expect(node.tell('a', { type: 'LINK', about: 'b' })).rejects.toMatchObject({ code: 'JournalUnavailable' });
      await settle();
      expect([node.links('a'), node.links('b')]).toEqual([[], []]);
      await told(node, 'a', 'LINK', 'b');
      expect([node.links('a'), node.links('b')]).toEqual([['b'], ['a']]);
    }
  });

  it('that were cut by a batch that was lost still hold (K10)', async () => {
    const node = await pair('durable', 'durable', { trapExits: true });
    await told(node, 'a', 'LINK', 'b');
    node.journal.failNext('vanished');
    await expect(node.tell('a', { type: 'UNLINK', about: 'b' })).rejects.toMatchObject({ code: 'JournalUnavailable' });
    await settle();
    await node.system.kill('b');
    await settle();
    expect(heard(node)).toEqual(['EXIT b: killed']);
  });

  it('pass an exit to who waits for its own restart: it is the run that was linked that ends, and not the next', async () => {
    const node = await startNode([
      worker('a', tiedActor, { durable: true, backoff: { baseMs: 100, maxMs: 100, resetAfterMs: 1_000 } }),
      worker('b', tiedActor, { durable: true }),
      worker('c', tiedActor, { durable: true }),
    ]);
    await told(node, 'a', 'LINK', 'b');
    await told(node, 'a', 'LINK', 'c');
    await Promise.all([node.system.kill('b'), node.system.kill('c')]);
    await settle();
    await node.pass(1_000);
    expect(node.exits().toSorted()).toEqual(['a killed', 'b killed', 'c killed']);
    expect(alive(node)).toEqual(['a', 'b', 'c']);
  });

  it('between two that are killed at once end each run once, and spare the runs that follow', async () => {
    for (const [one, other] of KINDS) {
      const node = await startNode([worker('a', tiedActor, { durable: one === 'durable' }), worker('b', tiedActor, { durable: other === 'durable' })]);
      for (const pair of [
        ['a', 'b'],
        ['b', 'a'],
      ]) {
        await node.system.link('a', 'b');
        const before = node.exits().length;
        await Promise.all(pair.map((id) => node.system.kill(id)));
        await settle();
        expect([one, other, node.exits().slice(before).toSorted()]).toEqual([one, other, ['a killed', 'b killed']]);
      }
    }
  });

  it('to two that went with the node before end the first run once, and spare the next (K27)', async () => {
    const children = () => [worker('p', tiedActor, { durable: true }), worker('a', tiedActor), worker('b', tiedActor)];
    const node = await startNode(children());
    for (const id of ['a', 'b']) await node.system.link('p', id);
    const again = await startNode(children(), { store: node.store, clock: node.clock, limits: { steps: 1, turn: 1 } });
    expect(again.exits()).toEqual(['p noproc']);
    expect([...again.store.mail.all()]).toEqual([]);
  });

  it('are told of the death of a dynamic child, also when a step stops it', async () => {
    const template = (_input: unknown, id: string) => worker(id, tiedActor, { durable: true, restart: 'transient' });
    const node = await startNode([dynamicSupervisor('many', { durable: true, templates: { t: template } }), worker('a', tiedActor, { durable: true, trapExits: true })]);
    for (const id of ['x', 'y']) {
      await node.system.startChild('many', { template: 't', id, input: null });
      await told(node, 'a', 'LINK', `many/${id}`);
      await told(node, 'a', 'MONITOR', `many/${id}`);
    }
    await node.system.terminateChild('many', 'x');
    await told(node, 'many/y', 'END');
    expect((heard(node) as string[]).toSorted()).toEqual(['DOWN many/x: shutdown', 'DOWN many/y: normal', 'EXIT many/x: shutdown', 'EXIT many/y: normal']);
  });

  it('and monitors made by the first step of an actor count from there', async () => {
    const first = setup({ types: { context: {} as { heard: string[] } } }).createMachine({
      entry: [monitor('nobody'), monitor('b'), tell('self', { type: 'HEAR', text: 'myself' }), tell(via('nameless'), { type: 'HEAR' })],
      ...tiedActor.config,
    } as never);
    for (const durable of [true, false]) {
      const node = await startNode([worker('b', tiedActor, { durable }), worker('self', first, { durable })]);
      await node.system.kill('b');
      await settle();
      expect(heard(node, 'self')).toEqual(['DOWN nobody: noproc', 'HEAR myself', 'DOWN b: killed']);
      expect(node.deadLetters()).toEqual(['noproc HEAR']);
    }
  });
});
