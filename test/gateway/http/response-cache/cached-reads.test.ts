import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { addApiRoutes } from '../../../../gateway/http/api-door.ts';
import { CachedReads } from '../../../../gateway/http/response-cache/cached-reads.ts';
import { stateBehind } from '../../../../gateway/http/response-cache/reads-of-facts.ts';
import { openFactFeed } from '../../../../gateway/node/fact-feed.ts';
import type { RunningNode } from '../../../../gateway/node/running-node.ts';
import { planText } from '../../../support/call-plan.ts';
import { count, randomFrom, SEED } from '../../../support/length.ts';
import { privateFolder } from '../../../support/private-folder.ts';
import { ADMIN, runningNode } from '../../../support/running-node.ts';
import { settle } from '../../../support/settle.ts';
import { type Answer, testDoor } from '../../../support/test-door.ts';

/** Routes whose answers are kept, with the operation and input that each stands for. */
const KEPT = [
  ['/plans', 'plan.list', {}],
  ['/plans?limit=2', 'plan.list', { limit: 2 }],
  ['/tasks', 'task.list', {}],
  ['/tasks?status=succeeded', 'task.list', { status: 'succeeded' }],
  ['/requests', 'request.list', {}],
  ['/deployments', 'deployment.list', {}],
  ['/audit', 'audit.query', {}],
  ['/audit?kind=plan', 'audit.query', { kind: 'plan' }],
  ['/actors/agents/testing/steps', 'actor.steps', { address: 'agents/testing' }],
] as const;
const HEAD = { era: 'test', counters: { mail: 0, fact: 0, effect: 0, child: 0, deadLetter: 0, incarnation: 0 } };
const tagIn = ({ headers }: Answer): string => String(headers.etag);

async function served(change: (node: RunningNode) => Partial<RunningNode> = () => ({})) {
  const node = await runningNode();
  const seen = { ...node.node, ...change(node.node) };
  const { get, post, faults } = testDoor('api', addApiRoutes, () => seen);
  const workspace = join(node.folder, 'work');
  mkdirSync(workspace);
  const submit = (...commands: readonly string[]) => post('/api/v1/plans', { text: planText(workspace, { commands }), baseDir: workspace });
  return { node, get, post, submit, faults, read: (path: string, headers = {}) => get(`/api/v1${path}`, headers) };
}

