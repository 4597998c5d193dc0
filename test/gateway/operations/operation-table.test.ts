import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { ACTOR_ROUTES, API_ROUTES } from '../../../gateway/http/api-routes.ts';
import { type Caller, OPERATIONS, type OperationContext, PERMISSIONS } from '../../../gateway/operations/index.ts';

const ALL = [...OPERATIONS.values()];
const NAMES = [...OPERATIONS.keys()];
/** No operation may look at its node before it has checked who asks and what for. */
const untouchable = new Proxy({}, { get: (_, member) => expect.unreachable(`the node was asked for ${String(member)}`) }) as OperationContext['node'];
const asking = (permissions: Caller['permissions']): OperationContext => ({ node: untouchable, caller: { name: 'eve', permissions }, signal: new AbortController().signal });

/** The least that each operation takes, so that one wrong member is all that is wrong. */
const LEAST: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  'actor.inspect': { address: 'a' },
  'actor.steps': { address: 'a' },
  'actor.kill': { address: 'a' },
  'actor.send': { address: 'a', type: 'T' },
  'agent.status': { agent: 'a' },
  'agent.spawn': { role: 'a' },
  'agent.interrupt': { agent: 'a' },
  'agent.stop': { agent: 'a' },
  'agent.restart': { agent: 'a' },
  'inbox.ack': { ids: ['m'] },
  'task.claim': { task: 't' },
  'task.progress': { task: 't', epoch: 1, note: 'n' },
  'task.complete': { task: 't', epoch: 1 },
  'task.fail': { task: 't', epoch: 1, why: 'w' },
  'permission.prompt': { tool_name: 'Bash', input: {} },
  'plan.run': { text: 'x' },
  'plan.status': { plan: 'p' },
  'plan.await': { plan: 'p' },
  'plan.cancel': { plan: 'p' },
  'task.submit': { text: 'x' },
  'task.status': { task: 't' },
  'task.await': { task: 't' },
  'task.cancel': { task: 't' },
  'task.resolve': { task: 't', action: 'done', why: 'w' },
  'message.send': { to: 'a', type: 't' },
  'message.broadcast': { type: 't' },
  'request.status': { request: 'r' },
  'request.assess': { action: { type: 'BASH_COMMAND', payload: { command: 'ls' } }, workspace: '/w' },
  'rule.add': { finding: 'bash-network', does: 'raise', level: 'HIGH', why: 'w', forMs: 60_000 },
  'rule.remove': { rule: 'r' },
  'approval.decide': { request: 'r', decision: 'approve' },
  'token.issue': { name: 'ci' },
  'login.revoke': { login: 'f' },
  'auth.introspect': { token: 't' },
  'auth.authorize': { subject: 'ann', action: 'task.submit' },
  'round.open': { subject: 's' },
  'round.status': { round: 'r' },
  'round.vote': { round: 'r', vote: 'yes', why: 'w' },
  'backup.status': { backup: 'b' },
  'backup.restore': { backup: 'b' },
  'deployment.start': { environment: 'staging', version: '1.0.0', workspace: '/w' },
  'deployment.status': { deployment: 'd' },
  'deployment.rollback': { deployment: 'd' },
  'user.add': { user: 'ada', roles: ['viewer'] },
  'user.roles': { user: 'ada', roles: ['viewer'] },
  'user.remove': { user: 'ada' },
  'client.add': { name: 'ci', roles: ['viewer'] },
  'client.remove': { client: 'c' },
};
const least = (name: string) => LEAST[name] ?? {};

/** One wrong member of each kind that the operation takes. */
const WRONG: ReadonlyArray<readonly [string, string, unknown]> = [
  ['actor.inspect', 'address', ''],
  ['actor.inspect', 'address', 'x'.repeat(201)],
  ['actor.steps', 'limit', 0],
  ['actor.steps', 'cursor', 'now'],
  ['actor.send', 'payload', 'text'],
  ['actor.send', 'ask', 'yes'],
  ['agent.spawn', 'name', 7],
  ['agent.list', 'limit', 1.5],
  ['agent.join', 'name', 'Ada'],
  ['agent.join', 'capabilities', ['A b']],
  ['agent.join', 'leaseMs', 999],
  ['agent.heartbeat', 'membership', 0],
  ['agent.leave', 'why', ''],
  ['inbox.wait', 'after', -1],
  ['inbox.wait', 'timeoutMs', 3_600_001],
  ['inbox.ack', 'ids', []],
  ['task.submit', 'workspace', 'here'],
  ['task.claim', 'task', ''],
  ['task.progress', 'note', ''],
  ['task.complete', 'epoch', 0],
  ['task.fail', 'epoch', 'now'],
  ['plan.run', 'text', ''],
  ['plan.run', 'approve', 'CRITICAL'],
  ['plan.run', 'approve', 'high'],
  ['plan.run', 'baseDir', 'relative/folder'],
  ['plan.run', 'approvalMs', 999],
  ['plan.run', 'approvalMs', 7 * 24 * 3_600_000 + 1],
  ['plan.await', 'timeoutMs', -1],
  ['task.await', 'timeoutMs', 3_600_001],
  ['plan.list', 'cursor', '-1'],
  ['task.submit', 'priority', 'control'],
  ['task.submit', 'capability', 'test'],
  ['task.resolve', 'action', 'retry'],
  ['task.resolve', 'why', ''],
  ['message.send', 'to', null],
  ['message.broadcast', 'type', 'x'.repeat(129)],
  ['approval.decide', 'decision', 'maybe'],
  ['approval.decide', 'actionHash', 'ABC'],
  ['approval.list', 'all', 'perhaps'],
  ['alert.list', 'all', 'perhaps'],
  ['round.list', 'all', 'perhaps'],
  ['round.open', 'subject', ''],
  ['round.open', 'electorate', []],
  ['round.open', 'electorate', ['no/name']],
  ['round.open', 'quorum', 0],
  ['round.open', 'threshold', 1.5],
  ['round.open', 'deadlineMs', 999],
  ['round.open', 'deadlineMs', 7 * 24 * 3_600_000 + 1],
  ['round.vote', 'vote', 'perhaps'],
  ['round.vote', 'why', ''],
  ['round.vote', 'why', 'x'.repeat(2_001)],
  ['deadletter.list', 'limit', 'many'],
  ['inbox.read', 'agent', ['testing']],
  ['token.issue', 'name', 'two words'],
  ['token.issue', 'scope', 'troupe:read openid'],
  ['token.issue', 'scope', 'troupe:op:no'],
  ['token.issue', 'role', 'root'],
  ['token.issue', 'seconds', 2_592_001],
  ['login.list', 'all', 'perhaps'],
  ['auth.introspect', 'token', 'x'.repeat(8_193)],
  ['auth.authorize', 'action', 'do anything'],
  ['auth.authorize', 'resource', ''],
  ['auth.authorize', 'subject', undefined],
  ['audit.query', 'since', 'yesterday'],
  ['audit.query', 'limit', 501],
  ['backup.create', 'keep', 0],
  ['backup.create', 'waitMs', 120_001],
  ['backup.restore', 'backup', '../b'],
  ['backup.restore', 'into', 'relative'],
  ['rule.add', 'finding', 'bash-netwrok'],
  ['rule.add', 'finding', 'shell-*'],
  ['deployment.start', 'workspace', 'relative'],
  ['deployment.start', 'strategy', 'at once'],
  ['deployment.start', 'verify', ''],
  ['user.add', 'user', '../root'],
  ['user.add', 'roles', 'root'],
  ['user.roles', 'roles', []],
  ['client.add', 'redirectUris', ['javascript:alert(1)']],
  ['client.add', 'jwks', { keys: [] }],
];

