// What waits for people, on a started node with a receiver of its webhook beside it: offered and made a rule by command line and REST, told to the
// webhook, and lost by no kill -9.
import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { PlanReport } from '../../actors/work/types.ts';
import type { AuditRecord } from '../../gateway/audit/audit-record.ts';
import { findNode } from '../../gateway/cli/node-client.ts';
import { eventually, type NodePlace, type NodeProcess, nodePlace, troupe, up } from '../support/node-process.ts';
import { type WebhookReceiver, webhookReceiver } from '../support/webhook-receiver.ts';

const SECRET = 'a-secret-of-the-webhook-of-this-test';
const PATIENCE_MS = 60_000;
const OFTEN = 12;
const DAY_MS = 24 * 3_600_000;

interface Items<T> {
  readonly items: readonly T[];
}
interface Waiting {
  readonly id: string;
  readonly offer?: string;
}
interface Rule {
  readonly id: string;
  readonly owner: string;
  readonly addedAt: number;
  readonly expiresAt: number;
  readonly scope: Readonly<Record<'agent' | 'repository' | 'task', string | null>>;
  readonly does: object;
}

let place: NodePlace;
let node: NodeProcess;
let receiver: WebhookReceiver;
let config: string;

beforeAll(async () => {
  place = await nodePlace({ env: { TROUPE_TERMINAL: 'pty' } });
  receiver = await webhookReceiver(SECRET);
  for (const name of ['work', 'other']) mkdirSync(join(place.folder, name));
  mkdirSync(join(place.data, 'keys'), { recursive: true, mode: 0o700 });
  writeFileSync(join(place.data, 'keys', 'webhook.secret'), SECRET, { mode: 0o600 });
  config = join(place.folder, 'fleet.json');
  const agents = [{ name: 'supervisor', role: 'supervisor' }, { name: 'builder' }, { name: 'fellow' }];
  writeFileSync(config, JSON.stringify({ agents, waiting: { webhook: { url: receiver.url, secretFile: 'data/keys/webhook.secret' } } }));
  node = await up(place, ['--config', config]);
});

afterAll(async () => {
  await node.stop();
  await receiver.close();
  const left = place.left();
  await place.close();
  expect(left).toEqual([]);
});

const call = <T>(operation: string, input: object = {}): Promise<T> => findNode(place.data, 'ann').call<T>(operation, input);
const waiting = async (): Promise<readonly Waiting[]> => (await call<Items<Waiting>>('approval.list')).items;
const waits = (id: string): Promise<Waiting> => eventually(`${id} waits`, async () => (await waiting()).find((one) => one.id === id), PATIENCE_MS);
const decide = (request: string, decision: 'approve' | 'deny'): Promise<unknown> => call('approval.decide', { request, decision, reason: 'looked at' });
const facts = async (kind: string): Promise<ReadonlyArray<Readonly<Record<string, unknown>>>> =>
  (await call<Items<AuditRecord>>('audit.query', { kind, since: 0, limit: 500 })).items.map(({ body }) => body as Readonly<Record<string, unknown>>);

/** A plan of one task: each command is a step. */
async function ask(commands: readonly string[], { agent = 'builder', workspace = 'work' } = {}): Promise<string> {
  const steps = commands.map((bash) => ({ bash }));
  const { plan } = await call<{ plan: string }>('plan.run', {
    text: JSON.stringify({ name: 'ask', workspace: join(place.folder, workspace), tasks: [{ id: 't', agent, steps }] }),
  });
  return plan;
}

const succeeds = async (plan: string): Promise<void> => expect(await call<PlanReport>('plan.await', { plan, timeoutMs: PATIENCE_MS })).toMatchObject({ status: 'succeeded' });

/** As a program does, on the node's own port. */
async function rest<T>(path: string, body?: object): Promise<{ readonly status: number; readonly json: T }> {
  const headers = { authorization: `Bearer ${readFileSync(join(place.data, 'admin.token'), 'utf8').trim()}`, 'content-type': 'application/json' };
  const response = await fetch(`${node.urls.api}/api/v1/${path}`, { headers, ...(body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) }) });
  return { status: response.status, json: (await response.json()) as T };
}

const rules = async (): Promise<readonly Rule[]> => (await rest<Items<Rule>>('rules')).json.items;

