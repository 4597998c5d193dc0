import { describe, expect, it } from 'vitest';
import { assign, raise, setup } from 'xstate';
import { memoryJournal, memoryStore, SimulatedClock } from '../../runtime/index.ts';
import { dynamicSupervisor, worker } from '../../supervisors/index.ts';
import { nextBatch } from '../support/commit-batches.ts';
import { startNode } from '../support/kernel-node.ts';
import { count } from '../support/length.ts';
import { settle } from '../support/settle.ts';

const ACTORS = count(3_000, 100_000);
const MOST = 500;
const DELAY_MS = 60_000;

const sleeper = setup({ types: { context: {} as { rung: number }, events: {} as { type: string } } }).createMachine({
  context: { rung: 0 },
  on: { SLEEP: { actions: raise({ type: 'RING' }, { delay: DELAY_MS }) }, RING: { actions: assign({ rung: ({ context }) => context.rung + 1 }) } },
});
const children = () => [dynamicSupervisor('many', { durable: true, templates: { one: (_: unknown, id: string) => worker(id, sleeper, { durable: true, restart: 'transient' }) } })];

/** As many sleeping actors as one that a node has made, by its rows. */
async function asleep() {
  const store = memoryStore();
  const clock = new SimulatedClock();
  const node = await startNode(children(), { store, clock });
  await node.system.startChild('many', { template: 'one', id: 'x', input: null });
  await node.tell('many/x', { type: 'SLEEP' });
  await node.system.stop();
  const journal = memoryJournal({ store });
  const head = await journal.open();
  const { actor, timers } = await journal.load('many/x');
  const row = await journal.child('many', 'x');
  if (actor === null || row === undefined) throw new Error('no row to copy');
  const ids = Array.from({ length: ACTORS - 1 }, (_, n) => `y${n}`);
  const at = (id: string) => ({ address: `many/${id}` });
  await journal.commit(
    nextBatch(head, {
      actors: { put: ids.map((id) => ({ ...actor, ...at(id) })), remove: [] },
      timers: { put: ids.flatMap((id) => timers.map((timer) => ({ ...timer, ...at(id), to: at(id).address }))), remove: [] },
      children: { put: ids.map((id, n) => ({ ...row, id, seq: row.seq + n + 1 })), remove: [], awake: ids.map((id) => ({ parent: 'many', id, awake: false })) },
      counters: { child: row.seq + ids.length },
    }),
  );
  await journal.close();
  return { store, clock };
}

describe('timers of many actors that are not in memory, due at once', () => {
  it('all fire, once, a page at a time: the working set stays bounded, and nobody is started before (K20, K27)', async () => {
    const { store, clock } = await asleep();
    const node = await startNode(children(), { store, clock, residency: { maxResident: MOST } });
    expect([node.system.countChildren('many').specs, [...store.timers.all()].length]).toEqual([0, ACTORS]);
    let most = 0;
    node.system.onTelemetry(({ kind }) => {
      if (kind === 'journal.committed') most = Math.max(most, node.system.countChildren('many').specs);
    });
    await node.pass(DELAY_MS);
    for (let round = 0; round < ACTORS && [...store.timers.all()].length > 0; round += 1) {
      node.clock.advance(0);
      await settle(4);
    }
    const rung = [...store.actors.all()].map(({ snapshot }) => (JSON.parse(snapshot) as { context: { rung: number } }).context.rung);
    expect([rung.length, new Set(rung)]).toEqual([ACTORS, new Set([1])]);
    expect(most).toBeLessThanOrEqual(MOST + 2 * 256);
    expect(node.deadLetters()).toEqual([]);
  }, 300_000);
});
