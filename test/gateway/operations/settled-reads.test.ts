// A read of a plan, a task, a request, an approval or a round is no step of it, and sees whatever was accepted before it.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { folderTarget } from '../../../actors/gate/execute/folder-target.ts';
import type { Notice } from '../../../actors/webhook/notice.ts';
import { nodeEvidence } from '../../../gateway/node/evidence.ts';
import { answerText } from '../../../gateway/operations/index.ts';
import { readApproval, readRequest, readRound } from '../../../gateway/operations/settled-report.ts';
import { openWebhook } from '../../../gateway/webhook/webhook.ts';
import { runningNode } from '../../support/running-node.ts';
import { settle } from '../../support/settle.ts';

const TASKS = [
  { id: 'first', agent: 'testing', steps: [{ bash: 'risk HIGH first' }] },
  { id: 'second', agent: 'testing', needs: ['first'], steps: [{ bash: 'second' }] },
];

async function waiting() {
  const node = await runningNode();
  const workspace = join(node.folder, 'work');
  mkdirSync(workspace);
  const { plan } = await node.run<{ plan: string }>('plan.run', { text: JSON.stringify({ name: 'two', workspace, tasks: TASKS }) });
  await settle();
  return { node, plan, stepOf: () => node.node.system.inspect(`plans/${plan}`)?.step };
}

describe('a read of a settled plan', () => {
  it('is no step of it, and shows what the plan itself answers', async () => {
    const { node, plan, stepOf } = await waiting();
    const step = stepOf();
    const { system } = node.node;
    const [position, report, task] = [system.position, await node.run('plan.status', { plan }), await node.run('task.status', { task: `${plan}.second` })];
    expect([stepOf(), system.position]).toEqual([step, position]);
    const told = (await system.ref(`plans/${plan}`).ask({ type: 'GET' }, { timeoutMs: 1_000 })) as { tasks: object[] };
    expect(report).toEqual(told);
    expect(task).toEqual({ plan, ...told.tasks[1] });
    expect(stepOf()).toBe((step ?? 0) + 1);
  });

  it('sees a cancel that was answered, and one that was only accepted', async () => {
    const { node, plan } = await waiting();
    await node.run('plan.status', { plan });
    const cancelled = node.run('plan.cancel', { plan });
    expect(await node.run('task.status', { task: `${plan}.second` })).toMatchObject({ status: 'cancelled' });
    await cancelled;
    expect(await node.run('task.status', { task: `${plan}.second` })).toMatchObject({ status: 'cancelled' });
  });

  it('has the same text until a step changes it, and another then', async () => {
    const { node, plan } = await waiting();
    const read = async () => node.run<object>('task.status', { task: `${plan}.second` });
    const before = await read();
    expect(await read()).toBe(before);
    expect(answerText(before)).toBe(JSON.stringify(before));
    await node.run('plan.cancel', { plan });
    expect(answerText(await read())).toContain('"status":"cancelled"');
  });

  it.each(['second', 'nobody.second', '.second', 'second.', '..'])('finds no other task by its name: %s', async (task) => {
    const { node } = await waiting();
    if (task === 'second') expect(await node.run('task.status', { task })).toMatchObject({ id: 'second' });
    else await expect(node.run('task.status', { task })).rejects.toMatchObject({ code: 'NoSuchTask' });
  });

  it('does not take what follows a second dot for part of nothing', async () => {
    const { node, plan } = await waiting();
    await expect(node.run('task.status', { task: `${plan}.second.more` })).rejects.toMatchObject({ code: 'NoSuchTask' });
  });
});

