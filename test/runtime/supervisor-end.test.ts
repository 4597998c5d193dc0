import { describe, expect, it } from 'vitest';
import { fromCallback, setup } from 'xstate';
import { type ChildSpec, effect, type SupervisorBehaviour, type SupervisorHost } from '../../runtime/index.ts';
import { dynamicSupervisor, supervisor, worker } from '../../supervisors/index.ts';
import { type KernelNode, startNode } from '../support/kernel-node.ts';
import { settle } from '../support/settle.ts';
import { boom, recorder } from '../support/small-actors.ts';

const exits = (node: KernelNode) => node.telemetry.splice(0).flatMap((event) => (event.kind === 'actor.exited' ? [`${event.address} ${event.reason.kind}`] : []));
const durable = (id: string) => worker(id, recorder, { durable: true });

/** A supervisor of its own making, whose statechart fails when it is told so. */
function faulty(children: readonly ChildSpec[]): SupervisorBehaviour {
  const logic = (host: SupervisorHost) => {
    const end = async () => {
      for (const { id } of [...children].reverse()) await host.stop(id, 1_000);
      host.exit({ kind: 'shutdown' });
    };
    return setup({
      types: { events: {} as { type: string } },
      actors: {
        start: fromCallback(() => {
          const which = () => children.map(({ id, type }) => ({ id, address: `${host.address}/${id}`, type, state: 'running' as const, restarts: 0 }));
          host.publish({ which, count: () => ({ specs: 0, active: 0, supervisors: 0, workers: 0 }), spec: () => undefined, info: () => undefined, rest: () => false });
          void (async () => {
            for (const child of children) await host.start(child);
            host.started();
          })();
        }),
      },
    }).createMachine({ invoke: { src: 'start' }, on: { STEP: { guard: () => boom() }, ACTION: { actions: () => boom() }, 'troupe.shutdown': { actions: () => void end() } } });
  };
  return { kind: 'supervisor', logic, rows: false, initial: new Map() };
}

describe("a supervisor's exit", () => {
  it.each(['STEP', 'ACTION'])('by a failure of its own statechart (%s) first ends its children, in reverse order, and only then escalates (K24)', async (type) => {
    const spec: ChildSpec = { ...supervisor('tree', {}), behaviour: faulty([durable('a'), worker('b', recorder), durable('c')]) };
    const node = await startNode([spec]);
    node.telemetry.splice(0);
    await node.tell('tree', { type });
    await settle();
    expect(exits(node)).toEqual(['tree/c killed', 'tree/b killed', 'tree/a killed', 'tree crash']);
    await node.tell('tree/a', { type: 'HELLO' });
    await settle();
    // Restarted by the root: one of each, and no earlier one that still takes mail.
    expect([node.context('tree/a'), node.system.inspect('tree/a')?.epoch]).toEqual([{ seen: ['HELLO'] }, 2]);
  });

  it('by a kill ends everything below it in reverse order, trees within trees (K24)', async () => {
    const tree = supervisor('tree', { children: [durable('a'), supervisor('inner', { children: [durable('x'), worker('y', recorder)] }), worker('b', recorder)] });
    const node = await startNode([tree]);
    node.telemetry.splice(0);
    await node.system.kill('tree');
    expect(exits(node)).toEqual(['tree/b killed', 'tree/inner/y killed', 'tree/inner/x killed', 'tree/inner killed', 'tree/a killed', 'tree killed']);
  });

  it('by an orderly stop of the node goes in reverse start order too (K24)', async () => {
    const node = await startNode([durable('a'), supervisor('tree', { children: [durable('x'), durable('y')] }), durable('b')]);
    node.telemetry.splice(0);
    await node.system.stop();
    expect(exits(node)).toEqual(['b shutdown', 'tree/y shutdown', 'tree/x shutdown', 'tree shutdown', 'a shutdown', ' shutdown']);
  });

  it('aborts the effects below it (K24, K16)', async () => {
    let aborted = 0;
    const holder = setup({
      actors: { hold: effect({ idempotent: true, run: ({ signal }) => new Promise(() => signal.addEventListener('abort', () => void aborted++)) }) },
    }).createMachine({ invoke: { src: 'hold' } });
    const node = await startNode([supervisor('tree', { children: [worker('a', holder, { durable: true })] })]);
    await node.system.kill('tree');
    expect(aborted).toBe(1);
  });

  it('leaves nobody waiting who has asked it something (K24)', async () => {
    const node = await startNode([dynamicSupervisor('many')]);
    const asked = [1, 2, 3].map((n) => node.system.startChild('many', worker(`w${n}`, recorder)));
    const killed = node.system.kill('many');
    const late = node.system.startChild('many', worker('late', recorder));
    await killed;
    await settle();
    for (const answer of await Promise.all([...asked, late])) expect(answer).toMatchObject({ ok: expect.any(Boolean) });
  });
});

describe('a thousand dynamic children', () => {
  it('start, are listed and end without the statechart holding any of them (K24)', async () => {
    const node = await startNode([dynamicSupervisor('many')]);
    await Promise.all(Array.from({ length: 1_000 }, (_, n) => node.system.startChild('many', worker(`w${n}`, recorder))));
    expect(node.system.countChildren('many')).toEqual({ specs: 1_000, active: 1_000, supervisors: 0, workers: 1_000 });
    expect(node.system.inspect('many')?.context).toEqual({});
    await node.system.stop();
    expect(exits(node)).toHaveLength(1_002);
  });
});
