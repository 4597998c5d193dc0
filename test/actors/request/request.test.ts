import { afterEach, describe, expect, it } from 'vitest';
import { assign, setup } from 'xstate';
import { approvalTemplate } from '../../../actors/approval/approval.ts';
import { MOST_WAITS } from '../../../actors/request/cut-off.ts';
import { requestTemplate } from '../../../actors/request/request.ts';
import type { RequestOrder } from '../../../actors/request/request-context.ts';
import { codedError, createSystem, memoryJournal, memoryStore, type System } from '../../../runtime/index.ts';
import { dynamicSupervisor, supervisor, worker } from '../../../supervisors/index.ts';
import { decide } from '../../support/decide.ts';
import { settle } from '../../support/settle.ts';
import { testServices } from '../../support/work-services.ts';

const ID = 'p-1.t.0.1';
const SUCCEEDED = { status: 'succeeded', exitCode: 0, stdout: 'hi\n', stderr: '' };

const probe = setup({ types: { context: {} as { seen: unknown[] } } }).createMachine({
  context: { seen: [] },
  on: { STEP_CHANGED: { actions: assign({ seen: ({ context, event }) => [...context.seen, (event as unknown as { report: { status: string } }).report.status] }) } },
});

const running: System[] = [];
afterEach(async () => {
  for (const system of running.splice(0)) await system.stop();
});

async function node(services = testServices(), store = memoryStore()) {
  const system = await createSystem({
    name: 'requests',
    clock: services.clock,
    journal: memoryJournal({ store }),
    freeze: true,
    root: supervisor({
      children: [
        worker('probe', probe, { durable: true, version: 1 }),
        dynamicSupervisor('approvals', { durable: true, templates: { approval: approvalTemplate(services) } }),
        dynamicSupervisor('requests', { durable: true, templates: { request: requestTemplate(services) } }),
      ],
    }),
  });
  running.push(system);
  services.approvals.system = system;
  await system.start();
  await settle();
  return { system, services, store };
}

function order(command: string, more: Partial<RequestOrder> = {}): RequestOrder {
  return {
    id: ID,
    planId: 'p-1',
    taskId: 't',
    task: 'probe',
    step: 0,
    attempt: 1,
    agent: 'testing',
    action: { type: 'BASH_COMMAND', payload: { command } },
    idempotent: false,
    timeoutMs: 1_000,
    workspace: '/w',
    caller: 'ann',
    approve: null,
    approvalMs: 60_000,
    ...more,
  };
}

async function asked(command: string, more: Partial<RequestOrder> = {}) {
  const made = await node();
  await made.system.startChild('requests', { template: 'request', id: ID, input: order(command, more) });
  await settle();
  const ref = made.system.ref(`requests/${ID}`);
  const ask = (message: { type: string; [field: string]: unknown }) => ref.ask(message, { timeoutMs: 60_000_000 });
  const approve = made.system.ref(`approvals/${ID}`);
  const decideOn = (message: ReturnType<typeof decide>) => approve.ask(message, { timeoutMs: 60_000 });
  return { ...made, ref, ask, decideOn, value: () => made.system.inspect(`requests/${ID}`)?.value };
}

async function factsOf(system: System, kind: string) {
  const rows = await system.journal.facts({ after: 0, limit: 1_000 });
  return rows.filter((row) => row.kind === kind).map((row) => JSON.parse(row.body));
}