const refusal = async (name: string, input: unknown, permissions: Caller['permissions'] = PERMISSIONS): Promise<string> => {
  const ran = Promise.resolve().then(() => OPERATIONS.get(name)?.run(asking(permissions), input));
  return ran.then(
    () => 'it ran',
    (error: { code?: string; message: string }) => `${error.code}: ${error.message}`,
  );
};

describe.each(NAMES)('%s', (name) => {
  const operation = OPERATIONS.get(name);

  it('refuses a member that it does not know, and what is no object', async () => {
    expect(await refusal(name, { ...least(name), nonsense: 1 })).toMatch(/^InvalidInput: .*nonsense/);
    for (const input of [[], 'text', 7, true]) expect(await refusal(name, input)).toMatch(/^InvalidInput/);
  });

  it('refuses when a member that it needs is missing', async () => {
    for (const member of Object.keys(least(name))) {
      const { [member]: _left, ...rest } = least(name);
      expect(await refusal(name, rest)).toMatch(new RegExp(`^InvalidInput: ${name}: ${member}: `));
    }
  });

  it('refuses a caller without its permission, before it looks at what was asked', async () => {
    const without = PERMISSIONS.filter((permission) => permission !== operation?.permission);
    expect(await refusal(name, 'nonsense', without)).toBe(`NotPermitted: ${name} needs the permission '${operation?.permission}'`);
  });

  it('is named topic.verb, says what it does, and its input is a JSON Schema of an object', () => {
    expect(name).toMatch(/^[a-z]+\.[a-z]+$/);
    expect(operation?.summary.length).toBeGreaterThan(5);
    expect(z.toJSONSchema(operation?.input ?? z.never(), { io: 'input' })).toMatchObject({ type: 'object', additionalProperties: false });
  });
});

it.each(WRONG)('%s refuses the %s %j', async (name, member, value) => {
  expect(await refusal(name, { ...least(name), [member]: value })).toMatch(new RegExp(`^InvalidInput: ${name}: ${member}`));
});

it('the list of least inputs is whole: every operation that needs something is in it', async () => {
  const needy = ALL.filter(({ input }) => !input.safeParse({}).success).map(({ name }) => name);
  expect(needy.sort()).toEqual(Object.keys(LEAST).sort());
});

it('an agent, which may read and act, decides nothing and ends nobody', () => {
  const beyond = ALL.filter(({ permission }) => permission === 'admin' || permission === 'approve').map(({ name }) => name);
  expect(beyond.sort()).toEqual([
    'actor.kill',
    'actor.send',
    'agent.restart',
    'agent.spawn',
    'agent.stop',
    'approval.decide',
    'audit.archive',
    'auth.authorize',
    'auth.introspect',
    'backup.create',
    'backup.restore',
    'client.add',
    'client.list',
    'client.remove',
    'login.list',
    'login.revoke',
    'rule.add',
    'rule.remove',
    'task.resolve',
    'token.issue',
    'user.add',
    'user.link',
    'user.list',
    'user.remove',
    'user.roles',
  ]);
});

it('a plan whose steps are approved beforehand takes the right to decide', async () => {
  for (const approve of ['MEDIUM', 'HIGH'])
    expect(await refusal('plan.run', { text: 'x', approve }, ['read', 'act'])).toMatch(/^NotPermitted: plan\.run with approve needs the permission 'approve'/);
});

it('what only reads is a GET, what does something a POST', () => {
  for (const { method, operation } of [...API_ROUTES, ...ACTOR_ROUTES])
    expect([operation, method]).toEqual([operation, OPERATIONS.get(operation)?.permission === 'read' ? 'GET' : 'POST']);
});
