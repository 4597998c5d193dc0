import { describe, expect, it } from 'vitest';
import { assign, setup } from 'xstate';
import { type ChildSpec, type Down, describeExit, monitor } from '../../runtime/index.ts';
import { worker } from '../../supervisors/index.ts';
import { type KernelNode, startNode } from '../support/kernel-node.ts';
import { settle } from '../support/settle.ts';
import { recorder } from '../support/small-actors.ts';
import { tiedActor } from '../support/tied-actor.ts';

const watch = (node: KernelNode, address: string) => {
  const seen: string[] = [];
  const stop = node.system.monitor(address, (down: Down) => void seen.push(`${down.type} ${down.address} ${describeExit(down.reason)}`));
  return { seen, stop };
};

describe.each([
  ['durable', true],
  ['volatile', false],
])('a monitor of a %s actor', (_kind, durable) => {
  it('is told once when it goes, with the reason', async () => {
    const node = await startNode([worker('a', recorder, { durable })]);
    const { seen } = watch(node, 'a');
    await node.system.kill('a');
    await node.system.kill('a', 'crash').catch(() => undefined);
    await settle();
    expect(seen).toEqual(['DOWN a killed']);
  });

  it('is told of an orderly end, and not at all when it has stopped watching', async () => {
    const node = await startNode([worker('a', recorder, { durable })]);
    const one = watch(node, 'a');
    const two = watch(node, 'a');
    two.stop();
    await node.system.terminateChild('', 'a');
    expect([one.seen, two.seen]).toEqual([['DOWN a shutdown'], []]);
  });
});

describe.each([
  ['durable', 'durable'],
  ['durable', 'volatile'],
  ['volatile', 'durable'],
  ['volatile', 'volatile'],
])('a %s actor that monitors a %s one', (one, other) => {
  const pair = (restart: 'permanent' | 'temporary' = 'permanent') =>
    startNode([worker('a', tiedActor, { durable: one === 'durable' }), worker('b', tiedActor, { durable: other === 'durable', restart })]);
  const heard = (node: KernelNode): unknown => node.context('a').heard;

  it('is told of its end once, behind all that it had said, however often it asked', async () => {
    const node = await pair();
    for (let n = 0; n < 3; n += 1) await node.tell('a', { type: 'MONITOR', about: 'b' });
    for (const text of ['one', 'two']) await node.tell('b', { type: 'SAY', about: 'a', text });
    await settle();
    await node.system.kill('b');
    await settle();
    await node.system.kill('b');
    await settle();
    expect(heard(node)).toEqual(['HEAR one', 'HEAR two', 'DOWN b: killed']);
    expect([node.system.inspect('a')?.monitors, [...node.store.ties.all()]]).toEqual([[], []]);
  });

  it('is told the last word of its last step before its normal end', async () => {
    const node = await pair('temporary');
    await node.tell('a', { type: 'MONITOR', about: 'b' });
    await node.tell('b', { type: 'SAY_AND_END', about: 'a', text: 'bye' });
    await settle();
    expect(heard(node)).toEqual(['HEAR bye', 'DOWN b: normal']);
  });

  it('is told at once when nobody is there, and nothing once it stopped watching', async () => {
    const node = await pair();
    await node.tell('a', { type: 'MONITOR', about: 'nobody' });
    await node.tell('a', { type: 'MONITOR', about: 'b' });
    await node.tell('a', { type: 'DEMONITOR', about: 'b' });
    await node.system.kill('b');
    await settle();
    expect(heard(node)).toEqual(['DOWN nobody: noproc']);
  });
});

