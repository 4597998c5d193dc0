import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { addApiRoutes } from '../../../gateway/http/api-door.ts';
import { planText } from '../../support/call-plan.ts';
import { ROOT_CHILDREN } from '../../support/root-children.ts';
import { runningNode } from '../../support/running-node.ts';
import { settle } from '../../support/settle.ts';
import { testDoor } from '../../support/test-door.ts';

async function served(options: Parameters<typeof runningNode>[0] = {}) {
  const node = await runningNode(options);
  const door = testDoor('api', addApiRoutes, () => node.node);
  const workspace = join(node.folder, 'work');
  mkdirSync(workspace);
  const submit = async (commands: readonly string[], headers = {}, more = {}) =>
    door.post('/api/v1/plans', { text: planText(workspace, { commands }), baseDir: workspace, ...more }, headers);
  return { ...door, node, workspace, submit };
}

describe('refusals', () => {
  it('are problem details with a stable code, of the type that says so', async () => {
    const { get } = await served();
    const answer = await get('/api/v1/plans/nobody');
    expect(answer.type).toMatch(/^application\/problem\+json/);
    expect(answer.body).toEqual({
      type: 'about:blank',
      title: 'NoSuchPlan',
      status: 404,
      code: 'NoSuchPlan',
      detail: "no plan 'nobody'; `troupe plans` lists them",
      plan: 'nobody',
    });
  });

  it.each([
    ['no token', { authorization: '' }, 401, 'Unauthenticated'],
    ['a foreign Host', { host: 'rebind.example:5003' }, 403, 'ForeignRequest'],
    ['a foreign Origin', { origin: 'https://example.com' }, 403, 'ForeignRequest'],
    ['a foreign Host before a missing token', { host: 'rebind.example', authorization: '' }, 403, 'ForeignRequest'],
  ])('%s', async (_what, headers, status, code) => {
    const { get } = await served();
    const answer = await get('/api/v1/status', headers);
    expect([answer.status, answer.body.code, answer.type]).toEqual([status, code, 'application/problem+json; charset=utf-8']);
  });

  it.each([
    ['an unknown route', '/api/v1/nothing', 404, 'NoSuchRoute'],
    ['an unknown agent, saying who was meant', '/api/v1/agents/testin', 404, 'NoSuchAgent'],
    ['an actor that is not there', '/api/v1/actors/agents/nobody', 404, 'NoSuchActor'],
    ['an address that is none', '/api/v1/actors/agents//x', 400, 'InvalidAddress'],
    ['a limit of nothing', '/api/v1/tasks?limit=0', 400, 'InvalidInput'],
    ['a limit of too much', '/api/v1/tasks?limit=501', 400, 'InvalidInput'],
    ['a limit that is no number', '/api/v1/tasks?limit=many', 400, 'InvalidInput'],
    ['a filter that does not exist', '/api/v1/tasks?color=red', 400, 'InvalidInput'],
    ['a filter given twice', '/api/v1/tasks?status=failed&status=running', 400, 'InvalidInput'],
    ['a path that cannot be decoded', '/api/v1/plans/%ZZ', 400, 'InvalidInput'],
  ])('%s', async (_what, url, status, code) => {
    const { get } = await served();
    const answer = await get(url);
    expect([answer.status, answer.body.code]).toEqual([status, code]);
  });

  it.each([
    ['/api/v1/audit', 'GET, HEAD'],
    ['/api/v1/backups/b1', 'GET, HEAD'],
    ['/api/v1/status?x=1', 'GET, HEAD'],
  ])('a path that is there, posted to: %s', async (url, allow) => {
    const { post } = await served();
    expect(await post(url)).toMatchObject({ status: 405, headers: { allow }, body: { code: 'WrongMethod', takes: allow, detail: `POST ${url}: this path takes ${allow}` } });
  });

  it.each(['/api/v1/plans/p1/cancel', '/api/v1/fleet/pause'])('a path that only takes what changes something, read: %s', async (url) => {
    const { get } = await served();
    expect(await get(url)).toMatchObject({ status: 405, headers: { allow: 'POST' }, body: { code: 'WrongMethod' } });
  });

  it.each([
    ['no JSON', '{"text": ', 'InvalidInput'],
    ['a list', '[]', 'InvalidInput'],
    ['a number', '7', 'InvalidInput'],
    ['a member that no operation knows', '{"type": "note", "to": "testing", "urgent": true}', 'InvalidInput'],
    ['a prototype', '{"to": "testing", "type": "note", "__proto__": {"payload": 1}}', 'InvalidInput'],
    ['a constructor with a prototype', '{"to": "testing", "type": "note", "constructor": {"prototype": {}}}', 'InvalidInput'],
  ])('a body that is %s', async (_what, body, code) => {
    const { post } = await served();
    const answer = await post('/api/v1/messages', body);
    expect([answer.status, answer.body.code]).toEqual([400, code]);
  });

  it('a message for an actor whose mailbox is full is 429, and may be sent again; what was answered 202 is there (K21)', async () => {
    const { post, node } = await served({ mailboxes: { maxMailbox: 3 } });
    const send = (n: number) => post('/api/v1/messages', { to: 'testing', type: 'note', payload: { n } }, { 'idempotency-key': `note-${n}` });
    const numbers = Array.from({ length: 40 }, (_, n) => n);
    const first = await Promise.all(numbers.map(send));
    const refused = numbers.filter((n) => first[n]?.status === 429);
    expect(new Set(first.map(({ status }) => status))).toEqual(new Set([202, 429]));
    for (const n of refused) expect(first[n]?.body).toMatchObject({ code: 'MailboxFull', status: 429, detail: "mailbox of 'agents/testing' is full" });
    for (const n of refused) expect((await send(n)).status).toBe(202);
    await settle();
    const { items } = await node.run<{ items: ReadonlyArray<{ payload: { n: number } }> }>('inbox.read', { agent: 'testing', limit: 100 });
    expect(items.map(({ payload }) => payload.n).sort((a, b) => a - b)).toEqual(numbers);
  });

  it('a body that is too large is refused with its status', async () => {
    const { post } = await served();
    const answer = await post('/api/v1/messages', { to: 'testing', type: 'note', payload: 'x'.repeat(1_200_000) });
    expect([answer.status, answer.body.code, answer.body.status]).toEqual([413, 'InvalidInput', 413]);
  });

  it('a body of another type is refused with its status', async () => {
    const { post } = await served();
    const answer = await post('/api/v1/messages', '<to>testing</to>', { 'content-type': 'application/xml' });
    expect([answer.status, answer.body.code]).toEqual([415, 'InvalidInput']);
  });

  it('what fails by surprise says nothing of itself, and is in the log', async () => {
    const secret = 'postgres://user:hunter2@host';
    const { get, faults } = testDoor('api', addApiRoutes, () => {
      throw new Error(secret);
    });
    const answer = await get('/api/v1/status');
    expect([answer.status, answer.body.code]).toEqual([500, 'InternalError']);
    expect(answer.text).not.toContain('hunter2');
    expect((faults[0] as { err: Error }).err.message).toBe(secret);
  });

  it('a node that has not started yet says so', async () => {
    const { get } = testDoor('api', addApiRoutes, () => undefined);
    expect(await get('/api/v1/status')).toMatchObject({ status: 503, body: { code: 'NodeStarting' } });
  });
});

