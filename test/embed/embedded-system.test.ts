import { describe, expect, it, onTestFinished } from 'vitest';
import { assign, setup } from 'xstate';
import {
  type ChildSpec,
  createSystem,
  type Down,
  dynamicSupervisor,
  type EmbeddedSystem,
  type EmbeddedSystemOptions,
  isCoded,
  LocalBus,
  localTransport,
  reply,
  sqliteJournal,
  startChild,
  supervisor,
  worker,
} from '../../gateway/embed.ts';
import { privateFolder } from '../support/private-folder.ts';
import { settle } from '../support/settle.ts';
import { recorder } from '../support/small-actors.ts';

const counter = setup({ types: { context: {} as { n: number } } }).createMachine({
  context: { n: 0 },
  on: { ADD: { actions: assign({ n: ({ context }) => context.n + 1 }) }, GET: { actions: reply(({ context }: { context: { n: number } }) => context.n) } },
});

async function started(children: readonly ChildSpec[], options: Partial<EmbeddedSystemOptions> = {}): Promise<EmbeddedSystem> {
  const system = await createSystem({ name: 'demo', root: supervisor({ intensity: 5, children }), ...options });
  onTestFinished(() => system.stop());
  await system.start();
  return system;
}
const ask = (system: EmbeddedSystem, address: string) => system.ref(address).ask({ type: 'GET' }, { timeoutMs: 1_000 });

describe('an embedded system', () => {
  it('starts, stops, kills, restarts and counts children in OTP’s words', async () => {
    const system = await started([
      worker('counter', counter, { durable: true }),
      supervisor('pool', { strategy: 'rest_for_one', children: [worker('a', counter), worker('b', counter)] }),
    ]);
    const downs: Down[] = [];
    system.monitor('pool/a', (down) => void downs.push(down));
    await system.kill('pool/a', 'brutal_kill');
    await settle();
    expect(downs).toMatchObject([{ type: 'DOWN', address: 'pool/a', reason: { kind: 'killed' } }]);
    expect(system.whichChildren('pool')).toMatchObject([
      { id: 'a', address: 'pool/a', state: 'running', restarts: 1 },
      { id: 'b', address: 'pool/b', state: 'running', restarts: 1 },
    ]);
    expect(await system.startChild('pool', worker('c', counter))).toEqual({ ok: true, address: 'pool/c' });
    expect(system.countChildren('pool')).toEqual({ specs: 3, active: 3, supervisors: 0, workers: 3 });
    expect(await system.terminateChild('pool', 'b')).toMatchObject({ ok: true });
    expect(system.countChildren('pool').active).toBe(2);
  });

  it('shows its tree, the history of an actor and its dead letters', async () => {
    const system = await started([worker('counter', counter, { durable: true }), supervisor('pool', { strategy: 'one_for_all', children: [worker('a', counter)] })]);
    await system.ref('counter').tell({ type: 'ADD' });
    await system.ref('counter').tell({ type: 'NOPE' });
    expect(system.tree()).toMatchObject([
      { address: 'counter', type: 'worker', state: 'running', durable: true, children: [] },
      { address: 'pool', type: 'supervisor', strategy: 'one_for_all', children: [{ address: 'pool/a', durable: false }] },
    ]);
    expect(system.history('counter').map(({ type, step }) => [step, type])).toEqual([
      [1, 'troupe.init'],
      [2, 'ADD'],
    ]);
    expect(system.deadLetters()).toMatchObject([{ reason: 'unhandled', envelope: { to: 'counter', message: { type: 'NOPE' } } }]);
  });

  it('starts children from statecharts by template, in the commit of the step', async () => {
    const maker = setup({}).createMachine({ on: { GO: { actions: startChild('jobs', { template: 'counter', id: 'j1', input: null }) } } });
    const templates = { counter: (_input: unknown, id: string) => worker(id, counter, { durable: true, restart: 'transient' as const }) };
    const system = await started([dynamicSupervisor('jobs', { durable: true, templates }), worker('maker', maker, { durable: true })]);
    await system.ref('maker').tell({ type: 'GO' });
    expect(await ask(system, 'jobs/j1')).toBe(0);
  });

  it('makes its folder and holds it: a second system on it is refused, naming the process, and the first goes on', async () => {
    const dir = `${privateFolder()}/made/here`;
    const system = await started([worker('counter', counter, { durable: true })], { journal: sqliteJournal({ dir }) });
    const second = await createSystem({ name: 'demo', journal: sqliteJournal({ dir }), root: supervisor({}) });
    const refused = await second.start().catch((error: unknown) => error);
    expect([isCoded(refused, 'DataDirInUse'), (refused as Error).message.includes(String(process.pid))]).toEqual([true, true]);
    await system.ref('counter').tell({ type: 'ADD' });
    expect(await ask(system, 'counter')).toBe(1);
    await system.stop();
    const third = await started([worker('counter', counter, { durable: true })], { journal: sqliteJournal({ dir }) });
    expect(await ask(third, 'counter')).toBe(1);
  });
});

