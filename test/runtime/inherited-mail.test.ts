import { describe, expect, it } from 'vitest';
import { assign, setup } from 'xstate';
import { type Backoff, effect, type RestartType, reply, startChild, stopChildAt, tell } from '../../runtime/index.ts';
import { dynamicSupervisor, worker } from '../../supervisors/index.ts';
import { type KernelNode, startNode } from '../support/kernel-node.ts';
import { settle } from '../support/settle.ts';

const hold = effect({ idempotent: true, run: () => new Promise(() => undefined) });
/** Counts ADD, keeps LATER for the other state, ends on DIE. */
const counter = setup({ types: { context: {} as { n: number }, events: {} as { type: string } }, actors: { hold } }).createMachine({
  context: { n: 0 },
  initial: 'living',
  on: { ADD: { actions: assign({ n: ({ context }) => context.n + 1 }) }, GET: { actions: reply(({ context }: { context: { n: number } }) => context.n) } },
  states: { living: { invoke: { src: 'hold' }, after: { 60000: 'dead' }, on: { DIE: 'dead' } }, dead: { type: 'final' } },
});
const renewer = setup({ types: { events: {} as { type: string } } }).createMachine({
  on: {
    RENEW_AND_TELL: { actions: [stopChildAt('many/x'), startChild('many', { template: 'one', id: 'x', input: null }), tell('many/x', { type: 'ADD' })] },
    RENEW: { actions: [stopChildAt('many/x'), startChild('many', { template: 'one', id: 'x', input: null })] },
    STOP: { actions: stopChildAt('many/x') },
  },
});

async function startOne(inherit: boolean, restart: RestartType = 'permanent', backoff?: Backoff): Promise<KernelNode> {
  const one = (_input: unknown, id: string) => worker(id, counter, { durable: true, restart, inherit, postpone: ['LATER'], ...(backoff === undefined ? {} : { backoff }) });
  const node = await startNode([dynamicSupervisor('many', { durable: true, templates: { one } }), worker('renewer', renewer, { durable: true })]);
  await node.system.startChild('many', { template: 'one', id: 'x', input: null });
  return node;
}

/** In one batch, so that the mail is in the mailbox of the one that ends. */
async function tellAll(node: KernelNode, ...types: string[]): Promise<void> {
  await Promise.all(types.map((type) => node.tell('many/x', { type })));
  await settle();
}

describe('mail that a dynamic child leaves behind', () => {
  it('is dead `noproc`, though the next incarnation is there (K25, K26)', async () => {
    const node = await startOne(false);
    const first = node.system.inspect('many/x')?.incarnation as number;
    await tellAll(node, 'LATER', 'DIE', 'ADD', 'ADD');
    expect([node.deadLetters(), [...node.store.mail.all()], node.context('many/x')]).toEqual([['noproc LATER', 'noproc ADD', 'noproc ADD'], [], { n: 0 }]);
    expect(node.system.inspect('many/x')?.incarnation).toBeGreaterThan(first);
  });

  it('passes to the next incarnation if the spec says `inherit`, what was postponed too (K25)', async () => {
    const node = await startOne(true);
    await tellAll(node, 'LATER', 'DIE', 'ADD', 'ADD');
    expect([node.deadLetters(), node.context('many/x')]).toEqual([[], { n: 2 }]);
    expect([...node.store.mail.all()].map(({ state, envelope }) => `${state} ${envelope.message.type}`)).toEqual(['postponed LATER']);
  });

  it('passes over a crash right behind the commit of the end (K25)', async () => {
    const node = await startOne(true);
    await tellAll(node, 'LATER');
    const template = (_input: unknown, id: string) => worker(id, counter, { durable: true, inherit: true, postpone: ['LATER'] });
    const told = Promise.all(['DIE', 'ADD'].map((type) => node.tell('many/x', { type })));
    await told;
    const again = await startNode([dynamicSupervisor('many', { durable: true, templates: { one: template } }), worker('renewer', renewer, { durable: true })], {
      store: node.store,
      clock: node.clock,
    });
    expect([again.context('many/x'), again.deadLetters()]).toEqual([{ n: 1 }, []]);
  });

  it('passes when one step ends the child and starts the next, and not when one only ends it (K25)', async () => {
    const renewed = await startOne(true, 'transient');
    const at = (node: KernelNode, type: string) => Promise.all([node.tell('renewer', { type }), node.tell('many/x', { type: 'ADD' }, { priority: 'low' })]);
    await tellAll(renewed, 'LATER');
    await at(renewed, 'RENEW');
    await settle();
    expect([renewed.deadLetters(), renewed.context('many/x')]).toEqual([[], { n: 1 }]);
    const stopped = await startOne(true, 'transient');
    await tellAll(stopped, 'LATER');
    await at(stopped, 'STOP');
    await settle();
    expect(stopped.deadLetters()).toEqual(['noproc LATER', 'noproc ADD']);
  });

  it.each([
    ["is dead, and what comes for the next one is that one's", false, ['noproc LATER', 'noproc ADD'], 1],
    ['passes if the spec says `inherit`', true, [], 2],
  ])('of a child that waits for its restart, renewed by one step, %s (K25)', async (_what, inherit, dead, n) => {
    const node = await startOne(inherit, 'transient', { baseMs: 60_000, maxMs: 60_000, resetAfterMs: 0 });
    await tellAll(node, 'LATER');
    await node.system.kill('many/x');
    await settle();
    expect(node.system.whichChildren('many')).toMatchObject([{ id: 'x', state: 'restarting' }]);
    await node.tell('many/x', { type: 'ADD' });
    await node.tell('renewer', { type: 'RENEW_AND_TELL' });
    await settle();
    expect([node.deadLetters().sort(), node.context('many/x'), node.system.whichChildren('many').map(({ state }) => state)]).toEqual([[...dead].sort(), { n }, ['running']]);
  });

  it('without a next incarnation is dead, whatever the spec says (K26)', async () => {
    const node = await startOne(true, 'transient');
    await tellAll(node, 'DIE', 'ADD');
    expect([node.deadLetters(), node.store.children.of('many')]).toEqual([['noproc ADD'], []]);
  });

  it('is inherited without asks, timers and effects: those were meant for the one that is gone (K25)', async () => {
    const node = await startOne(true);
    const old = { timer: node.store.timers.of('many/x')[0], effect: node.store.effects.of('many/x')[0] };
    const died = node.tell('many/x', { type: 'DIE' });
    const asked = expect(node.ask('many/x', { type: 'GET' })).rejects.toMatchObject({ code: 'ActorDown' });
    await Promise.all([died, node.tell('many/x', { type: 'ADD' }), asked]);
    await settle();
    expect([node.deadLetters(), node.context('many/x')]).toEqual([['noproc GET'], { n: 1 }]);
    expect(node.store.timers.of('many/x').map(({ incarnation }) => incarnation)).not.toContain(old.timer?.incarnation);
    expect(node.store.effects.of('many/x').map(({ key }) => key)).not.toContain(old.effect?.key);
    expect(await node.ask('many/x', { type: 'GET' })).toBe(1);
  });
});
