// Real answers of every operation against the schema that it promises, whole: a member that the schema does not know is a failure too.
import { cpSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { z } from 'zod';
import { type Caller, OPERATIONS } from '../../../gateway/operations/index.ts';
import { countingNode } from '../../support/backed-up-node.ts';
import { planText } from '../../support/call-plan.ts';
import { FLEET, task } from '../../support/fleet-node.ts';
import { ADMIN, runningNode, type TestNode } from '../../support/running-node.ts';
import { settle } from '../../support/settle.ts';
import { FAILED, OK } from '../../support/turn-script.ts';

/** One node whose work shows every kind of thing: what succeeded, failed, waits for a decision and was cut off. */
async function busyNode(): Promise<TestNode> {
  const node = await runningNode({ answers: (command) => (command === 'fails' ? FAILED : command === 'hangs' ? undefined : OK) });
  await node.submit('done', [task('one'), task('fails', { needs: ['one'] })]);
  await node.submit('waits', [task('risk HIGH 1'.replaceAll(' ', '-'), { steps: [{ kind: 'bash', payload: { command: 'risk HIGH 1' }, idempotent: false }] })]);
  await node.submit('denied', [task('d', { agent: 'testing', steps: [{ kind: 'bash', payload: { command: 'risk HIGH 2' }, idempotent: false }] })]);
  await node.submit('cut', [task('c', { agent: 'database', steps: [{ kind: 'bash', payload: { command: 'hangs' }, idempotent: false }] })]);
  await node.system
    .ref('agents/nobody')
    .tell({ type: 'NOTE' })
    .catch(() => undefined);
  await settle();
  await node.facts.read();
  return node;
}

/** Its backups are those of a node that has a journal on disk, put where it looks for its own. */
async function withBackups({ folder, services }: TestNode): Promise<void> {
  const source = await countingNode();
  services.backups.take = async ({ id }) => {
    const { journal, takenAt, verifiedAt } = await source.backUp(id);
    for (const part of ['keys', `backups/${id}`]) cpSync(join(source.dir, part), join(folder, part), { recursive: true });
    return { id, takenAt, verifiedAt, fact: journal.fact, bytes: 1, rows: 1, removed: [] };
  };
}

async function passing<T>(node: TestNode, answer: Promise<T>): Promise<T> {
  let over = false;
  const settled = answer.finally(() => {
    over = true;
  });
  settled.catch(() => undefined);
  while (!over) await node.pass(250);
  return settled;
}

it('every operation answers with what its output schema says, and with nothing else', async () => {
  const node = await busyNode();
  const workspace = join(node.folder, 'work');
  mkdirSync(workspace);
  const asked = new Set<string>();
  const ask = async (name: string, input: object = {}, caller: Caller = { ...ADMIN, workspace }): Promise<Readonly<Record<string, unknown>>> => {
    asked.add(name);
    const answer = await passing(node, node.run(name, input, { caller }));
    const read = OPERATIONS.get(name)?.output.safeParse(JSON.parse(JSON.stringify(answer)));
    expect(read?.error?.issues ?? [], name).toEqual([]);
    return answer;
  };
  await withBackups(node);
  await ask('message.send', { to: 'testing', type: 'note', payload: { a: [1, null] } });
  await ask('message.broadcast', { type: 'note' });
  for (const name of [
    'system.status',
    'actor.tree',
    'agent.list',
    'plan.list',
    'task.list',
    'request.list',
    'inbox.read',
    'deadletter.list',
    'alert.list',
    'audit.query',
    'audit.verify',
  ])
    await ask(name);
  expect(await ask('audit.archive', { keepFacts: 1_000 })).toMatchObject({ facts: 0, why: 'the journal (memory) keeps everything' });
  await ask('approval.list', { all: true });
  for (const { name } of FLEET) await ask('agent.status', { agent: name });
  for (const address of ['agents/testing', 'tasks/cut.c', 'router', 'plans']) {
    await ask('actor.inspect', { address });
    await ask('actor.steps', { address });
  }
  for (const plan of ['done', 'waits', 'denied', 'cut']) {
    await ask('plan.status', { plan });
    await ask('plan.await', { plan, timeoutMs: 0 });
  }
  for (const name of ['done.one', 'done.fails', 'denied.d']) {
    await ask('task.status', { task: name });
    await ask('task.await', { task: name, timeoutMs: 0 });
  }
  await ask('request.status', { request: 'denied.d.0.1' });
  await ask('approval.decide', { request: 'denied.d.0.1', decision: 'deny', reason: 'no' });
  await ask('request.status', { request: 'denied.d.0.1' });
  await ask('approval.list', { all: true });
  await ask('permission.prompt', { tool_name: 'Bash', input: { command: 'risk LOW' } });
  await ask('request.assess', { action: { type: 'BASH_COMMAND', payload: { command: 'risk HIGH 1' } }, workspace });
  await node.submit('kept', [task('k', { agent: 'testing', steps: [{ kind: 'bash', payload: { command: 'risk HIGH 5' }, idempotent: false }] })]);
  await settle();
  expect(await ask('approval.decide', { request: 'kept.k.0.1', decision: 'approve', remember: 'day' })).toMatchObject({ rule: expect.stringMatching(/^r-/) });
  const { rule } = await ask('rule.add', { finding: 'bash-network', does: 'raise', level: 'HIGH', why: 'not now', forMs: 60_000 });
  await ask('rule.list');
  await ask('rule.remove', { rule });
  await ask('rule.list', { all: true });
  await ask('agent.interrupt', { agent: 'database' });
  await settle();
  await ask('task.status', { task: 'cut.c' });
  await ask('task.resolve', { task: 'cut.c', action: 'fail', why: 'seen' });
  await ask('actor.send', { address: 'agents/testing', type: 'GET', ask: true });
  await ask('actor.send', { address: 'agents/testing', type: 'PAUSE' });
  await ask('fleet.pause');
  await ask('fleet.resume');
  await ask('plan.run', { text: planText(workspace, { commands: ['risk HIGH 3'] }), baseDir: workspace });
  await ask('task.cancel', { task: 'waits.risk-HIGH-1' });
  await node.submit('later', [task('l', { agent: 'testing', steps: [{ kind: 'bash', payload: { command: 'risk HIGH 4' }, idempotent: false }] })]);
  await ask('plan.cancel', { plan: 'later' });
  const { round } = await ask('round.open', { subject: 'freeze the release', electorate: ['testing', 'person:ann', 'person:bob'] });
  await settle();
  await ask('round.vote', { round, vote: 'yes', why: 'ready' });
  await expect(node.run('round.vote', { round, vote: 'no', why: 'not ready' })).rejects.toMatchObject({ code: 'VoteRefused' });
  await ask('round.status', { round });
  await ask('round.list', { all: true });
  const { id: backup } = await ask('backup.create');
  while ((await ask('backup.status', { backup })).status === 'running') await settle();
  await ask('backup.list');
  await ask('backup.restore', { backup, into: join(node.folder, 'elsewhere') });
  const { deployment } = await ask('deployment.start', { environment: 'staging', version: '1.0.0', workspace, verify: 'risk LOW', agent: 'backend-api' });
  await settle();
  await ask('approval.decide', { request: deployment, decision: 'approve' });
  while ((await node.run<{ items: unknown[] }>('deployment.list', { state: 'promoted' })).items.length === 0) await node.pass(250);
  await ask('deployment.list');
  await ask('deployment.status', { deployment });
  await ask('deployment.rollback', { deployment, agent: 'backend-api' });
  await ask('agent.spawn', { role: 'testing' });
  await ask('agent.stop', { agent: 'testing-2' });
  await ask('agent.restart', { agent: 'testing-2' });
  await ask('actor.kill', { address: 'agents/testing-2' });
  const guest: Caller = { name: 'ada', permissions: ['read', 'act'] };
  await ask('agent.join', { capabilities: ['review'] }, guest);
  const { task: words } = await ask('task.submit', { text: 'look at it', capability: ['review'] });
  await ask('message.send', { to: 'guest.ada', type: 'note' });
  const { task: held, messages } = await ask('inbox.wait', { after: 1 }, guest);
  expect(held).toMatchObject({ task: words, epoch: 1 });
  await ask('inbox.ack', { ids: (messages as ReadonlyArray<{ id: string }>).map(({ id }) => id) }, guest);
  await ask('agent.heartbeat', {}, guest);
  await ask('agent.status', { agent: 'guest.ada' });
  await ask('task.claim', { task: words }, guest);
  await ask('task.progress', { task: words, epoch: 1, note: 'half' }, guest);
  await ask('task.status', { task: words });
  await ask('task.complete', { task: words, epoch: 1, result: { bugs: [] } }, guest);
  await settle();
  await ask('task.status', { task: words });
  const { task: other } = await ask('task.submit', { text: 'look again', agent: 'guest.ada' });
  await settle();
  await ask('task.fail', { task: other, epoch: 1, why: 'no' }, guest);
  await ask('agent.leave', {}, guest);
  await ask('agent.status', { agent: 'guest.ada' });
  await ask('user.link');
  await ask('user.add', { user: 'ada', roles: ['viewer'] });
  await ask('user.roles', { user: 'ada', roles: 'operator,approver' });
  await ask('user.link', { user: 'ada' });
  await ask('user.list');
  await ask('user.remove', { user: 'ada' });
  const { client } = await ask('client.add', { name: 'ci', roles: ['operator'] });
  await ask('client.list');
  await ask('client.remove', { client });
  const { login, token } = await ask('token.issue', { name: 'ci', role: 'operator' });
  await ask('auth.me');
  await ask('auth.introspect', { token });
  await ask('auth.introspect', { token: 'none' });
  await ask('auth.authorize', { token, action: 'task.submit' });
  await ask('auth.authorize', { subject: 'nobody', action: 'task.submit' });
  await ask('login.list');
  await ask('login.revoke', { login });
  await ask('login.list', { all: true });
  expect([...asked].sort()).toEqual([...OPERATIONS.keys()].sort());
});

it.each([...OPERATIONS.values()])(
  '$name has an output that is a JSON Schema of an object, a title, and hints that fit its permission',
  ({ output, title, permission, destructive }) => {
    expect(z.toJSONSchema(output, { io: 'output' })).toMatchObject({ type: 'object' });
    expect(title).toMatch(/^[A-Z][\w' ]{3,40}$/);
    expect([permission, destructive]).not.toEqual(['read', true]);
  },
);
