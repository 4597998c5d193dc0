// Durable actors that leave memory when they are idle, and a node that has some.
import { expect } from 'vitest';
import { assign, fromCallback, raise, setup } from 'xstate';
import { type Down, deferReply, describeExit, effect, reply } from '../../runtime/index.ts';
import { dynamicSupervisor, worker } from '../../supervisors/index.ts';
import { type KernelNode, startNode } from './kernel-node.ts';
import { settle } from './settle.ts';
import { recorder } from './small-actors.ts';

export const IDLE_MS = 60_000;
export const residency = { passivateAfterMs: IDLE_MS };
const hold = effect({ idempotent: true, run: () => new Promise(() => undefined) });

/** Can be made to have anything that keeps an actor in memory. */
export const busy = setup({
  types: { context: {} as { seen: unknown[] }, events: {} as { type: string; n?: number } },
  actors: { hold, listen: fromCallback(() => () => undefined) },
}).createMachine({
  context: { seen: [] },
  initial: 'idle',
  on: {
    GET: { actions: reply(({ context }: { context: { seen: unknown[] } }) => context.seen) },
    DEFER: { actions: deferReply('later') },
    ANSWER: { actions: reply('late', { to: 'later' }) },
    NOTE: { actions: assign({ seen: ({ context, event }) => [...context.seen, event.n ?? event.type] }) },
    TICK: { actions: assign({ seen: ({ context }) => [...context.seen, 'TICK'] }) },
    WAIT: { actions: raise({ type: 'TICK' }, { delay: 10 * IDLE_MS }) },
    WORK: '.working',
    LISTEN: '.listening',
    REST: '.idle',
  },
  states: { idle: {}, working: { invoke: { src: 'hold' } }, listening: { invoke: { src: 'listen' } } },
});

export const busyOptions = { durable: true, restart: 'transient', postpone: ['LATER'], groups: ['all'] } as const;
export const templates = { one: (_input: unknown, id: string) => worker(id, busy, busyOptions) };
export const many = () => [dynamicSupervisor('many', { durable: true, intensity: 20, templates }), worker('sink', recorder, { durable: true })];
export const row = (id: string) => ({ template: 'one', id, input: null });

export async function startOne(...types: string[]): Promise<KernelNode> {
  const node = await startNode(many(), { residency });
  await node.system.startChild('many', row('x'));
  for (const type of types) await node.tell('many/x', { type });
  await settle();
  return node;
}

/** One that has left memory. */
export async function passivated(...types: string[]): Promise<KernelNode> {
  const node = await startOne(...types);
  await node.pass(IDLE_MS);
  expect((await node.system.look('many/x'))?.state).toBe('passivated');
  return node;
}
export const stateOf = async (node: KernelNode, address = 'many/x') => (await node.system.look(address))?.state;
export const watch = (node: KernelNode, address: string) => {
  const seen: string[] = [];
  node.system.monitor(address, ({ reason }: Down) => void seen.push(describeExit(reason)));
  return seen;
};
