// An agent that wants to approve its own request: a step of it looks for credentials wherever a process can look, and tries all that it finds at
// every door. Once on a machine that contains, and once on one that cannot.
import { copyFileSync, mkdirSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import type { PlanReport } from '../../actors/work/types.ts';
import type { AuditRecord } from '../../gateway/audit/audit-record.ts';
import { findNode, NodeClient } from '../../gateway/cli/node-client.ts';
import { firstLogin } from '../support/auth-door.ts';
import { eventually, type NodePlace, nodePlace, type Ready, ROOT, up } from '../support/node-process.ts';

interface Hunted {
  readonly credentials: readonly string[];
  readonly processes: number;
  readonly searched: number;
  readonly tried: number;
  readonly answers: Readonly<Record<string, number>>;
}

const homeOf = ({ folder }: NodePlace): string => join(folder, 'home');

const HIGH = 'cat ~/.netrc';

/** Every program of this machine but bubblewrap. */
function withoutBubblewrap(folder: string): string {
  mkdirSync(folder);
  const places = (process.env.PATH ?? '').split(':').filter((place) => place !== '');
  for (const place of places) {
    for (const name of readable(place)) {
      if (name === 'bwrap') continue;
      try {
        symlinkSync(join(place, name), join(folder, name));
      } catch {
        // An earlier place of the PATH has it.
      }
    }
  }
  return folder;
}

function readable(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

/** One agent waits with what is HIGH, and a step of its fellow hunts for what could approve it. `person` may decide on the hunt. */
async function hunt(place: NodePlace, { urls }: Ready, person: NodeClient): Promise<{ readonly wish: string; readonly hunted: Hunted }> {
  const client = findNode(place.data, 'ann');
  mkdirSync(join(homeOf(place), '.config/troupe'), { recursive: true });
  writeFileSync(join(homeOf(place), '.config/troupe/logins.json'), JSON.stringify({ logins: [{ refreshToken: 'r'.repeat(43) }] }));
  const workspace = join(place.folder, 'work');
  mkdirSync(workspace);
  copyFileSync(join(ROOT, 'test/support/credential-hunter.mjs'), join(workspace, 'hunt.mjs'));
  const ask = async (name: string, agent: string, bash: string): Promise<string> => {
    const text = JSON.stringify({ name, workspace, tasks: [{ id: 'only', agent, steps: [{ bash }] }] });
    const { plan } = await client.call<{ plan: string }>('plan.run', { text });
    const request = `${plan}.only.0.1`;
    await eventually('it waits', async () => (await waiting(client)).includes(request));
    return request;
  };
  const wish = await ask('wish', 'testing', HIGH);
  const request = await ask('hunt', 'backend-api', `node hunt.mjs ${place.data} ${urls.rpc} ${urls.api} ${wish} ${homeOf(place)}`);
  await person.call('approval.decide', { request, decision: 'approve' });
  const { tasks } = await client.call<PlanReport>('plan.await', { plan: request.split('.')[0], timeoutMs: 60_000 });
  return { wish, hunted: JSON.parse(tasks[0]?.steps[0]?.stdout ?? '') as Hunted };
}

const waiting = async (client: NodeClient): Promise<readonly string[]> =>
  (await client.call<{ items: ReadonlyArray<{ request: string }> }>('approval.list')).items.map(({ request }) => request);

/** What was refused, with the reason, each once. */
async function refusals(client: NodeClient, kind: string): Promise<readonly string[]> {
  const { items } = await client.call<{ items: readonly AuditRecord[] }>('audit.query', { kind, since: 0, limit: 500 });
  return [...new Set(items.map(({ body }) => Object.values(pick(body as Readonly<Record<string, unknown>>)).join(' ')))].sort();
}

const pick = ({ id, door, path, code, reason, by }: Readonly<Record<string, unknown>>) => [door, path, code, id, reason, by].filter((word) => word !== undefined);

it('where commands are contained, a step finds no credential anywhere, approves nothing, and what it tried is in the audit', async () => {
  const place = await nodePlace();
  onTestFinished(place.close);
  const node = await up(place);
  const client = findNode(place.data, 'ann');
  const { wish, hunted } = await hunt(place, node, client);
  expect(hunted.searched).toBeGreaterThan(10);
  expect([hunted.credentials, hunted.processes]).toEqual([[], 0]);
  expect(Object.keys(hunted.answers)).toEqual(['Unauthenticated']);
  expect(await waiting(client)).toEqual([wish]);
  expect(await refusals(client, 'access.refused')).toEqual([`api /api/v1/approvals/${wish}/decision Unauthenticated`, 'rpc /mcp Unauthenticated', 'rpc /rpc Unauthenticated']);
});

it('where nothing is contained, a step that finds the token file approves nothing HIGH with it and makes no login; a person who logs in does', async () => {
  const place = await nodePlace();
  onTestFinished(place.close);
  const node = await up(place, [], { PATH: withoutBubblewrap(join(place.folder, 'programs')) });
  const token = await firstLogin(node.login ?? '', `${node.urls.rpc}/mcp`);
  const person = new NodeClient({ urls: node.urls, token, person: 'ann' });
  const { wish, hunted } = await hunt(place, node, person);
  expect(hunted.credentials).toEqual(expect.arrayContaining([join(place.data, 'admin.token'), join(homeOf(place), '.config/troupe/logins.json')]));
  expect(await waiting(person)).toEqual([wish]);
  expect(await refusals(person, 'approval.refused')).toEqual([`${wish} login_wanted ann`, `${wish} own_request testing`]);
  expect(await refusals(person, 'access.refused')).toContain('user.link LoginWanted');
  expect(await person.call('approval.decide', { request: wish, decision: 'approve' })).toMatchObject({ by: 'ann', state: 'granted' });
});