describe('a request', () => {
  it('of low risk runs at once, and is recorded with its verdict before it runs', async () => {
    const { services, ask, system, value } = await asked('echo hi');
    expect(services.hosts.calls).toHaveLength(1);
    expect(await factsOf(system, 'request.recorded')).toMatchObject([{ id: ID, verdict: { level: 'LOW' } }]);
    expect(services.hosts.calls[0]?.params).toMatchObject({ request: ID, key: ID, actionHash: expect.stringMatching(/^[0-9a-f]{64}$/) });
    const outcome = ask({ type: 'AWAIT' });
    services.hosts.calls[0]?.answer(SUCCEEDED);
    expect(await outcome).toEqual(SUCCEEDED);
    expect(await ask({ type: 'AWAIT' })).toEqual(SUCCEEDED);
    expect(value()).toEqual({ settled: 'succeeded' });
    expect(system.inspect('probe')?.context).toEqual({ seen: ['running', 'running', 'succeeded'] });
  });

  it('of medium risk waits for a decision, over a restart of the node, and runs after it', async () => {
    const { system, store, services, value } = await asked('risk MEDIUM');
    expect(value()).toBe('awaiting_decision');
    await system.stop();
    const again = await node(services, store);
    expect(services.hosts.calls).toHaveLength(0);
    const answer = await again.system.ref(`approvals/${ID}`).ask(decide('approve', { reason: 'fine' }), { timeoutMs: 1_000 });
    expect(answer).toEqual({ ok: true, state: 'granted', missing: 0 });
    await settle();
    expect(services.hosts.calls).toHaveLength(1);
    expect(await factsOf(again.system, 'approval.decided')).toMatchObject([{ id: ID, decision: 'approved', by: 'bob', why: 'fine' }]);
  });

  it('takes one decision only, on the hash that was shown, and never from its own agent', async () => {
    const { ask, decideOn, services } = await asked('risk HIGH');
    expect(await decideOn(decide('approve', { actionHash: 'f'.repeat(64) }))).toEqual({ ok: false, reason: 'hash_mismatch' });
    expect(await decideOn(decide('approve', { by: 'testing' }))).toEqual({ ok: false, reason: 'own_request' });
    expect(services.hosts.calls).toHaveLength(0);
    expect(await decideOn(decide('deny'))).toEqual({ ok: true, state: 'denied', missing: 0 });
    await settle();
    await expect(decideOn(decide('approve', { by: 'eve' }))).rejects.toMatchObject({ code: 'NoSuchActor' });
    expect(await ask({ type: 'AWAIT' })).toMatchObject({ status: 'denied', error: { code: 'Denied', message: 'denied by bob: no' } });
    expect(services.hosts.calls).toHaveLength(0);
  });

  it('expires into a denial', async () => {
    const { services, ask, system } = await asked('risk HIGH');
    const outcome = ask({ type: 'AWAIT' });
    services.clock.advance(60_001);
    expect(await outcome).toMatchObject({ status: 'denied', error: { code: 'ApprovalExpired' } });
    expect(await factsOf(system, 'approval.decided')).toMatchObject([{ decision: 'expired', by: 'deadline' }]);
  });

  it('up to the confirmed level counts as approved by the caller, CRITICAL never', async () => {
    const high = await asked('risk HIGH', { approve: 'HIGH' });
    expect(high.services.hosts.calls).toHaveLength(1);
    expect(await factsOf(high.system, 'approval.decided')).toMatchObject([{ decision: 'approved', by: 'ann' }]);
    const critical = await asked('risk CRITICAL', { approve: 'CRITICAL' });
    expect(critical.value()).toBe('awaiting_decision');
  });

  it('that is idempotent runs again under the same key when its session went', async () => {
    const { services, value, ask } = await asked('make', { idempotent: true });
    services.hosts.calls[0]?.fail('SessionLost');
    await settle();
    services.clock.advance(1_000);
    await settle();
    const [first, second] = services.hosts.of('request.execute');
    expect([first?.params, second?.params]).toMatchObject([{ key: ID }, { key: ID }]);
    second?.answer(SUCCEEDED);
    expect(await ask({ type: 'AWAIT' })).toEqual(SUCCEEDED);
    expect(value()).toEqual({ settled: 'succeeded' });
    expect(await ask({ type: 'GET' })).toMatchObject({ report: { status: 'succeeded', reruns: 1 } });
  });

  it('that is not idempotent waits as interrupted when its session went, until somebody resolves it (G4)', async () => {
    const { services, ask, system } = await asked('charge the card');
    services.hosts.calls[0]?.fail('SessionLost');
    expect(await ask({ type: 'AWAIT' })).toMatchObject({ status: 'interrupted', error: { code: 'SessionLost' } });
    services.clock.advance(3_600_000);
    await settle();
    expect(services.hosts.calls).toHaveLength(1);
    expect(await ask({ type: 'RESOLVE', action: 'rerun', why: 'it had not', by: 'bob' })).toEqual({ ok: true });
    await settle();
    services.hosts.calls[1]?.answer(SUCCEEDED);
    expect(await ask({ type: 'AWAIT' })).toEqual(SUCCEEDED);
    expect(await factsOf(system, 'approval.decided')).toMatchObject([{ by: 'bob', why: 'rerun: it had not' }]);
  });

  it('that a host keeps up over the death of its node is settled by what that host says, and asked of nobody else (K19)', async () => {
    const begun = async (survives: boolean) => {
      const { services, store } = await asked('work');
      if (survives) services.hosts.survivors.add('testing');
      const again = await node(services, store);
      const value = () => again.system.inspect(`requests/${ID}`)?.value;
      return { services, value, system: again.system, questions: services.hosts.of('request.outcome') };
    };
    const alone = await begun(false);
    expect([alone.value(), alone.questions]).toEqual(['interrupted', []]);
    const kept = await begun(true);
    expect([kept.value(), kept.questions.map(({ params }) => params)]).toEqual(['executing', [{ key: ID, epoch: 1 }]]);
    kept.questions[0]?.answer({ outcome: SUCCEEDED });
    await settle();
    expect(kept.value()).toEqual({ settled: 'succeeded' });
    const { report } = (await kept.system.ref(`requests/${ID}`).ask({ type: 'GET' }, { timeoutMs: 1_000 })) as { report: { status: string; reruns?: number } };
    expect([report.status, report.reruns]).toEqual(['succeeded', undefined]);
    const forgotten = await begun(true);
    forgotten.questions[0]?.answer({ outcome: null });
    await settle();
    const lost = await begun(true);
    lost.questions[0]?.fail('SessionLost');
    await settle();
    expect([forgotten.value(), lost.value()]).toEqual(['interrupted', 'interrupted']);
  });

  it('that was cut off by the death of the node is interrupted, or runs again, as its step allows', async () => {
    const crash = async (idempotent: boolean) => {
      const { services, store, system } = await asked('work', { idempotent });
      expect(system.inspect(`requests/${ID}`)?.value).toBe('executing');
      const again = await node(services, store);
      await settle();
      const value = again.system.inspect(`requests/${ID}`)?.value;
      return { value, runs: services.hosts.calls.length };
    };
    expect(await crash(false)).toEqual({ value: 'interrupted', runs: 1 });
    expect(await crash(true)).toEqual({ value: 'executing', runs: 2 });
  });

  it('that no session took has not run, and is offered again', async () => {
    const { services, value } = await asked('work');
    services.hosts.calls[0]?.fail('NoSession');
    await settle();
    services.clock.advance(1_000);
    await settle();
    expect(services.hosts.calls).toHaveLength(2);
    expect(value()).toBe('executing');
  });

  it('is aborted when it is cancelled or interrupted while it runs', async () => {
    const cancelled = await asked('work');
    await cancelled.ref.tell({ type: 'CANCEL', by: 'bob', why: 'enough' });
    await settle();
    expect(cancelled.services.hosts.calls[0]?.signal.aborted).toBe(true);
    expect(cancelled.value()).toEqual({ settled: 'cancelled' });
    const interrupted = await asked('work');
    await interrupted.ref.tell({ type: 'INTERRUPT', why: 'stop' });
    await settle();
    expect(interrupted.services.hosts.calls[0]?.signal.aborted).toBe(true);
    expect(interrupted.value()).toBe('interrupted');
  });

  it('whose rules could not be learned for a while is assessed again, and only then runs or fails', async () => {
    const begin = async (failures: number) => {
      const services = testServices();
      let tries = 0;
      const assess: typeof services.gate.assess = async (...question) => {
        tries += 1;
        if (tries <= failures) throw codedError('JournalUnavailable', { cause: 'no space left' });
        return services.gate.assess(...question);
      };
      const { system } = await node({ ...services, gate: { assess } });
      await system.startChild('requests', { template: 'request', id: ID, input: order('work') });
      for (let round = 0; round <= MOST_WAITS; round += 1) {
        await settle();
        services.clock.advance(1_000);
      }
      await settle();
      return { tries, value: system.inspect(`requests/${ID}`)?.value, runs: services.hosts.calls.length };
    };
    expect(await begin(2)).toEqual({ tries: 3, value: 'executing', runs: 1 });
    expect(await begin(Number.POSITIVE_INFINITY)).toEqual({ tries: MOST_WAITS + 1, value: { settled: 'failed' }, runs: 0 });
  });

  it('whose gate fails does not run', async () => {
    const services = testServices();
    const broken = { ...services, gate: { assess: () => Promise.reject(Object.assign(new Error('no grammar'), { code: 'GateBroken' })) } };
    const { system } = await node(broken as typeof services);
    await system.startChild('requests', { template: 'request', id: ID, input: order('echo hi') });
    await settle();
    expect(system.inspect(`requests/${ID}`)?.value).toEqual({ settled: 'failed' });
    expect(services.hosts.calls).toHaveLength(0);
  });

  it('ends when its task forgets it', async () => {
    const { ref, system } = await asked('risk HIGH');
    await ref.tell({ type: 'FORGET' });
    await settle();
    expect(system.inspect(`requests/${ID}`)).toBeUndefined();
  });
});