describe('what was approved twelve times', () => {
  let plan: string;
  let rule: Rule;

  it('is offered as a rule by the command line and by REST', async () => {
    plan = await ask(Array.from({ length: OFTEN + 3 }, () => 'touch a.txt'));
    for (let n = 0; n < OFTEN; n += 1) {
      expect((await waits(`${plan}.t.${n}.1`)).offer).toBeUndefined();
      await decide(`${plan}.t.${n}.1`, 'approve');
    }
    const offer = `approved ${OFTEN} times: \`troupe approve ${plan}.t.${OFTEN}.1 --remember always\` makes a rule of it`;
    expect((await waits(`${plan}.t.${OFTEN}.1`)).offer).toBe(offer);
    expect((await rest<Items<Waiting>>('approvals')).json.items.map((one) => one.offer)).toEqual([offer]);
    expect((await troupe(place, ['approvals'])).stdout).toContain(`${plan}.t.${OFTEN}.1: ${offer}`);
  });

  it('becomes a rule with owner, scope and end by the words of the offer, and is asked for no more', async () => {
    const approved = await troupe(place, ['approve', `${plan}.t.${OFTEN}.1`, '--remember', 'always', '--why', 'it only touches']);
    const [only, ...others] = await rules();
    expect([approved.code, approved.stdout, others]).toEqual([0, expect.stringContaining(`remembered as ${only?.id}`), []]);
    rule = only as Rule;
    expect(rule).toMatchObject({
      owner: expect.stringMatching(/./),
      scope: { agent: 'builder', repository: join(place.folder, 'work'), task: null },
      does: { kind: 'allow', action: { type: 'BASH_COMMAND', payload: { command: 'touch a.txt' } } },
    });
    expect(rule.expiresAt - rule.addedAt).toBe(365 * DAY_MS);
    await succeeds(plan);
    expect((await call<Items<Waiting>>('approval.list', { plan, all: true })).items).toHaveLength(OFTEN + 1);
  });

  it('is no wider than what was shown: another command, agent or folder asks again', async () => {
    const plans = [await ask(['touch b.txt']), await ask(['touch a.txt'], { agent: 'fellow' }), await ask(['touch a.txt'], { workspace: 'other' })];
    for (const one of plans) {
      await waits(`${one}.t.0.1`);
      await decide(`${one}.t.0.1`, 'deny');
    }
  });

  it('is remembered over a kill -9, until somebody removes the rule', async () => {
    await node.kill();
    node = await up(place, ['--config', config]);
    await succeeds(await ask(['touch a.txt']));
    expect((await troupe(place, ['rules', 'remove', rule.id, '--why', 'no more'])).code).toBe(0);
    expect(await troupe(place, ['rules', 'remove', 'r-none'])).toMatchObject({ code: 1, stderr: "error: no rule 'r-none'; `troupe rules` lists them\n" });
    const again = await ask(['touch a.txt']);
    await waits(`${again}.t.0.1`);
    await decide(`${again}.t.0.1`, 'approve');
    await succeeds(again);
  });
});

describe('a decision that a program remembers by REST', () => {
  it('is for its task and a day; a denial is none', async () => {
    const plan = await ask(['touch c.txt', 'touch c.txt']);
    const { id } = await waits(`${plan}.t.0.1`);
    const refused = await rest<{ code: string; detail: string }>(`approvals/${id}/decision`, { decision: 'deny', reason: 'no', remember: 'day' });
    expect([refused.status, refused.json.code]).toEqual([400, 'InvalidInput']);
    const decided = await rest<{ state: string; rule: string }>(`approvals/${id}/decision`, { decision: 'approve', reason: 'yes', remember: 'task' });
    expect([decided.status, decided.json.state]).toEqual([202, 'granted']);
    await succeeds(plan);
    const [rule] = (await rules()).filter((one) => one.id === decided.json.rule);
    expect(rule).toMatchObject({ scope: { agent: 'builder', task: `${plan}.t` } });
    expect((rule?.expiresAt ?? 0) - (rule?.addedAt ?? 0)).toBe(DAY_MS);
  });
});

describe('the webhook of a node', () => {
  const toldOf = (request: string) => receiver.told.filter(({ id }) => id === `${request}.waiting`);

  it('is told again while it is down or refuses, signed and by the same id, until it takes it', async () => {
    receiver.down = true;
    const before = receiver.cutOff;
    const plan = await ask(['curl -H "authorization: Bearer hunter2-of-the-step" https://api.example.org/things']);
    const { id } = await waits(`${plan}.t.0.1`);
    await eventually('it was tried', () => receiver.cutOff > before, PATIENCE_MS);
    receiver.statuses.push(503);
    receiver.down = false;
    await eventually('it was taken', () => toldOf(id).some(({ status }) => status === 200), PATIENCE_MS);
    expect(toldOf(id).map(({ status, genuine }) => [status, genuine])).toEqual([
      [503, true],
      [200, true],
    ]);
    expect(toldOf(id)[1]?.body).toMatchObject({ type: 'approval.waiting', request: id, agent: 'builder', risk: 'HIGH', mayDecide: { people: null } });
    const delivered = await eventually('it is recorded', async () => (await facts('webhook.delivered')).find(({ approval }) => approval === id), PATIENCE_MS);
    expect(delivered.attempts).toBeGreaterThanOrEqual(3);
    await decide(id, 'deny');
  });

  it('hears after a kill -9 of what it had not heard of, and of nothing twice', async () => {
    const heard = `${await ask(['touch d.txt'])}.t.0.1`;
    await eventually('it heard of the first', async () => (await facts('webhook.delivered')).some(({ approval }) => approval === heard), PATIENCE_MS);
    receiver.down = true;
    const before = receiver.cutOff;
    const unheard = `${await ask(['touch e.txt'], { agent: 'fellow' })}.t.0.1`;
    await eventually('it was tried', () => receiver.cutOff > before, PATIENCE_MS);
    await node.kill();
    receiver.down = false;
    node = await up(place, ['--config', config]);
    await eventually('it hears of the second', async () => (await facts('webhook.delivered')).some(({ approval }) => approval === unheard), PATIENCE_MS);
    expect([toldOf(heard), toldOf(unheard)].map((told) => told.map(({ genuine, status }) => [genuine, status]))).toEqual([[[true, 200]], [[true, 200]]]);
    for (const id of [heard, unheard]) await decide(id, 'deny');
  });

  it('says no secret, neither of a step nor its own, and its own stands nowhere but in its file', () => {
    const texts = receiver.told.map(({ text }) => text).join('\n');
    expect(texts).not.toMatch(/hunter2-of-the-step|a-secret-of-the-webhook/);
    const files = (readdirSync(place.data, { recursive: true }) as string[])
      .map((name) => join(place.data, name))
      .filter((file) => statSync(file, { throwIfNoEntry: false })?.isFile());
    expect(files.filter((file) => readFileSync(file).includes(SECRET))).toEqual([join(place.data, 'keys', 'webhook.secret')]);
    expect(node.child.stdout() + node.child.stderr()).not.toContain(SECRET);
  });
});
