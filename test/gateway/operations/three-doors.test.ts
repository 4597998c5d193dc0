// One table behind the command line, the routes and JSON-RPC: what each can reach, compared.
import { writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { VERBS } from '../../../gateway/cli/verbs.ts';
import { ACCESS_ROUTES, ACTOR_ROUTES, API_ROUTES, AUTH_ROUTES } from '../../../gateway/http/api-routes.ts';
import { OPERATIONS } from '../../../gateway/operations/index.ts';
import { runCli } from '../../support/cli-run.ts';
import { recordingServer } from '../../support/recording-server.ts';

const AUDIT = { ok: true, facts: 3, firstFact: 1, cut: null, byBatchUpTo: null, checkpoints: 0, lastCheckpoint: null, unsigned: 3, flaw: null };
const RECORD = { fact: 1, batch: 1, at: 0, kind: 'a.b', who: 'ann', what: 'x', why: null, epoch: null, previousHash: '0', body: {} };
const REPORT = { plan: 'p', name: 'p', status: 'succeeded', startedAt: 0, endedAt: 1, branch: null, tasks: [] };

/** Each verb as somebody types it, and the operations that it runs. */
const TYPED: Readonly<Record<string, readonly [args: readonly string[], operations: readonly string[]]>> = {
  run: [['plan.json'], ['plan.run', 'plan.await']],
  task: [['p.t'], ['task.status']],
  status: [[], ['system.status']],
  agents: [[], ['agent.list']],
  plans: [['--limit', '3'], ['plan.list']],
  tasks: [['--status', 'failed'], ['task.list']],
  actors: [[], ['actor.tree']],
  inspect: [['agents/testing'], ['actor.inspect']],
  messages: [['--agent', 'testing'], ['inbox.read']],
  'dead-letters': [[], ['deadletter.list']],
  alerts: [['--all'], ['alert.list']],
  approvals: [['--all'], ['approval.list']],
  spawn: [['testing'], ['agent.spawn']],
  interrupt: [['testing'], ['agent.interrupt']],
  stop: [['testing'], ['agent.stop']],
  restart: [['testing'], ['agent.restart']],
  pause: [[], ['fleet.pause']],
  resume: [[], ['fleet.resume']],
  send: [['testing', 'note', '{"a":1}'], ['message.send']],
  broadcast: [['note'], ['message.broadcast']],
  kill: [['agents/testing'], ['actor.kill']],
  submit: [['a sentence'], ['task.submit']],
  cancel: [['p'], ['plan.cancel']],
  approve: [['r'], ['approval.decide']],
  deny: [['r', '--why', 'no'], ['approval.decide']],
  audit: [['--kind', 'approval', '--since', '2h'], ['audit.query']],
  token: [['--role', 'operator', '--seconds', '60'], ['token.issue']],
  logins: [[], ['login.list']],
  rounds: [['--all'], ['round.list']],
  vote: [['r', 'yes', '--why', 'seen'], ['round.vote']],
  backup: [['--why', 'now', '--keep', '3'], ['backup.create']],
  backups: [['--limit', '3'], ['backup.list']],
  deploy: [
    ['staging', '1.0.0', '--source', 'site', '--wait'],
    ['deployment.start', 'plan.await'],
  ],
  deployments: [['--environment', 'staging', '--limit', '3'], ['deployment.list']],
  rollback: [['d', '--why', 'slow'], ['deployment.rollback']],
  users: [['add', 'ada', '--role', 'operator,approver'], ['user.add']],
  clients: [['add', 'ci', '--role', 'operator', '--redirect', 'https://app.example/callback'], ['client.add']],
  rules: [['--all'], ['rule.list']],
  resolve: [['t', 'done', '--why', 'seen'], ['task.resolve']],
};

/** About the machine, the process or its terminal, where no operation can be asked. */
const NO_OPERATION = ['init', 'up', 'down', 'login', 'logout', 'doctor', 'attach', 'logs', 'mcp', 'chaos', 'assess', 'restore'];

/** Reached by programs and by other verbs, or not yet by a verb of their own. */
const NO_VERB = [
  'actor.send',
  'actor.steps',
  'agent.heartbeat',
  'agent.join',
  'agent.leave',
  'agent.status',
  'auth.authorize',
  'auth.introspect',
  'auth.me',
  'backup.restore',
  'backup.status',
  'client.list',
  'client.remove',
  'deployment.status',
  'inbox.ack',
  'inbox.wait',
  'login.revoke',
  'permission.prompt',
  'plan.status',
  'request.assess',
  'request.list',
  'request.status',
  'round.open',
  'round.status',
  'rule.add',
  'rule.remove',
  'task.await',
  'task.cancel',
  'task.claim',
  'task.complete',
  'task.fail',
  'task.progress',
  'user.link',
  'user.list',
  'user.remove',
  'user.roles',
];

async function reached(verb: string, args: readonly string[]) {
  const server = await recordingServer();
  server.answer = ({ method }) => ({
    result: {
      'plan.await': REPORT,
      'plan.run': { plan: 'p' },
      'audit.query': { items: [RECORD], nextCursor: null },
      'audit.verify': AUDIT,
      'backup.create': { id: 'b', status: 'verified' },
      'deployment.start': { deployment: 'd', plan: 'p' },
    }[method] ?? {
      items: [],
      tree: [],
      nextCursor: null,
    },
  });
  const folder = dirname(server.data);
  writeFileSync(join(folder, 'plan.json'), '{}');
  const ran = await runCli([verb, ...args, '--json', '--data', server.data], { cwd: folder });
  return { ...ran, asked: server.asked };
}

describe.each(Object.entries(TYPED))('troupe %s', (verb, [args, operations]) => {
  it(`runs ${operations.join(', ')} with an input that it takes, as the person who typed it`, async () => {
    const { asked, code, stdout } = await reached(verb, args);
    expect(asked.map(({ method }) => method)).toEqual(operations);
    for (const { method, params, headers } of asked) {
      expect(OPERATIONS.get(method)?.input.safeParse(params)).toMatchObject({ success: true });
      expect(headers).toMatchObject({ authorization: 'Bearer the-token', 'x-troupe-caller': 'ann' });
    }
    expect(code).toBe(0);
    expect(() => JSON.parse(stdout)).not.toThrow();
  });
});

it('audit verify asks for the verification', async () => {
  expect((await reached('audit', ['verify'])).asked.map(({ method }) => method)).toEqual(['audit.verify']);
});

it('audit archive asks for the archiving, with what stays', async () => {
  const { asked } = await reached('audit', ['archive', '--keep-days', '30', '--keep-facts', '5000']);
  expect(asked).toMatchObject([{ method: 'audit.archive', params: { keepDays: '30', keepFacts: '5000' } }]);
});

it('an address with a path is an actor, which is asked', async () => {
  const { asked } = await reached('send', ['agents/testing', 'GET']);
  expect(asked).toMatchObject([{ method: 'actor.send', params: { address: 'agents/testing', type: 'GET', ask: true } }]);
});

it.each<[readonly string[], string, object]>([
  [['users'], 'user.list', {}],
  [['users', 'roles', 'ada', '--role', 'viewer'], 'user.roles', { user: 'ada', roles: 'viewer' }],
  [['users', 'passwd'], 'user.link', {}],
  [['users', 'passwd', 'ada'], 'user.link', { user: 'ada' }],
  [['users', 'remove', 'ada'], 'user.remove', { user: 'ada' }],
  [['clients'], 'client.list', {}],
  [['clients', 'remove', 'c-1'], 'client.remove', { client: 'c-1' }],
])('%j runs %s', async ([verb = '', ...args], operation, input) => {
  const { asked, code } = await reached(verb, args);
  expect(asked).toMatchObject([{ method: operation, params: input }]);
  expect(OPERATIONS.get(operation)?.input.safeParse(asked[0]?.params)).toMatchObject({ success: true });
  expect(code).toBe(0);
});

it('`logins end` and a login end that login', async () => {
  const { asked } = await reached('logins', ['end', 'f1']);
  expect(asked).toMatchObject([{ method: 'login.revoke', params: { login: 'f1' } }]);
});

it('every verb is compared here or is one of those that no operation stands behind', () => {
  expect(VERBS.map(({ name }) => name).sort()).toEqual([...Object.keys(TYPED), ...NO_OPERATION].sort());
});

it('every operation has a verb or is listed as having none', () => {
  const byVerb = new Set(['audit.archive', 'audit.verify', ...Object.values(TYPED).flatMap(([, operations]) => operations)]);
  expect([...OPERATIONS.keys()].filter((name) => !byVerb.has(name)).sort()).toEqual(NO_VERB);
});

it('every route is an operation, and every operation has exactly one route', () => {
  const routed = [...API_ROUTES, ...ACTOR_ROUTES, ...AUTH_ROUTES, ...ACCESS_ROUTES].map(({ operation }) => operation);
  expect(routed.sort()).toEqual([...OPERATIONS.keys()].sort());
});

it('no two routes are the same', () => {
  const paths = [...API_ROUTES, ...AUTH_ROUTES, ...ACCESS_ROUTES].map(({ method, path }) => `${method} ${path.replace(/:\w+/g, ':')}`);
  expect(new Set(paths).size).toBe(paths.length);
});

it('the names in a path are members of the input', () => {
  for (const { path, operation } of [...API_ROUTES, ...AUTH_ROUTES, ...ACCESS_ROUTES]) {
    const shape = (OPERATIONS.get(operation)?.input as { shape?: object } | undefined)?.shape ?? {};
    for (const [, name] of path.matchAll(/:(\w+)/g)) expect([operation, Object.keys(shape)]).toEqual([operation, expect.arrayContaining([name])]);
  }
});