describe('lists', () => {
  it('page by page give every item once, newest first, and end with a null cursor', async () => {
    const { get, submit } = await served();
    await submit(['one', 'two', 'three', 'four', 'five']);
    await settle();
    const seen: unknown[] = [];
    const sizes: number[] = [];
    for (let cursor: string | null | undefined = ''; cursor !== null; ) {
      const { status, body } = await get(`/api/v1/tasks?limit=2${cursor === '' ? '' : `&cursor=${encodeURIComponent(cursor ?? '')}`}`);
      expect(status).toBe(200);
      sizes.push(body.items?.length ?? 0);
      seen.push(...(body.items ?? []).map(({ id }) => id));
      cursor = body.nextCursor;
    }
    expect(sizes).toEqual([2, 2, 1]);
    expect([...seen].sort()).toEqual(['task-0', 'task-1', 'task-2', 'task-3', 'task-4']);
  });

  it('a page that holds the last item has no next one', async () => {
    const { get, submit } = await served();
    await submit(['one', 'two']);
    await settle();
    expect((await get('/api/v1/tasks?limit=2')).body.nextCursor).toBeNull();
  });

  it.each(['/plans', '/tasks', '/requests', '/approvals', '/dead-letters', '/messages'])('%s answers items and nextCursor also when there is nothing', async (path) => {
    const { get } = await served();
    expect((await get(`/api/v1${path}`)).body).toEqual({ items: [], nextCursor: null });
  });

  it.each(['/plans', '/tasks', '/requests', '/approvals', '/dead-letters'])('%s refuses a cursor that it has not given', async (path) => {
    const { get } = await served();
    expect(await get(`/api/v1${path}?cursor=nonsense`)).toMatchObject({ status: 400, body: { code: 'InvalidInput' } });
  });
});

