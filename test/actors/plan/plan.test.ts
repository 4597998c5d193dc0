import { afterEach, describe, expect, it } from 'vitest';
import { assign, setup } from 'xstate';
import { planTemplate } from '../../../actors/plan/plan.ts';
import type { TaskReport, WorkStatus } from '../../../actors/work/types.ts';
import { createSystem, memoryJournal, type System } from '../../../runtime/index.ts';
import { dynamicSupervisor, supervisor, worker } from '../../../supervisors/index.ts';
import { task } from '../../support/fleet-node.ts';
import { settle } from '../../support/settle.ts';
import { testServices } from '../../support/work-services.ts';

const probe = setup({ types: { context: {} as { seen: unknown[] } } }).createMachine({
  context: { seen: [] },
  on: { '*': { actions: assign({ seen: ({ context, event }) => [...context.seen, event] }) } },
});
const standIn = (id: string) => worker(id, probe, { durable: true, version: 1 });

const running: System[] = [];
afterEach(async () => {
  for (const system of running.splice(0)) await system.stop();
});

/** A plan of the tasks `a` and `b`, the second after the first, whose owner and tasks only listen. */
async function listened(close?: () => Promise<void>) {
  const services = testServices();
  if (close !== undefined) services.workspaces.close = close;
  const system = await createSystem({
    name: 'plans',
    clock: services.clock,
    journal: memoryJournal(),
    freeze: true,
    root: supervisor({
      children: [
        standIn('owner'),
        supervisor('tasks', { children: [standIn('p-1.a'), standIn('p-1.b')] }),
        dynamicSupervisor('plans', { durable: true, templates: { plan: planTemplate(services) } }),
      ],
    }),
  });
  running.push(system);
  await system.start();
  const plan = { name: 'p', workspace: '/repo', tasks: [task('a'), task('b', { needs: ['a'] })] };
  await system.startChild('plans', { template: 'plan', id: 'p-1', input: { planId: 'p-1', plan, caller: 'ann', approve: null, approvalMs: 1, owner: 'owner', submittedAt: 1 } });
  await settle();
  const seen = (address: string) => (system.inspect(address)?.context as { seen: unknown[] } | undefined)?.seen ?? [];
  const ref = system.ref('plans/p-1');
  const changed = async (taskId: string, status: WorkStatus) => {
    const report: TaskReport = { id: taskId, agent: 'testing', status, attempts: 1, startedAt: 1, endedAt: null, delegation: null, steps: [] };
    await ref.tell({ type: 'TASK_CHANGED', taskId, report, branch: null });
    await settle();
  };
  return { system, seen, changed, ask: (type: string) => ref.ask({ type, by: 'ann', why: 'enough' }, { timeoutMs: 1_000 }) };
}

describe('a plan', () => {
  it('hands over a task once, however often its needs report', async () => {
    const { seen, changed } = await listened();
    expect(seen('owner')).toMatchObject([{ type: 'DELEGATE', order: { taskId: 'a', plan: 'plans/p-1', workspace: '/repo' } }]);
    await changed('a', 'running');
    await changed('a', 'succeeded');
    await changed('a', 'succeeded');
    expect(seen('owner')).toMatchObject([{ order: { taskId: 'a' } }, { order: { taskId: 'b' } }]);
  });

  it('that was cancelled before its task lived cancels it as soon as it does, once', async () => {
    const { ask, seen, changed } = await listened();
    expect(await ask('CANCEL')).toEqual({ ok: true });
    expect(seen('tasks/p-1.a')).toEqual([]);
    await changed('a', 'pending');
    await changed('a', 'running');
    expect(seen('tasks/p-1.a')).toMatchObject([{ type: 'CANCEL', by: 'ann', why: 'enough' }]);
    await changed('a', 'cancelled');
    expect(await ask('GET')).toMatchObject({ status: 'cancelled', tasks: [{ status: 'cancelled' }, { status: 'cancelled' }] });
    expect(seen('owner')).toHaveLength(1);
    expect(await ask('CANCEL')).toEqual({ ok: false, reason: 'ended' });
  });

  it('has its tasks forget themselves once it has ended, and can be asked ever after', async () => {
    const { ask, seen, changed, system } = await listened();
    const waiting = [ask('AWAIT'), ask('AWAIT')];
    await changed('a', 'succeeded');
    await changed('b', 'succeeded');
    for (const report of await Promise.all(waiting)) expect(report).toMatchObject({ status: 'succeeded' });
    expect([...seen('tasks/p-1.a'), ...seen('tasks/p-1.b')]).toEqual([{ type: 'FORGET' }, { type: 'FORGET' }]);
    expect(await ask('AWAIT')).toMatchObject({ status: 'succeeded' });
    await changed('a', 'failed');
    expect(await ask('GET')).toMatchObject({ status: 'succeeded' });
    expect(system.deadLetters()).toEqual([]);
  });

  it('ends also when its worktrees cannot be removed, and is running until that is tried', async () => {
    const held: { fail?: (error: Error) => void } = {};
    const { ask, changed, system } = await listened(() => new Promise((_, reject) => (held.fail = reject)));
    await changed('a', 'failed');
    expect(await ask('GET')).toMatchObject({ status: 'running', endedAt: null });
    held.fail?.(new Error('disk'));
    await settle();
    expect(await ask('GET')).toMatchObject({ status: 'failed', endedAt: expect.any(Number) });
    expect(system.inspect('plans/p-1')?.context).toMatchObject({ closing: { message: 'disk' } });
  });
});