describe('a durable actor that monitors', () => {
  const children = (durable: boolean, more: readonly ChildSpec[] = []) => [worker('a', tiedActor, { durable: true }), worker('b', tiedActor, { durable }), ...more];
  const next = (node: KernelNode, specs: readonly ChildSpec[]) => startNode(specs, { store: node.store, clock: node.clock });

  it('goes on watching over its own restart and that of the node, and is told then, once (K27)', async () => {
    const node = await startNode(children(true));
    await node.tell('a', { type: 'MONITOR', about: 'b' });
    await node.system.kill('a');
    await settle();
    const second = await next(node, children(true));
    await second.system.kill('b');
    await settle();
    const third = await next(second, children(true));
    await third.system.kill('b');
    await settle();
    expect(third.context('a').heard).toEqual(['DOWN b: killed']);
  });

  it('learns after a boot of what went with the node before: noproc, though another runs at the address by then (K27)', async () => {
    const node = await startNode(children(false));
    await node.tell('a', { type: 'MONITOR', about: 'b' });
    await settle();
    let last = node;
    for (let boot = 0; boot < 2; boot += 1) last = await next(last, children(false));
    expect([last.context('a').heard, last.system.inspect('a')?.monitors]).toEqual([['DOWN b: noproc'], []]);
  });

  it('has its notice in the commit of the end itself: a crash behind that commit loses neither (K27, K9)', async () => {
    const node = await startNode(children(true));
    await node.tell('a', { type: 'MONITOR', about: 'b' });
    await settle();
    const before = node.journal.written.length;
    await node.tell('b', { type: 'END' });
    const [end] = node.journal.written.slice(before);
    expect([end?.ties.remove, end?.facts.map(({ kind }) => kind)]).toEqual([[{ kind: 'monitor', holder: 'a', other: 'b' }], ['actor.ended', 'steps']]);
    const second = await next(node, children(true));
    expect(second.context('a').heard).toEqual(['DOWN b: normal']);
  });

  it('watches one that is held for its spec is gone: that is neither alive nor dead, and nobody is told', async () => {
    const node = await startNode(children(true));
    await node.tell('a', { type: 'MONITOR', about: 'b' });
    await settle();
    const second = await next(node, children(true).slice(0, 1));
    expect([second.context('a').heard, second.system.inspect('a')?.monitors]).toEqual([[], ['b']]);
  });

  it('watches no more when another incarnation takes its place (K26)', async () => {
    const node = await startNode(children(true));
    await node.tell('a', { type: 'MONITOR', about: 'b' });
    await node.tell('a', { type: 'END' });
    await settle();
    await node.system.kill('b');
    await settle();
    expect([node.context('a').heard, [...node.store.ties.all()]]).toEqual([[], []]);
  });

  it('takes the notice when its state does: postponed till then, a dead letter where it is never taken', async () => {
    const busy = setup({ types: { context: {} as { downs: string[] } } }).createMachine({
      context: { downs: [] },
      initial: 'busy',
      entry: monitor('b'),
      states: { busy: { on: { FREE: 'free' } }, free: { on: { DOWN: { actions: assign({ downs: ({ context, event }) => [...context.downs, String(event.address)] }) } } } },
    });
    for (const durable of [true, false]) {
      const node = await startNode([worker('b', tiedActor, { durable }), worker('patient', busy, { durable, postpone: ['DOWN'] }), worker('deaf', busy, { durable })]);
      await node.system.kill('b');
      await settle();
      expect([node.context('patient').downs, node.deadLetters()]).toEqual([[], ['unhandled DOWN']]);
      await node.tell('patient', { type: 'FREE' });
      await settle();
      expect(node.context('patient').downs).toEqual(['b']);
    }
  });
});

describe('a monitor', () => {
  it('of nobody is told at once', async () => {
    const node = await startNode([]);
    const { seen } = watch(node, 'nobody');
    await settle(1);
    expect(seen).toEqual(['DOWN nobody noproc']);
  });

  it('that throws disturbs neither the others nor the node', async () => {
    const node = await startNode([worker('a', recorder, { durable: true })]);
    node.system.monitor('a', () => {
      throw new Error('planned');
    });
    const { seen } = watch(node, 'a');
    await node.system.kill('a');
    await node.tell('a', { type: 'ALIVE' });
    await settle();
    expect([seen, node.context('a')]).toEqual([['DOWN a killed'], { seen: ['ALIVE'] }]);
  });
});
