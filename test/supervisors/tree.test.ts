import { describe, expect, it } from 'vitest';
import { setup } from 'xstate';
import { createSystem, SimulatedClock } from '../../runtime/index.ts';
import { dynamicSupervisor, strategyAt, superviseTree, supervisor, type TreeNode, wholeTree, worker } from '../../supervisors/index.ts';
import { settle } from '../support/settle.ts';

const machine = setup({}).createMachine({ initial: 'idle', states: { idle: { on: { GO: 'busy' } }, busy: {} } });

async function running() {
  const system = await createSystem({
    name: 't',
    root: supervisor({
      strategy: 'rest_for_one',
      children: [
        worker('ledger', machine, { durable: true }),
        supervisor('pool', { strategy: 'one_for_all', intensity: 3, children: [worker('a', machine), worker('b', machine, { restart: 'transient' })] }),
        dynamicSupervisor('many', { templates: { one: (_input, id) => worker(id, machine, { restart: 'temporary' }) } }),
      ],
    }),
  });
  await system.start();
  return system;
}

function lines(nodes: readonly TreeNode[], depth = 0): string[] {
  return nodes.flatMap(({ id, type, strategy, state, restarts, children }) => {
    const what = type === 'supervisor' ? strategy : type;
    return [`${'  '.repeat(depth)}${id} ${what} ${state}${restarts > 0 ? ` ${restarts}` : ''}`, ...lines(children, depth + 1)];
  });
}

describe('the supervision tree', () => {
  it('shows every actor in start order, with strategy, state and restarts', async () => {
    const system = await running();
    await system.startChild('many', { template: 'one', id: 'x', input: null });
    await system.kill('pool/b');
    expect(superviseTree(system, 'pool').map(({ state }) => state)).toContain('restarting');
    await settle();
    expect(lines(superviseTree(system))).toEqual([
      'ledger worker running',
      'pool one_for_all running',
      '  a worker running 1',
      '  b worker running 1',
      'many dynamic running',
      '  x worker running',
    ]);
    expect(strategyAt(system, '')).toBe('rest_for_one');
    await system.stop();
  });

  it('shows what each worker does and keeps', async () => {
    const system = await running();
    await system.ref('ledger').tell({ type: 'GO' });
    expect(superviseTree(system)[0]).toMatchObject({ address: 'ledger', restart: 'permanent', durable: true, value: 'busy', mailbox: 0 });
    expect(superviseTree(system, 'pool')[1]).toMatchObject({ address: 'pool/b', restart: 'transient', durable: false, value: 'idle' });
    await system.stop();
  });

  it('shows, where it is asked for whole, dynamic children that are not in memory too, and once (K27)', async () => {
    const clock = new SimulatedClock();
    const templates = { one: (_input: unknown, id: string) => worker(id, machine, { durable: true }) };
    const root = supervisor({ children: [supervisor('team', { children: [dynamicSupervisor('many', { durable: true, templates })] })] });
    const system = await createSystem({ name: 't', clock, root, residency: { passivateAfterMs: 1_000 } });
    await system.start();
    await system.startChild('team/many', { template: 'one', id: 'x', input: null });
    clock.advance(1_000);
    await settle();
    await system.startChild('team/many', { template: 'one', id: 'y', input: null });
    const shown = ['team one_for_one running', '  many dynamic running', '    y worker running'];
    expect(lines(superviseTree(system))).toEqual(shown);
    expect(lines(await wholeTree(system))).toEqual([...shown, '    x worker passivated']);
    await system.stop();
  });

  it('is empty below what is no supervisor', async () => {
    const system = await running();
    expect(superviseTree(system, 'ledger')).toEqual([]);
    expect(superviseTree(system, 'nowhere')).toEqual([]);
    expect(strategyAt(system, 'ledger')).toBeNull();
    await system.stop();
  });
});