describe('what is journalled', () => {
  it('is answered with 202, and can be read under the answer at once', async () => {
    const { get, submit } = await served();
    const { status, body } = await submit(['one']);
    expect(status).toBe(202);
    expect(await get(`/api/v1/plans/${String(body.plan)}`)).toMatchObject({ status: 200, body: { plan: body.plan, tasks: [{ id: 'task-0' }] } });
    expect((await get('/api/v1/plans')).body.items).toMatchObject([{ plan: body.plan }]);
  });

  it('a plan under the same Idempotency-Key runs once and has one name', async () => {
    const { get, submit, node } = await served();
    const first = await submit(['one'], { 'idempotency-key': 'order-7' });
    const again = await submit(['one'], { 'idempotency-key': 'order-7' });
    expect([first.status, again.status]).toEqual([202, 202]);
    expect(again.body.plan).toBe(first.body.plan);
    await node.pass(1_000);
    expect((await get('/api/v1/plans')).body.items).toHaveLength(1);
    expect(node.ran).toEqual(['one']);
  });

  it('also after an hour, and beside a message to the same agent under that key', async () => {
    const { post, submit, node } = await served();
    const first = await submit(['one'], { 'idempotency-key': 'order-7' });
    await post('/api/v1/messages', { to: 'supervisor', type: 'note' }, { 'idempotency-key': 'order-7' });
    node.services.clock.advance(3_600_000);
    await settle();
    expect((await submit(['one'], { 'idempotency-key': 'order-7' })).body.plan).toBe(first.body.plan);
  });

  it('another key is another plan', async () => {
    const { submit } = await served();
    const first = await submit(['one'], { 'idempotency-key': 'order-7' });
    const other = await submit(['one'], { 'idempotency-key': 'order-8' });
    expect(other.body.plan).not.toBe(first.body.plan);
  });

  it('a message under the same key arrives once', async () => {
    const { post, get } = await served();
    for (let time = 0; time < 2; time += 1) {
      const sent = await post('/api/v1/messages', { to: 'database', type: 'note', payload: { text: 'done' } }, { 'idempotency-key': 'note-1' });
      expect(sent).toMatchObject({ status: 202, body: { id: 'note-1', accepted: true } });
    }
    await settle();
    expect((await get('/api/v1/messages?agent=database')).body.items).toMatchObject([{ id: 'note-1', agent: 'database', kind: 'note', payload: { text: 'done' } }]);
  });

  it('a broadcast under the same key arrives once at each', async () => {
    const { post, get, node } = await served();
    for (let time = 0; time < 2; time += 1) await post('/api/v1/messages/broadcast', { type: 'lunch' }, { 'idempotency-key': 'lunch-1' });
    await settle();
    const { items = [] } = (await get('/api/v1/messages')).body;
    expect(items.map(({ agent }) => agent).sort()).toEqual(
      [
        ...(node.system
          .childTable('agents')
          ?.which()
          .map(({ id }) => id) ?? []),
      ].sort(),
    );
  });

  it.each(['', 'with space', 'x'.repeat(201), 'ümlaut'])("the Idempotency-Key '%s' is refused", async (key) => {
    const { submit } = await served();
    expect(await submit(['one'], { 'idempotency-key': key })).toMatchObject({ status: 400, body: { code: 'InvalidInput' } });
  });

  it('a wrong plan is refused whole, with the line, the field and what was meant', async () => {
    const { post, get, workspace } = await served();
    const text = ['name: wrong', `workspace: ${workspace}`, 'tasks:', '  - id: a', '    agnet: testing', '    steps: [{ bash: ls }]'].join('\n');
    const answer = await post('/api/v1/plans', { text, file: 'wrong.yaml', baseDir: workspace });
    expect([answer.status, answer.body.code]).toEqual([422, 'InvalidPlan']);
    expect(answer.body.detail).toMatch(/wrong\.yaml:5.*agnet.*agent/s);
    expect((await get('/api/v1/plans')).body.items).toEqual([]);
  });
});

describe('actors by their address', () => {
  it('are the tree, one actor, its steps', async () => {
    const { get } = await served();
    const ids = ((await get('/api/v1/actors')).body.tree as ReadonlyArray<{ id: string }>).map(({ id }) => id);
    expect(ids).toEqual(ROOT_CHILDREN);
    expect((await get('/api/v1/actors/agents/testing')).body).toMatchObject({ address: 'agents/testing' });
    expect((await get('/api/v1/actors/agents/testing/steps?limit=1')).body.items).toHaveLength(1);
  });

  it('a verb at the end of a path belongs to POST alone', async () => {
    const { get, post } = await served();
    expect(await get('/api/v1/actors/agents/testing/kill')).toMatchObject({ status: 404, body: { code: 'NoSuchActor' } });
    expect(await post('/api/v1/actors/agents/testing')).toMatchObject({ status: 404, body: { code: 'NoSuchRoute' } });
    expect(await post('/api/v1/actors/kill')).toMatchObject({ status: 404, body: { code: 'NoSuchRoute' } });
  });

  it('a kill is a crash, from which the supervisor starts it again', async () => {
    const { post, node } = await served();
    expect(await post('/api/v1/actors/agents/testing/kill')).toMatchObject({ status: 202, body: { killed: 'agents/testing' } });
    await node.pass(1_000);
    expect(node.system.inspect('agents/testing')).toBeDefined();
  });
});

it('answers are not kept by caches and not guessed at by browsers', async () => {
  const { get } = await served();
  for (const url of ['/api/v1/status', '/api/v1/nothing']) expect((await get(url)).headers).toMatchObject({ 'cache-control': 'no-store', 'x-content-type-options': 'nosniff' });
});