describe('a system on a transport', () => {
  const frame = (content: unknown) => new TextEncoder().encode(JSON.stringify(content));
  async function wired() {
    const bus = new LocalBus();
    const errors: unknown[] = [];
    const system = await started(
      [
        worker('counter', counter, { durable: true }),
        supervisor('pool', { children: [worker('v.1', recorder, { groups: ['all'] }), worker('b', recorder, { durable: true, groups: ['all'] })] }),
      ],
      { transport: localTransport({ bus, onError: (error) => void errors.push(error) }) },
    );
    const client = localTransport({ bus });
    const request = async (subject: string, content: unknown) =>
      JSON.parse(new TextDecoder().decode((await client.request(subject, frame(content), { timeoutMs: 1_000 })).bytes)) as unknown;
    return { system, client, request, errors };
  }

  it('takes messages by subject, in order: the address with dots, a dot of a segment escaped', async () => {
    const { system, client } = await wired();
    for (const type of ['ONE', 'TWO', 'THREE']) client.publish('troupe.demo.actor.pool.b', frame({ message: { type } }));
    client.publish('troupe.demo.actor.pool.v%2E1', frame({ message: { type: 'DOTTED' } }));
    await settle();
    expect([await ask(system, 'pool/b'), await ask(system, 'pool/v.1')]).toEqual([['ONE', 'TWO', 'THREE'], ['DOTTED']]);
  });

  it('answers a request once the message is journalled, once for each id; or with the reply of the actor', async () => {
    const { request } = await wired();
    const add = { message: { type: 'ADD' }, id: 'a-1' };
    expect([await request('troupe.demo.actor.counter', add), await request('troupe.demo.actor.counter', add)]).toEqual([
      { ok: true, value: null },
      { ok: true, value: null },
    ]);
    expect(await request('troupe.demo.actor.counter', { message: { type: 'GET' }, ask: { timeoutMs: 500 } })).toEqual({ ok: true, value: 1 });
  });

  it('reaches every member of a group', async () => {
    const { system, request } = await wired();
    expect(await request('troupe.demo.group.all', { message: { type: 'HELLO' } })).toEqual({ ok: true, value: ['pool/v.1', 'pool/b'] });
    expect([await ask(system, 'pool/b'), await ask(system, 'pool/v.1')]).toEqual([['HELLO'], ['HELLO']]);
  });

  it.each([
    ['an address that is not here', 'actor.nobody', { message: { type: 'ADD' } }, 'NoSuchActor'],
    ['a reserved type', 'actor.counter', { message: { type: 'xstate.stop' } }, 'InvalidMessage'],
    ['no type', 'actor.counter', { message: {} }, 'InvalidMessage'],
    ['a control message, which must not travel', 'actor.counter', { message: { type: 'ADD' }, priority: 'control' }, 'InvalidMessage'],
    ['a member that nobody knows', 'actor.counter', { message: { type: 'ADD' }, pritority: 'high' }, 'InvalidMessage'],
    ['a message that no transition takes', 'actor.counter', { message: { type: 'NOPE' }, ask: { timeoutMs: 500 } }, 'MessageUnhandled'],
    ['what is no address', 'actor.-', { message: { type: 'ADD' } }, 'InvalidSubject'],
  ])('says why it refuses %s, and changes nothing (G15)', async (_what, subject, content, code) => {
    const { system, request } = await wired();
    expect(await request(`troupe.demo.${subject}`, content)).toMatchObject({ ok: false, error: { code } });
    expect(await ask(system, 'counter')).toBe(0);
  });

  it('hands what nobody waits for and cannot be taken to the transport, and goes on', async () => {
    const { system, client, errors } = await wired();
    client.publish('troupe.demo.actor.counter', new TextEncoder().encode('{not json'));
    await settle();
    expect(errors).toHaveLength(1);
    client.publish('troupe.demo.actor.counter', frame({ message: { type: 'ADD' } }));
    await settle();
    expect(await ask(system, 'counter')).toBe(1);
  });

  it('takes nothing more once it has stopped, and leaves the transport open', async () => {
    const { system, client } = await wired();
    await system.stop();
    await expect(client.request('troupe.demo.actor.counter', frame({ message: { type: 'ADD' } }), { timeoutMs: 100 })).rejects.toMatchObject({ code: 'NoResponders' });
    expect(client.status().state).toBe('connected');
  });
});
