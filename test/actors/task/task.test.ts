import { afterEach, describe, expect, it } from 'vitest';
import { assign, setup } from 'xstate';
import { approvalTemplate } from '../../../actors/approval/approval.ts';
import { requestTemplate } from '../../../actors/request/request.ts';
import { taskTemplate } from '../../../actors/task/task.ts';
import type { TaskOrder } from '../../../actors/task/task-context.ts';
import type { PlannedTask, StepOutcome, TaskReport } from '../../../actors/work/types.ts';
import { createSystem, memoryJournal, memoryStore, type System } from '../../../runtime/index.ts';
import { dynamicSupervisor, supervisor, worker } from '../../../supervisors/index.ts';
import { decide } from '../../support/decide.ts';
import { settle } from '../../support/settle.ts';
import { bash, FAILED, OK, turnScript } from '../../support/turn-script.ts';
import { testServices } from '../../support/work-services.ts';

const ID = 'p-1.build';

/** Stands where plan, router and agent stand, and keeps what the task tells them. */
const probe = setup({ types: { context: {} as { seen: unknown[] } } }).createMachine({
  context: { seen: [] },
  on: { '*': { actions: assign({ seen: ({ context, event }) => [...context.seen, event] }) } },
});
const standIn = (id: string) => worker(id, probe, { durable: true, version: 1 });

const running: System[] = [];
afterEach(async () => {
  for (const system of running.splice(0)) await system.stop();
});

async function node(services = testServices(), store = memoryStore(), box: { system?: System } = {}) {
  const system: System = await createSystem({
    name: 'tasks',
    clock: services.clock,
    journal: memoryJournal({ store }),
    freeze: true,
    root: supervisor({
      children: [
        standIn('plan'),
        standIn('router'),
        supervisor('agents', { children: [standIn('testing')] }),
        dynamicSupervisor('approvals', { durable: true, templates: { approval: approvalTemplate(services) } }),
        dynamicSupervisor('requests', { durable: true, templates: { request: requestTemplate(services) } }),
        dynamicSupervisor('tasks', { durable: true, templates: { task: taskTemplate(services) } }),
      ],
    }),
  });
  running.push(system);
  box.system = system;
  services.approvals.system = system;
  await system.start();
  await settle();
  return { system, services, store };
}

function order(task: Partial<PlannedTask>): TaskOrder {
  return {
    planId: 'p-1',
    taskId: 'build',
    task: { id: 'build', needs: [], retry: { max: 1, backoff: 'fixed', baseMs: 200 }, steps: [bash('one'), bash('two')], ...task },
    workspace: '/repo',
    plan: 'plan',
    caller: 'ann',
    approve: null,
    approvalMs: 60_000,
    variables: {},
    delegatedBy: 'agents/supervisor',
    messageId: 'm-1',
    delegatedAt: 1,
  };
}

type Answers = (command: string, runs: number) => StepOutcome | undefined;

async function begun(task: Partial<PlannedTask>, answers: Answers) {
  const made = await node();
  const commands: string[] = [];
  const box = { system: made.system };
  made.services.hosts.script = turnScript(
    () => box.system,
    (command) => {
      commands.push(command);
      return answers(command, commands.filter((earlier) => earlier === command).length);
    },
  );
  await made.system.startChild('tasks', { template: 'task', id: ID, input: order(task) });
  await made.system.ref(`tasks/${ID}`).tell({ type: 'BEGIN', agent: 'testing', at: 5 });
  await settle();
  const ask = (message: { type: string; [field: string]: unknown }) => box.system.ref(`tasks/${ID}`).ask(message, { timeoutMs: 1_000 });
  const report = async () => (await ask({ type: 'GET' })) as TaskReport;
  const told = (address: string) => box.system.inspect(address)?.context as { seen: unknown[] };
  const restart = async () => {
    await node(made.services, made.store, box);
    await settle();
  };
  return { ...made, box, commands, ask, report, told, restart };
}

