// Deep mailboxes of durable actors: rows on disk, of which a slice is in memory. How deep one is costs neither memory nor a start (K21).
import { describe, expect, it } from 'vitest';
import { assign, fromTransition, setup } from 'xstate';
import { type ChildSpec, type CommitBatch, type Journal, memoryJournal, memoryStore } from '../../runtime/index.ts';
import { sqliteJournal } from '../../runtime/persistence/index.ts';
import { dynamicSupervisor, worker } from '../../supervisors/index.ts';
import { envelope, headAfter, mailRow, nextBatch } from '../support/commit-batches.ts';
import { type KernelNode, startNode } from '../support/kernel-node.ts';
import { privateFolder } from '../support/private-folder.ts';
import { settle } from '../support/settle.ts';
import { recorder } from '../support/small-actors.ts';

const SLICE = { sliceMessages: 3 };

/** Counts what it takes, and what does not come behind the one before. */
const inOrder = fromTransition(
  (state: { taken: number; last: number; astray: number }, event: { type: string; n?: number }) =>
    event.n === undefined ? state : { taken: state.taken + 1, last: event.n, astray: state.astray + (event.n > state.last ? 0 : 1) },
  { taken: 0, last: -1, astray: 0 },
);

/** Writes mail for an address before any node is there to take it. */
async function pending(journal: Journal, to: string, messages: number, page = 5_000): Promise<void> {
  let head = await journal.open();
  for (let from = 0; from < messages; from += page) {
    const seqs = Array.from({ length: Math.min(page, messages - from) }, (_, at) => from + at + 1);
    const put = seqs.map((seq) => mailRow(seq, to, { attempts: 0, envelope: envelope(to, { id: `m-${seq}`, message: { type: 'NOTE', n: seq } }) }));
    const batch = nextBatch(head, { mail: { put, remove: [] }, counters: { mail: from + seqs.length } });
    await journal.commit(batch);
    head = headAfter(head, batch);
  }
  await journal.close();
}

async function until(done: () => boolean, look: () => void = () => undefined): Promise<void> {
  for (let turn = 0; turn < 50_000 && !done(); turn += 1) {
    await settle(1);
    look();
  }
}

describe('an actor for which 100,000 messages wait', () => {
  it('has some hundreds of them in memory, takes all in their order, and says how many are left (K21, G1, G3)', async () => {
    const dir = privateFolder();
    await pending(sqliteJournal({ dir, synchronous: 'OFF' }), 'a', 100_000);
    const node = await startNode([worker('a', inOrder, { durable: true }), worker('late', recorder, { durable: true })], {
      journal: sqliteJournal({ dir, synchronous: 'OFF' }),
      mailboxes: { maxMailbox: 200_000 },
    });
    await node.tell('a', { type: 'NOTE', n: 200_000 });
    let most = 0;
    let deepest = 0;
    const look = (): void => {
      const { mail, unreadMail } = node.system.counts();
      most = Math.max(most, mail - unreadMail);
      deepest = Math.max(deepest, node.system.inspect('a')?.mailbox ?? 0);
      expect(node.system.inspect('a')?.mailbox).toBe(mail);
    };
    look();
    await until(() => node.context('a').last === 200_000, look);
    expect(node.context('a')).toEqual({ taken: 100_001, last: 200_000, astray: 0 });
    expect(deepest).toBeGreaterThan(50_000);
    expect(most).toBeLessThanOrEqual(512);
    expect(most).toBeGreaterThan(100);
    expect(node.system.counts()).toMatchObject({ mail: 0, unreadMail: 0, unwrittenMail: 0 });
  }, 120_000);
});

const gate = setup({ types: { context: {} as { seen: number[] }, events: {} as { type: string; n: number } } }).createMachine({
  context: { seen: [] },
  initial: 'shut',
  states: {
    shut: { on: { OPEN: 'open' } },
    open: { on: { NOTE: { actions: assign({ seen: ({ context, event }) => [...context.seen, event.n] }) } } },
  },
});

