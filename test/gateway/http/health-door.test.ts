import { describe, expect, it } from 'vitest';
import { addAgentRoutes } from '../../../gateway/http/agent-door.ts';
import { addHealthRoutes } from '../../../gateway/http/health-door.ts';
import { runningNode } from '../../support/running-node.ts';
import { settle } from '../../support/settle.ts';
import { testDoor } from '../../support/test-door.ts';

const health = (nodeNow: Parameters<typeof addHealthRoutes>[1]) => testDoor('health', addHealthRoutes, nodeNow, { authenticated: false });
const NOBODY = { authorization: '' };

async function served() {
  const test = await runningNode();
  return { test, ...health(() => test.node) };
}

/** What the three routes say, and with which status. */
async function answers({ get }: Pick<ReturnType<typeof health>, 'get'>) {
  const [whole, ready, live] = await Promise.all(['/health', '/health/ready', '/health/live'].map((url) => get(url, NOBODY)));
  return [whole, ready, live].map((answer) => [answer?.status, answer?.body.status]);
}

describe('health, phase by phase, for anybody without a token', () => {
  it('before the node has started: starting, alive', async () => {
    expect(await answers(health(() => undefined))).toEqual([
      [503, 'starting'],
      [503, 'starting'],
      [200, 'alive'],
    ]);
  });

  it.each([
    ['starting', 503, 'starting'],
    ['ready', 200, 'ok'],
    ['stopping', 503, 'stopping'],
  ] as const)('in phase %s: %i %s', async (phase, status, word) => {
    const { test, ...door } = await served();
    test.phase = phase;
    expect(await answers(door)).toEqual([
      [status, word],
      [status, word],
      [200, 'alive'],
    ]);
  });

  it('an agent without its session leaves the node degraded, which still works', async () => {
    const { test, ...door } = await served();
    await test.system.ref('agents/testing').tell({ type: 'SESSION_FAILED', why: 'it died again and again' });
    await settle();
    expect((await answers(door)).slice(0, 2)).toEqual([
      [200, 'degraded'],
      [200, 'degraded'],
    ]);
    const { items } = (await door.get('/health/components', NOBODY)).body;
    expect(items).toContainEqual({ name: 'agents', status: 'degraded', detail: 'testing is failed (it died again and again)' });
  });

  it('a journal that does not answer leaves it failing', async () => {
    const { test, ...door } = await served();
    Object.defineProperty(test.node.system, 'notReady', { get: () => 'the journal does not confirm writes' });
    expect((await answers(door)).slice(0, 2)).toEqual([
      [503, 'failing'],
      [503, 'failing'],
    ]);
    expect((await door.get('/health/ready', NOBODY)).body).toEqual({ status: 'failing', why: ['journal: the journal does not confirm writes'] });
  });

  it('names its parts and no secret', async () => {
    const { get } = await served();
    const { body, text } = await get('/health', NOBODY);
    expect((body.components as ReadonlyArray<{ name: string }>).map(({ name }) => name)).toEqual(['journal', 'read-model', 'agents', 'identity', 'alerts', 'git']);
    expect(text).not.toMatch(/token|troupe-test/);
  });

  it('a foreign Host is refused here too', async () => {
    const { get } = await served();
    expect(await get('/health', { host: 'rebind.example:5001' })).toMatchObject({ status: 403, body: { code: 'ForeignRequest' } });
  });
});

describe('metrics', () => {
  /** Lines of Prometheus text, exposition format 0.0.4: each sample after the HELP and TYPE of its family. */
  function families(text: string) {
    expect(text.endsWith('\n')).toBe(true);
    const found = new Map<string, { readonly kind: string; readonly samples: Map<string, number> }>();
    let open = '';
    let helped = '';
    for (const line of text.trimEnd().split('\n')) {
      const help = /^# HELP ([a-z_]+) \S/.exec(line);
      const type = /^# TYPE ([a-z_]+) (gauge|counter)$/.exec(line);
      const sample = /^([a-z_]+)(\{(?:[a-z_]+="(?:[^"\\\n]|\\["\\n])*",?)+\})? (-?[0-9.e+]+)$/.exec(line);
      if (help !== null) helped = help[1] ?? '';
      else if (type !== null) {
        open = type[1] ?? '';
        expect([helped, found.has(open)]).toEqual([open, false]);
        found.set(open, { kind: type[2] ?? '', samples: new Map() });
      } else {
        expect([line, sample?.[1]]).toEqual([line, open]);
        const { samples } = found.get(open) ?? { samples: new Map<string, number>() };
        expect(samples.has(sample?.[2] ?? '')).toBe(false);
        samples.set(sample?.[2] ?? '', Number(sample?.[3]));
      }
    }
    return found;
  }

  it('are Prometheus text, with counters named so', async () => {
    const { get } = await served();
    const { status, type, text } = await get('/metrics', NOBODY);
    expect([status, type]).toEqual([200, 'text/plain; version=0.0.4; charset=utf-8']);
    for (const [name, { kind }] of families(text)) expect([name, kind]).toEqual([name, name.endsWith('_total') ? 'counter' : 'gauge']);
  });

  it('say what is so', async () => {
    const { test, get } = await served();
    const found = families((await get('/metrics', NOBODY)).text);
    const value = (name: string, labels = '') => found.get(name)?.samples.get(labels);
    expect(value('troupe_up')).toBe(1);
    expect(value('troupe_agent_state', '{agent="testing",state="ready"}')).toBe(1);
    expect(value('troupe_facts_total')).toBe(test.system.position);
    expect(value('troupe_component_ok', '{component="journal"}')).toBe(1);
    expect(value('troupe_kernel', '{what="actors"}')).toBe(test.system.counts().actors);
    expect(value('process_resident_memory_bytes')).toBeGreaterThan(1_000_000);
    test.phase = 'stopping';
    expect(
      families((await get('/metrics', NOBODY)).text)
        .get('troupe_up')
        ?.samples.get(''),
    ).toBe(0);
  });

  it('before the node has started are few, and well formed', async () => {
    const { text } = await health(() => undefined).get('/metrics', NOBODY);
    expect(families(text).get('troupe_up')?.samples.get('')).toBe(0);
  });
});

describe('the port of an agent', () => {
  const agent = async (name: string) => {
    const test = await runningNode();
    return {
      test,
      ...testDoor(
        'health',
        (app, nodeNow, log) => addAgentRoutes(app, name, nodeNow, log),
        () => test.node,
        { authenticated: false },
      ),
    };
  };

  it('answers with its real state', async () => {
    const { get, test } = await agent('testing');
    expect(await get('/health', NOBODY)).toMatchObject({ status: 200, body: { agent: 'testing', status: 'ok', state: 'ready', task: null, queued: 0 } });
    await test.system.ref('agents/testing').tell({ type: 'SESSION_FAILED', why: 'gone' });
    await settle();
    expect(await get('/health', NOBODY)).toMatchObject({ status: 503, body: { status: 'failing', state: 'failed', why: 'gone' } });
  });

  it('of one that is not there yet says starting', async () => {
    expect(await (await agent('nobody')).get('/health', NOBODY)).toMatchObject({ status: 503, body: { agent: 'nobody', status: 'starting' } });
  });
});
