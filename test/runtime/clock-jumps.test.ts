// Four days that go by at once, as after a machine was asleep, are to timers what four days hour by hour are.
import { describe, expect, it } from 'vitest';
import { assign, raise, setup } from 'xstate';
import type { ChildSpec } from '../../runtime/index.ts';
import { dynamicSupervisor, supervisor, worker } from '../../supervisors/index.ts';
import { type KernelNode, startNode } from '../support/kernel-node.ts';
import { settle } from '../support/settle.ts';

const HOUR_MS = 3_600_000;
const HOURS = 96;

const sleeper = setup({ types: { context: {} as { rung: readonly number[] }, events: {} as { type: string; hours: number } } }).createMachine({
  context: { rung: [] },
  on: {
    SLEEP: { actions: raise(({ event }) => ({ type: 'RING', hours: event.hours }), { delay: ({ event }) => event.hours * HOUR_MS }) },
    RING: { actions: assign({ rung: ({ context, event }) => [...context.rung, event.hours] }) },
  },
});
const idle = { durable: true, passivate: true } as const;
const ids = ['a', 'b'];
const asStatic = (): ChildSpec => supervisor('many', { children: ids.map((id) => worker(id, sleeper, idle)) });
const asDynamic = (): ChildSpec => dynamicSupervisor('many', { durable: true, templates: { one: (_: unknown, id: string) => worker(id, sleeper, idle) } });

/** Both have timers, set in no order, and have left memory. */
async function asleep(many: ChildSpec): Promise<KernelNode> {
  const node = await startNode([many]);
  if (node.system.countChildren('many').specs === 0) for (const id of ids) await node.system.startChild('many', { template: 'one', id, input: null });
  for (const hours of [50, 30, 40]) await node.tell('many/a', { type: 'SLEEP', hours });
  for (const hours of [45, 70, 20]) await node.tell('many/b', { type: 'SLEEP', hours });
  await settle();
  await node.pass(HOUR_MS);
  expect(await Promise.all(ids.map(async (id) => (await node.system.look(`many/${id}`))?.state))).toEqual(['passivated', 'passivated']);
  return node;
}

const rung = (node: KernelNode) =>
  Promise.all(ids.map(async (id) => (await node.system.look(`many/${id}`))?.context)).then((contexts) => contexts.map((context) => (context as { rung: number[] }).rung));

describe('the timers of actors that are out of memory', () => {
  it.each([
    ['a supervisor', 'at once', asStatic, [HOURS]],
    ['a supervisor', 'hour by hour', asStatic, Array.from({ length: HOURS }, () => 1)],
    ['a dynamic supervisor', 'at once', asDynamic, [HOURS]],
    ['a dynamic supervisor', 'hour by hour', asDynamic, Array.from({ length: HOURS }, () => 1)],
  ] as const)('below %s all fire, in the order of their times, when four days go by %s (K20, K27)', async (_above, _how, many, jumps) => {
    const node = await asleep(many());
    for (const hours of jumps) await node.pass(hours * HOUR_MS);
    expect([await rung(node), [...node.store.timers.all()]]).toEqual([
      [
        [30, 40, 50],
        [20, 45, 70],
      ],
      [],
    ]);
  });

  it('fire after a boot that is late for all of them, without more time going by (K20)', async () => {
    const node = await asleep(asDynamic());
    await node.system.stop();
    node.clock.advance(HOURS * HOUR_MS);
    const again = await startNode([asDynamic()], { store: node.store, clock: node.clock });
    expect(await rung(again)).toEqual([
      [30, 40, 50],
      [20, 45, 70],
    ]);
  });
});

describe('a timer that is due when its actor is read back', () => {
  it('rings once, though a batch that took it could not be written (K11, K20)', async () => {
    const node = await startNode([worker('a', sleeper, { durable: true })]);
    await node.tell('a', { type: 'SLEEP', hours: 1 });
    let refused = 0;
    const well = node.journal.refuse(() => {
      refused += 1;
      return refused === 1;
    });
    await node.pass(HOUR_MS);
    well();
    expect([refused > 1, node.context('a'), [...node.store.timers.all()]]).toEqual([true, { rung: [1] }, []]);
  });
});