const one =
  (more: { readonly restart?: 'transient' } = {}) =>
  (_input: unknown, id: string) =>
    worker(id, recorder, { durable: true, ...more });
const MANY = (): ChildSpec => dynamicSupervisor('many', { durable: true, intensity: 9, templates: { one: one({ restart: 'transient' }) } });

/** A child that is down for a minute, and mail that waits for it on disk. */
async function downWith(messages: number, backlog: { readonly sliceMessages: number } = SLICE): Promise<KernelNode> {
  const backoff = { baseMs: 60_000, maxMs: 60_000, resetAfterMs: 1 };
  const templates = { one: (_: unknown, id: string) => worker(id, recorder, { durable: true, restart: 'transient', backoff }) };
  const node = await startNode([dynamicSupervisor('many', { durable: true, intensity: 9, templates })], { backlog });
  await node.system.startChild('many', { template: 'one', id: 'x', input: null });
  await node.system.kill('many/x', 'crash');
  await settle();
  for (let n = 0; n < messages; n += 1) await node.tell('many/x', { type: `N${n}` }, { id: `m${n}` });
  return node;
}
const numbers = (count: number): string[] => Array.from({ length: count }, (_, n) => `N${n}`);

describe('an actor of whose mail a slice is in memory', () => {
  it('takes what comes meanwhile behind the rows that it has not read (K21, G3)', async () => {
    const node = await downWith(20);
    await node.pass(60_000);
    const told = Array.from({ length: 10 }, (_, n) => node.tell('many/x', { type: `N${20 + n}` }));
    await Promise.all(told);
    await until(() => (node.system.inspect('many/x')?.mailbox ?? 1) === 0);
    expect(node.context('many/x').seen).toEqual(numbers(30));
  });

  it('waits for a journal that cannot be read at the moment, and goes on where it was (K11, K21)', async () => {
    const node = await downWith(20);
    const { mail } = node.journal;
    let failures = 0;
    node.journal.mail = async (...asked) => {
      failures += 1;
      if (failures < 4) throw new Error('planned: unreadable');
      return mail.call(node.journal, ...asked);
    };
    await node.pass(60_000);
    expect((node.context('many/x').seen as string[]).length).toBeLessThan(20);
    for (let second = 0; second < 5; second += 1) await node.pass(1_000);
    expect([node.context('many/x').seen, failures]).toEqual([numbers(20), expect.any(Number)]);
  });

  it('does not take what control cancels among the rows that it has not read: that is dead in the same commit (K22)', async () => {
    const node = await downWith(20);
    await node.tell('many/x', { type: 'CANCEL' }, { priority: 'control', about: 'm15' });
    await node.pass(60_000);
    await settle(200);
    expect(node.context('many/x').seen).toEqual(['CANCEL', ...numbers(20).filter((type) => type !== 'N15')]);
    expect(node.deadLetters()).toEqual(['cancelled N15']);
    const cancels = ({ deadLetters }: CommitBatch) => deadLetters.some(({ reason }) => reason === 'cancelled');
    expect(node.journal.written.find(cancels)?.receipts.put).toContainEqual(expect.objectContaining({ id: 'm15', reply: '{"cancelled":true}' }));
  });

  it('and ends for good leaves dead letters of all: those of its asks are told, and nothing of it is left (K26, G13)', async () => {
    const node = await downWith(20);
    const asked = [1, 2].map(() => node.ask('many/x', { type: 'GET' }, { timeoutMs: 600_000 }));
    const outcomes = Promise.allSettled(asked);
    await settle();
    await node.system.stopChild('many/x');
    expect((await outcomes).map((told) => told.status === 'rejected' && (told.reason as { code: string }).code)).toEqual(['ActorDown', 'ActorDown']);
    await settle();
    const letters = node.store.deadLetters.map(({ reason, envelope: { message } }) => `${reason} ${message.type}`);
    expect(letters).toEqual([...numbers(20), 'GET', 'GET'].map((type) => `noproc ${type}`));
    expect([node.store.deadLetters.map(({ seq }) => seq), [...node.store.mail.all()]]).toEqual([letters.map((_, at) => at + 1), []]);
    expect(node.deadLetters().sort()).toEqual([...letters].sort());
  });

  it('leaves all of it to the next node, in the same order, whether the node stops or dies in between (G1, G3)', async () => {
    const store = memoryStore();
    await pending(memoryJournal({ store }), 'a', 60);
    const children = () => [worker('a', inOrder, { durable: true })];
    const limits = { steps: 4, turn: 4 };
    const first = await startNode(children(), { store, backlog: SLICE, limits });
    await until(() => (first.context('a').taken as number) > 10);
    await first.system.stop();
    const second = await startNode(children(), { store, backlog: SLICE, limits });
    await until(() => (second.context('a').taken as number) > 30);
    const third = await startNode(children(), { store, backlog: SLICE, limits });
    await until(() => third.context('a').taken === 60);
    expect([third.context('a'), [...store.mail.all()]]).toEqual([{ taken: 60, last: 60, astray: 0 }, []]);
  });

  it('counts what is on disk towards a full mailbox, also of one that is held in quarantine (K21, K28)', async () => {
    const store = memoryStore();
    await pending(memoryJournal({ store }), 'a', 20);
    const mailboxes = { maxMailbox: 20 };
    const shut = await startNode([worker('a', gate, { durable: true, postpone: ['NOTE'], version: '2' })], { store, backlog: SLICE });
    expect(shut.system.inspect('a')?.state).toBe('running');
    await shut.system.stop();
    const held = await startNode([worker('a', gate, { durable: true, version: '1' })], { store, backlog: SLICE, mailboxes });
    expect(held.system.inspect('a')).toMatchObject({ state: 'quarantined', mailbox: 20 });
    expect((await held.system.look('a'))?.mailbox).toBe(20);
    await expect(held.tell('a', { type: 'NOTE' })).rejects.toMatchObject({ code: 'MailboxFull' });
  });

  it('offers what it postponed before the rest, in its order (K6, G3)', async () => {
    const store = memoryStore();
    await pending(memoryJournal({ store }), 'a', 20);
    const node = await startNode([worker('a', gate, { durable: true, postpone: ['NOTE'] })], { store, backlog: SLICE });
    await settle(200);
    await node.tell('a', { type: 'OPEN' });
    await settle(200);
    expect(node.context('a').seen).toEqual(Array.from({ length: 20 }, (_, n) => n + 1));
    expect([...store.mail.all()]).toEqual([]);
  });

  it('leaves memory only when all is taken (K27)', async () => {
    const node = await startNode([MANY()], { backlog: SLICE, residency: { passivateAfterMs: 10 } });
    await node.system.startChild('many', { template: 'one', id: 'x', input: null });
    await node.pass(20);
    expect((await node.system.look('many/x'))?.state).toBe('passivated');
    await Promise.all(Array.from({ length: 15 }, (_, n) => node.tell('many/x', { type: `N${n}` })));
    await settle(200);
    await node.pass(20);
    expect(await node.ask('many/x', { type: 'GET' })).toEqual(numbers(15));
  });
});

describe('an actor that gets more than it takes', () => {
  it('has no more in memory than what has no row yet and four slices; the rest waits on disk in its order (K21)', async () => {
    const node = await startNode([worker('a', inOrder, { durable: true })], { backlog: { sliceMessages: 8 }, limits: { steps: 4, turn: 4 } });
    const told = Array.from({ length: 600 }, (_, n) => node.tell('a', { type: 'NOTE', n }));
    let deepest = 0;
    let mostBehind = 0;
    const look = (): void => {
      const { mail, unreadMail, unwrittenMail } = node.system.counts();
      deepest = Math.max(deepest, mail);
      if (unwrittenMail === 0) mostBehind = Math.max(mostBehind, mail - unreadMail);
    };
    await until(() => node.context('a').last === 599, look);
    await Promise.all(told);
    expect(node.context('a')).toEqual({ taken: 600, last: 599, astray: 0 });
    expect(deepest).toBeGreaterThan(500);
    expect(mostBehind).toBeLessThanOrEqual(32);
  });
});