describe('a task', () => {
  it('runs its steps in its own workspace, brings them together and frees its agent', async () => {
    const { report, commands, services, told } = await begun({}, () => OK);
    expect(await report()).toMatchObject({
      status: 'succeeded',
      agent: 'testing',
      attempts: 1,
      startedAt: 5,
      delegation: { from: 'agents/supervisor', to: 'agents/testing', messageId: 'm-1' },
      steps: [
        { type: 'bash', status: 'succeeded', risk: 'LOW', stdout: 'ok\n' },
        { type: 'bash', status: 'succeeded' },
      ],
    });
    expect(commands).toEqual(['one', 'two']);
    expect(services.workspaces.log).toEqual(['open build', 'integrate build']);
    expect(told('agents/testing')).toMatchObject({ seen: [{ type: 'TASK_ENDED', status: 'succeeded' }] });
    expect(told('router')).toMatchObject({ seen: [{ type: 'TASK_ENDED', status: 'succeeded' }] });
  });

  it('tries again after its pause, and keeps what had succeeded', async () => {
    const { report, commands, services } = await begun({ retry: { max: 3, backoff: 'exponential', baseMs: 200 } }, (command, runs) =>
      command === 'two' && runs < 3 ? FAILED : OK,
    );
    for (let i = 0; i < 4; i += 1) {
      services.clock.advance(1_000);
      await settle();
    }
    expect(commands).toEqual(['one', 'two', 'two', 'two']);
    expect(await report()).toMatchObject({ status: 'succeeded', attempts: 3, steps: [{ attempts: 1 }, { attempts: 3 }] });
  });

  it('says when it tries again, while it rests', async () => {
    const { report, services } = await begun({ retry: { max: 2, backoff: 'fixed', baseMs: 60_000 } }, (_command, runs) => (runs < 2 ? FAILED : OK));
    expect(await report()).toMatchObject({ status: 'running', attempts: 1, retryAt: services.clock.now() + 60_000, error: { code: 'ExitCode' } });
    services.clock.advance(60_000);
    await settle();
    expect((await report()).attempts).toBe(2);
    expect(await report()).not.toHaveProperty('retryAt');
  });

  it('fails after its last attempt, with the error of the step', async () => {
    const { report, services } = await begun({ retry: { max: 2, backoff: 'fixed', baseMs: 200 } }, () => FAILED);
    services.clock.advance(1_000);
    await settle();
    expect(await report()).toMatchObject({ status: 'failed', attempts: 2, error: { code: 'ExitCode' }, steps: [{ status: 'failed' }, { status: 'skipped' }] });
  });

  it('waits as awaiting_approval, and does not ask again once it was denied', async () => {
    const { report, system } = await begun({ retry: { max: 3, backoff: 'fixed', baseMs: 200 }, steps: [bash('risk HIGH')] }, () => OK);
    expect(await report()).toMatchObject({ status: 'awaiting_approval', steps: [{ status: 'awaiting_approval', risk: 'HIGH', verdict: { decision: 'pending' } }] });
    await system.ref('approvals/p-1.build.0.1').ask(decide('deny'), { timeoutMs: 1_000 });
    await settle();
    expect(await report()).toMatchObject({ status: 'failed', attempts: 1, error: { code: 'Denied' }, steps: [{ status: 'failed', verdict: { decision: 'denied', by: 'bob' } }] });
  });

  it('does not spend its time on waiting for an approval', async () => {
    const { report, services, system } = await begun({ timeoutMs: 1_000, steps: [bash('risk HIGH')] }, () => undefined);
    services.clock.advance(30_000);
    await settle();
    expect(await report()).toMatchObject({ status: 'awaiting_approval' });
    await system.ref('approvals/p-1.build.0.1').ask(decide('approve'), { timeoutMs: 1_000 });
    await settle();
    services.clock.advance(1_001);
    await settle();
    expect(await report()).toMatchObject({ status: 'failed', error: { code: 'TaskTimeout' } });
    expect(services.hosts.of('request.execute')[0]?.signal.aborted).toBe(true);
  });

  it('goes on by itself after the death of the node when its step may run again', async () => {
    const { report, restart, commands, services } = await begun({ steps: [bash('one', { idempotent: true }), bash('two')] }, (command, runs) =>
      command === 'one' && runs === 1 ? undefined : OK,
    );
    await restart();
    services.clock.advance(1_000);
    await settle();
    expect(commands).toEqual(['one', 'one', 'two']);
    expect(await report()).toMatchObject({ status: 'succeeded', attempts: 1 });
  });

  it('is interrupted with its agent free when the node died within a step that may not run again', async () => {
    const { report, restart, told, commands } = await begun({}, (command, runs) => (command === 'one' && runs === 1 ? undefined : OK));
    await restart();
    expect(await report()).toMatchObject({ status: 'interrupted', steps: [{ status: 'interrupted', error: { code: 'EffectInterrupted' } }, { status: 'pending' }] });
    expect(told('agents/testing')).toMatchObject({ seen: [{ type: 'TASK_ENDED', status: 'interrupted' }] });
    expect(commands).toEqual(['one']);
  });

  describe('that is interrupted', () => {
    async function interrupted() {
      const made = await begun({}, (command, runs) => (command === 'one' && runs === 1 ? undefined : OK));
      made.services.hosts.of('request.execute')[0]?.fail('SessionLost');
      await settle();
      expect(await made.report()).toMatchObject({ status: 'interrupted' });
      const begin = async () => {
        await made.system.ref(`tasks/${ID}`).tell({ type: 'BEGIN', agent: 'testing', at: 9 });
        await settle();
      };
      return { ...made, begin };
    }

    it('runs the step again on rerun, once it is its turn again', async () => {
      const { ask, told, begin, commands, report, system } = await interrupted();
      expect(await ask({ type: 'RESOLVE', action: 'rerun', why: 'it had not run', by: 'bob' })).toEqual({ ok: true });
      await settle();
      expect(told('router')).toMatchObject({ seen: [{ type: 'TASK_ENDED' }, { type: 'ROUTE', agent: 'testing', taskId: 'build' }] });
      expect(commands).toEqual(['one']);
      await begin();
      expect(commands).toEqual(['one', 'one', 'two']);
      expect(await report()).toMatchObject({ status: 'succeeded', attempts: 1, steps: [{ status: 'succeeded', reruns: 1 }, { status: 'succeeded' }] });
      expect(system.deadLetters()).toEqual([]);
    });

    it('counts the step as done on done, and goes on after it', async () => {
      const { ask, begin, commands, report } = await interrupted();
      await ask({ type: 'RESOLVE', action: 'done', why: 'I looked', by: 'bob' });
      await begin();
      expect(commands).toEqual(['one', 'two']);
      expect(await report()).toMatchObject({ status: 'succeeded', steps: [{ status: 'succeeded', result: { resolved: 'done', by: 'bob' } }, { status: 'succeeded' }] });
    });

    it('ends on skip and on fail, each once', async () => {
      const skipped = await interrupted();
      expect(await skipped.ask({ type: 'RESOLVE', action: 'skip', why: 'not needed', by: 'bob' })).toEqual({ ok: true });
      expect(await skipped.report()).toMatchObject({ status: 'skipped', error: { code: 'Skipped' } });
      expect(await skipped.ask({ type: 'RESOLVE', action: 'fail', why: 'x', by: 'bob' })).toEqual({ ok: false, reason: 'not_interrupted' });
      const failed = await interrupted();
      await failed.ask({ type: 'RESOLVE', action: 'fail', why: 'lost', by: 'bob' });
      expect(await failed.report()).toMatchObject({ status: 'failed', error: { code: 'ResolvedAsFailed' } });
    });
  });

  it('takes its turn up again when the session comes back, without a new attempt', async () => {
    const { services, report, commands } = await begun({}, () => OK);
    expect(await report()).toMatchObject({ status: 'succeeded' });
    const made = await node(services);
    let turns = 0;
    const script = turnScript(
      () => made.system,
      (command) => {
        commands.push(command);
        return OK;
      },
    );
    services.hosts.script = (call) => {
      if (call.method === 'turn.start' && turns++ === 0) return Promise.reject(Object.assign(new Error('gone'), { code: 'SessionLost' }));
      return script(call);
    };
    await made.system.startChild('tasks', { template: 'task', id: ID, input: order({}) });
    await made.system.ref(`tasks/${ID}`).tell({ type: 'BEGIN', agent: 'testing', at: 5 });
    await settle();
    services.clock.advance(1_000);
    await settle();
    expect(turns).toBe(2);
    expect(await made.system.ref(`tasks/${ID}`).ask({ type: 'GET' }, { timeoutMs: 1_000 })).toMatchObject({ status: 'succeeded', attempts: 1 });
  });

  it('takes steps only from its own agent, of its present attempt, as planned', async () => {
    const { ask } = await begun({ steps: [bash('risk HIGH')] }, () => OK);
    const action = { type: 'BASH_COMMAND', payload: { command: 'x' } };
    const submission = { id: 'p-1.build.0.1', planId: 'p-1', taskId: 'build', step: 0, attempt: 1, action, idempotent: true };
    const submit = (agent: string, more: object) => ask({ type: 'SUBMIT_STEP', agent, submission: { ...submission, ...more } });
    expect(await submit('database', {})).toEqual({ ok: false, reason: 'not_your_task' });
    expect(await submit('testing', { attempt: 2 })).toEqual({ ok: false, reason: 'stale_attempt' });
    expect(await submit('testing', { id: 'p-1.build.0.9' })).toEqual({ ok: false, reason: 'no_such_step' });
    expect(await submit('testing', { step: 4 })).toEqual({ ok: false, reason: 'no_such_step' });
    expect(await submit('testing', { action: { type: 'FILE_OPERATION', payload: { op: 'read', path: 'x' } } })).toEqual({ ok: false, reason: 'other_step' });
    expect(await submit('testing', {})).toEqual({ ok: true });
  });

  it('is interrupted with its running request when its turn is ended, and cancels what runs when it is cancelled', async () => {
    const made = await begun({}, () => undefined);
    await made.system.ref(`tasks/${ID}`).tell({ type: 'INTERRUPT', why: 'by ann' });
    await settle();
    expect(await made.report()).toMatchObject({ status: 'interrupted', error: { code: 'Interrupted' }, steps: [{ status: 'interrupted' }, { status: 'pending' }] });
    expect(made.services.hosts.of('request.execute')[0]?.signal.aborted).toBe(true);
    expect(await made.ask({ type: 'CANCEL', by: 'ann', why: 'enough' })).toEqual({ ok: true });
    await settle();
    expect(await made.report()).toMatchObject({ status: 'cancelled' });
    expect(made.system.inspect('requests/p-1.build.0.1')).toBeUndefined();
  });

  it('fails with the conflict when its work does not merge', async () => {
    const services = testServices();
    services.workspaces.conflicts.push('MergeConflict');
    const made = await node(services);
    services.hosts.script = turnScript(
      () => made.system,
      () => OK,
    );
    await made.system.startChild('tasks', { template: 'task', id: ID, input: order({}) });
    await made.system.ref(`tasks/${ID}`).tell({ type: 'BEGIN', agent: 'testing', at: 5 });
    await settle();
    expect(await made.system.ref(`tasks/${ID}`).ask({ type: 'GET' }, { timeoutMs: 1_000 })).toMatchObject({ status: 'failed', error: { code: 'MergeConflict' } });
  });
});
