// The official suite against a running node, and that it finds what is wrong on purpose.
import { resolve } from 'node:path';
import { beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { freePort } from '../support/free-port.ts';
import { conformanceOffer } from './conformance-offer.ts';
import { openProfile } from './profile.ts';
import { type Conformance, OF, runConformance } from './run.ts';
import { runServerSuite, type Scenario } from './suite.ts';

const ROOT = resolve(import.meta.dirname, '../..');

const problemsOf = (scenarios: readonly Scenario[]): string[] =>
  scenarios.flatMap(({ name, revision, passed, problems }) => (passed ? [] : [`${revision} ${name}: ${problems.join('; ')}`]));

describe('a running node', () => {
  let found: Conformance;
  beforeAll(async () => {
    found = await runConformance(ROOT);
  });
  const of = (kind: Scenario['kind']): readonly Scenario[] => found.scenarios.filter((scenario) => scenario.kind === kind);

  it('passes every scenario that the suite requires of a server, 30 of 2025-11-25 and 37 of 2026-07-28', () => {
    expect(problemsOf(of('required'))).toEqual([]);
    expect([of('required').filter(({ revision }) => revision === '2025-11-25').length, of('required').length]).toEqual([30, OF.required]);
  });

  it('passes the nine scenarios of the tasks extension, each task of them being a plan on the node', () => {
    expect(problemsOf(of('tasks'))).toEqual([]);
    expect(of('tasks')).toHaveLength(OF.tasks);
  });

  it('passes what the suite runs without a score: the life of a session, polling, headers, and a schema with all of JSON Schema', () => {
    expect(problemsOf(of('unscored'))).toEqual([]);
    expect([...new Set(of('unscored').map(({ name }) => name))].sort()).toEqual([
      'http-custom-header-server-validation',
      'http-header-validation',
      'json-schema-2020-12',
      'server-session-lifecycle',
      'server-sse-polling',
    ]);
  });

  it('passes the three checks of an authorization server: its metadata, client documents, and a login by code', () => {
    expect(problemsOf(of('authorization'))).toEqual([]);
    expect(of('authorization')).toHaveLength(OF.authorization);
  });

  it('says it in one line', () => {
    expect(found.lastLine).toMatch(/^server 67\/67 tasks 9\/9 as 3\/3$/);
  });
});

describe('what is wrong on purpose is found', () => {
  const offer = conformanceOffer(() => undefined, '/nowhere');
  const failedAt = async (url: string): Promise<string[]> => {
    const scenarios = await runServerSuite(ROOT, url, '2026-07-28');
    return scenarios.filter(({ kind, passed }) => kind === 'required' && !passed).map(({ name }) => name);
  };
  const failedWith = async (wrong: typeof offer): Promise<string[]> => {
    const profile = await openProfile(wrong, await freePort());
    onTestFinished(profile.close);
    return failedAt(profile.url);
  };

  it('a server that believes any state which a client brings', async () => {
    const believes: typeof offer.states = { ...offer.states, verify: (state, context) => offer.states.verify(state, context).catch(() => ({})) };
    expect(await failedWith({ ...offer, states: believes })).toEqual(['input-required-result-tampered-state']);
  });

  it('a server that knows no template and answers a resource that is not there', async () => {
    const read = async (uri: string) => ({ contents: [{ uri, mimeType: 'text/plain', text: '' }] });
    expect(await failedWith({ ...offer, resources: { ...offer.resources, read } })).toEqual(
      expect.arrayContaining(['resources-read-text', 'resources-read-binary', 'resources-templates-read', 'sep-2164-resource-not-found']),
    );
  });

  it('a server that is not there passes nothing', async () => {
    expect(await failedAt(`http://127.0.0.1:${await freePort()}/mcp`)).toHaveLength(37);
  });
});