describe('a read of facts', () => {
  it.each(KEPT)('%s answers as the operation does, the second time too, with a tag that is to be asked about', async (path, operation, input) => {
    const { node, read, submit } = await served();
    await submit('one', 'two');
    await settle();
    const [first, second] = [await read(path), await read(path)];
    expect([first.status, first.body, first.headers['cache-control'], first.headers.vary]).toEqual([200, await node.run(operation, input), 'private, no-cache', 'authorization']);
    expect([second.text, tagIn(second), first.type]).toEqual([first.text, tagIn(first), 'application/json; charset=utf-8']);
  });

  it.each(KEPT.filter(([path]) => path !== '/deployments'))('%s is 304 without a body for whoever holds the answer, until a fact about it is new', async (path) => {
    const { read, submit } = await served();
    await submit('one');
    await settle();
    const first = await read(path);
    for (const held of [tagIn(first), tagIn(first).replace('W/', ''), `"another", ${tagIn(first)}`]) {
      const again = await read(path, { 'if-none-match': held });
      expect([again.status, again.text, tagIn(again), again.headers['cache-control']]).toEqual([304, '', tagIn(first), 'private, no-cache']);
    }
    expect((await read(path, { 'if-none-match': '"another", *' })).status).toBe(200);
    await submit('two');
    await settle();
    const after = await read(path, { 'if-none-match': tagIn(first) });
    expect([after.status, tagIn(after) === tagIn(first)]).toEqual([200, false]);
  });

  it('is 304 on while facts about something else are new', async () => {
    const { node, read, submit } = await served();
    await submit('one');
    await settle();
    const held = new Map<string, string>();
    for (const path of ['/plans', '/tasks', '/requests', '/deployments', '/audit']) held.set(path, tagIn(await read(path)));
    const before = node.node.system.position;
    node.node.system.record('access.refused', { door: 'api' });
    await settle();
    expect(node.node.system.position).toBeGreaterThan(before);
    const answers = await Promise.all([...held].map(async ([path, tag]) => [path, (await read(path, { 'if-none-match': tag })).status]));
    expect(Object.fromEntries(answers)).toEqual({ '/plans': 304, '/tasks': 304, '/requests': 304, '/deployments': 304, '/audit': 200 });
    await submit('two');
    expect((await read('/deployments', { 'if-none-match': held.get('/deployments') ?? '' })).status).toBe(304);
  });

  it('has the same tag where the same facts were read anew from the journal, and one of its own after other facts', async () => {
    const { node, read, submit } = await served();
    await submit('one');
    await settle();
    const behind = () => stateBehind(node.node, 'task.list');
    const before = await behind();
    await read('/tasks');
    const again = openFactFeed({ file: join(privateFolder(), 'mcp_system.db'), system: node.node.system, head: HEAD, onFault: () => undefined });
    onTestFinished(() => again.close());
    await again.read();
    expect([typeof before, await stateBehind({ ...node.node, facts: again }, 'task.list')]).toEqual(['string', before]);
    const other = await served();
    await other.submit('another');
    await settle();
    expect([(await stateBehind(other.node.node, 'task.list')) === before, await stateBehind(other.node.node, 'deployment.list')]).toEqual([false, 'nothing']);
  });

  it('of a table whose last writer is archived or not known goes by the newest fact', async () => {
    const { node, submit } = await served();
    await submit('one');
    await settle();
    const { system, facts } = node.node;
    system.record('access.refused', { door: 'api' });
    await settle();
    await facts.read();
    const seen = (lastWrite: (table: string) => number | undefined) => stateBehind({ ...node.node, facts: { ...facts, lastWrite } }, 'plan.list');
    const known = await seen((table) => facts.lastWrite(table));
    const head = system.chainHead.hash;
    expect([known === head, await seen(() => undefined), await seen(() => 1_000_000)]).toEqual([false, head, head]);
  });

  it('is never older than a write that was answered, whatever is kept', async () => {
    const { node, read, submit } = await served();
    const random = randomFrom(SEED);
    let submitted = 0;
    for (let step = 0; step < count(60, 600); step++) {
      const [path, operation, input] = KEPT[Math.floor(random() * KEPT.length)] ?? KEPT[0];
      const dice = random();
      if (dice < 0.3) {
        expect((await submit(`step ${step}`)).status).toBe(202);
        submitted += 1;
        expect((await read('/plans?limit=500')).body.items?.length).toBe(submitted);
      } else if (dice < 0.5) await settle(Math.floor(random() * 20));
      else {
        const [kept, made] = [await read(path), await node.run(operation, input)];
        // Nothing happened between the two, or the tag says that something did.
        const again = await read(path, { 'if-none-match': tagIn(kept) });
        if (again.status === 304) expect(kept.body).toEqual(made);
      }
    }
    expect(submitted).toBeGreaterThan(5);
  });

  it('that many ask alike at once is made once', async () => {
    let reads = 0;
    const { node, read, submit } = await served(({ facts }) => ({
      facts: {
        ...facts,
        read(position) {
          reads += 1;
          return facts.read(position);
        },
      },
    }));
    await submit('one');
    await settle();
    await node.node.facts.read();
    reads = 0;
    const answers = await Promise.all(Array.from({ length: 10 }, () => read('/tasks')));
    expect(new Set(answers.map(({ text }) => text)).size).toBe(1);
    expect(reads).toBe(1);
  });

  it('is looked at for the right to ask each time: what another was shown, and its tag, show nothing', async () => {
    const { node, read } = await served();
    const first = await read('/tasks');
    const refused = await read('/tasks', { authorization: '', 'if-none-match': tagIn(first) });
    expect([refused.status, refused.headers.etag, refused.headers['cache-control']]).toEqual([401, undefined, 'no-store']);
    const reads = new CachedReads();
    const call = { name: 'task.list', input: {}, signal: new AbortController().signal };
    await reads.answer(
      () => node.node,
      { ...call, caller: ADMIN },
      () => false,
    );
    const stranger = reads.answer(
      () => node.node,
      { ...call, caller: { name: 'stranger', permissions: ['act'] } },
      () => true,
    );
    await expect(stranger).rejects.toMatchObject({ code: 'NotPermitted' });
  });

  it('that is asked in a wrong way is refused, also with a tag of another', async () => {
    const { read } = await served();
    const first = await read('/tasks');
    expect(await read('/tasks?color=red', { 'if-none-match': tagIn(first) })).toMatchObject({
      status: 400,
      body: { code: 'InvalidInput' },
      headers: { 'cache-control': 'no-store' },
    });
  });

  it('is not kept while the read model is behind', async () => {
    const { read, submit } = await served(({ facts }) => ({ facts: { ...facts, position: () => facts.position() - 1 } }));
    await submit('one');
    await settle();
    const answer = await read('/tasks');
    expect([answer.status, answer.body.items?.length, answer.headers.etag, answer.headers['cache-control']]).toEqual([200, 1, undefined, 'no-store']);
  });

  it('of the audit is another one once old facts are archived, though no fact is new', async () => {
    const { node } = await served();
    await node.node.facts.read();
    let start = 0;
    const journal = { ...node.node.system.journal, chainStart: async () => ({ fact: start, batch: 0, hash: '' }) };
    const system = new Proxy(node.node.system, { get: (target, name) => (name === 'journal' ? journal : Reflect.get(target, name, target)) });
    const archived = { ...node.node, system };
    const before = await stateBehind(archived, 'audit.query');
    start = 7;
    expect([before === undefined, (await stateBehind(archived, 'audit.query')) === before, (await stateBehind(archived, 'task.list')) === undefined]).toEqual([
      false,
      false,
      false,
    ]);
  });
});

describe('other answers', () => {
  it('the report of a plan and of a task has a tag as long as it is the same', async () => {
    const { read, post, submit } = await served();
    const { plan } = (await submit('risk HIGH one')).body as { plan: string };
    await settle();
    for (const path of [`/plans/${plan}`, `/tasks/${plan}.task-0`]) {
      const first = await read(path);
      expect([first.status, (await read(path, { 'if-none-match': tagIn(first) })).status]).toEqual([200, 304]);
    }
    const before = await read(`/plans/${plan}`);
    expect((await post(`/api/v1/plans/${plan}/cancel`, {})).status).toBe(202);
    const after = await read(`/plans/${plan}`, { 'if-none-match': tagIn(before) });
    expect([after.status, after.body.status]).toEqual([200, 'cancelled']);
  });

  it('the description of the routes is the same as long as the program is', async () => {
    const { get } = await served();
    const first = await get('/openapi.json');
    expect([first.status, (await get('/openapi.json', { 'if-none-match': tagIn(first) })).status]).toEqual([200, 304]);
  });

  it.each(['/status', '/agents', '/alerts', '/actors'])('%s says what is now: it has no tag and is not kept', async (path) => {
    const { read } = await served();
    const answer = await read(path);
    expect([answer.status, answer.headers.etag, answer.headers['cache-control']]).toEqual([200, undefined, 'no-store']);
  });
});