describe.each([
  ['a request', 'requests', readRequest],
  ['an approval', 'approvals', readApproval],
] as const)('a read of %s that is settled', (_what, kind, read) => {
  it('is no step of it, and shows what it answers itself', async () => {
    const { node, plan } = await waiting();
    const { system } = node.node;
    const address = `${kind}/${plan}.first.0.1`;
    const stepOf = () => system.inspect(address)?.step;
    const [step, position] = [stepOf(), system.position];
    const shown = await read(system, `${plan}.first.0.1`);
    expect([stepOf(), system.position]).toEqual([step, position]);
    expect(shown).toEqual(await system.ref(address).ask({ type: 'GET' }, { timeoutMs: 1_000 }));
    expect(stepOf()).toBe((step ?? 0) + 1);
  });

  it('sees the end that was only accepted', async () => {
    const { node, plan } = await waiting();
    const { system } = node.node;
    const name = `${plan}.first.0.1`;
    await read(system, name);
    const told = system.ref(`requests/${name}`).tell({ type: 'CANCEL', by: 'ann', why: 'not needed' });
    const seen = readRequest(system, name);
    await told;
    expect((await seen).report.status).toBe('cancelled');
    await settle();
    await expect(readApproval(system, name)).rejects.toMatchObject({ code: 'NoSuchRequest' });
  });

  it.each(['nobody.first.0.1', '..', ''])('finds none under the name %j', async (name) => {
    const { node } = await waiting();
    await expect(read(node.node.system, name)).rejects.toMatchObject({ code: 'NoSuchRequest' });
  });
});

describe('the voters', () => {
  it('read a request without a step of it, and nothing where there is none', async () => {
    const { node, plan } = await waiting();
    const { system } = node.node;
    const evidence = nodeEvidence({ systemNow: () => system, dataDir: node.folder, deployDriver: folderTarget });
    const id = `${plan}.first.0.1`;
    const step = system.inspect(`requests/${id}`)?.step;
    expect(await evidence.request(id)).toMatchObject({ id, planId: plan, taskId: 'first', status: 'awaiting_approval' });
    expect(system.inspect(`requests/${id}`)?.step).toBe(step);
    for (const none of ['nobody.first.0.1', '..']) expect(await evidence.request(none)).toBe(undefined);
  });
});

describe('the webhook', () => {
  it('looks whether an approval still waits without a step of it', async () => {
    const { node, plan } = await waiting();
    const { system } = node.node;
    const approval = `${plan}.first.0.1`;
    const secretFile = join(node.folder, 'secret');
    writeFileSync(secretFile, 's'.repeat(32), { mode: 0o600 });
    // Nobody listens there: it was going to be told.
    const webhook = openWebhook({ url: 'http://127.0.0.1:1/', secretFile }, system.clock, () => system);
    onTestFinished(() => webhook?.stop());
    const deliver = () => webhook?.deliver({ id: 'n-1', approval, body: {} } as unknown as Notice, new AbortController().signal);
    const step = system.inspect(`approvals/${approval}`)?.step;
    await expect(deliver()).rejects.toMatchObject({ code: 'WebhookFailed' });
    expect(system.inspect(`approvals/${approval}`)?.step).toBe(step);
    await node.run('plan.cancel', { plan });
    await settle();
    expect(await deliver()).toBe('over');
  });
});

describe('a read of a round that is settled', () => {
  it('is no step of it, shows what it answers itself, and sees a vote that was only accepted', async () => {
    const node = await runningNode();
    const { system } = node.node;
    const { round } = await node.run<{ round: string }>('round.open', { subject: 'lunch', electorate: ['person:ann', 'person:bob'], quorum: 2, threshold: 2 });
    await settle();
    const stepOf = () => system.inspect(`rounds/${round}`)?.step;
    const [step, position] = [stepOf(), system.position];
    const shown = await readRound(system, round);
    expect([stepOf(), system.position]).toEqual([step, position]);
    expect(shown).toEqual(await system.ref(`rounds/${round}`).ask({ type: 'GET' }, { timeoutMs: 1_000 }));
    expect(stepOf()).toBe((step ?? 0) + 1);
    await node.run('round.vote', { round, vote: 'yes', why: 'hungry' });
    expect((await readRound(system, round)).votes).toMatchObject([{ voter: 'person:ann', vote: 'yes' }]);
    expect(await node.run('round.status', { round })).toMatchObject({ votes: [{ voter: 'person:ann', vote: 'yes' }] });
    await expect(readRound(system, 'none')).rejects.toMatchObject({ code: 'NoSuchRound' });
  });
});
