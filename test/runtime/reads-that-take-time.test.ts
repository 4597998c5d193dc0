// A read of the journal takes its time, or fails, while other things go on: what it says may be old when it comes.
import { describe, expect, it } from 'vitest';
import { type Journal, JournalFailure, memoryJournal, memoryStore } from '../../runtime/index.ts';
import { dynamicSupervisor, worker } from '../../supervisors/index.ts';
import { type KernelNode, startNode } from '../support/kernel-node.ts';
import { settle } from '../support/settle.ts';
import { recorder } from '../support/small-actors.ts';

const children = () => [worker('a', recorder, { durable: true })];

/** A journal in memory, parts of it replaced. */
function journalWith(change: (inner: Journal) => Partial<Journal>): Journal {
  const inner = memoryJournal({ store: memoryStore() });
  const changed = change(inner);
  return new Proxy(inner, {
    get: (target, name) =>
      changed[name as keyof Journal] ?? (typeof target[name as keyof Journal] === 'function' ? (target[name as keyof Journal] as () => unknown).bind(target) : target.description),
  });
}

async function lettersOnDisk(node: KernelNode): Promise<string[]> {
  return (await node.system.journal.deadLetters({ after: 0, limit: 10 })).map(({ reason, envelope }) => `${reason} ${envelope.message.type}`);
}

describe('a message whose id is looked up', () => {
  it('while what cancels it is committed stays cancelled: the answer that comes then is an old one (K22)', async () => {
    let held: Promise<unknown> | undefined;
    const journal = journalWith((inner) => ({
      receipt: async (address, id) => {
        const found = await inner.receipt(address, id);
        if (id === 'job') await held;
        return found;
      },
    }));
    const node = await startNode(children(), { journal });
    let release = (): void => undefined;
    held = new Promise<void>((resolve) => {
      release = resolve;
    });
    const cancelled = node.tell('a', { type: 'CANCEL' }, { priority: 'control', about: 'job' });
    const told = node.tell('a', { type: 'WORK' }, { id: 'job' });
    await cancelled;
    release();
    await told;
    await settle();
    expect([node.context('a').seen, await lettersOnDisk(node)]).toEqual([['CANCEL'], ['cancelled WORK']]);
  });

  it('and that was cancelled before it came is accepted once its dead letter is written (K22, G2)', async () => {
    const node = await startNode(children());
    await node.tell('a', { type: 'CANCEL' }, { priority: 'control', about: 'job' });
    const release = node.journal.holdCommits();
    let accepted = false;
    const told = node.tell('a', { type: 'WORK' }, { id: 'job' }).then(() => {
      accepted = true;
    });
    await settle();
    expect([accepted, node.deadLetters()]).toEqual([false, []]);
    release();
    await told;
    expect([accepted, node.deadLetters(), await lettersOnDisk(node)]).toEqual([true, ['cancelled WORK'], ['cancelled WORK']]);
    await node.tell('a', { type: 'WORK' }, { id: 'job' });
    expect(node.context('a').seen).toEqual(['CANCEL']);
  });
});

describe('a journal that fails at reads too', () => {
  it('behind a lost batch is asked until it answers: the actors go on from what it says (K10, K11)', async () => {
    let failing = 0;
    const journal = journalWith((inner) => ({
      load: async (address) => {
        failing -= 1;
        if (failing >= 0) throw new JournalFailure('environment', 'failed', 'planned: unreadable');
        return inner.load(address);
      },
    }));
    const node = await startNode(children(), { journal });
    failing = 2;
    node.journal.failNext('vanished');
    await expect(node.tell('a', { type: 'NOTE' }, { id: 'one' })).rejects.toMatchObject({ code: 'JournalUnavailable' });
    await settle();
    expect(node.system.ready).toBe(false);
    for (let second = 0; second < 5; second += 1) await node.pass(1_000);
    await node.tell('a', { type: 'NOTE' }, { id: 'one' });
    expect([node.context('a').seen, node.system.ready]).toEqual([['NOTE'], true]);
  });

  it('makes the start of an actor wait, not fail: what was told to it is taken when the journal answers (K11)', async () => {
    let failing = 0;
    const journal = journalWith((inner) => ({
      load: async (address) => {
        failing -= 1;
        if (failing >= 0) throw new JournalFailure('environment', 'failed', 'planned: unreadable');
        return inner.load(address);
      },
    }));
    const templates = { one: (_input: unknown, id: string) => worker(id, recorder, { durable: true, restart: 'transient' }) };
    const node = await startNode([dynamicSupervisor('many', { durable: true, intensity: 0, templates })], { journal, intensity: 0 });
    failing = 3;
    const started = node.system.startChild('many', { template: 'one', id: 'x', input: null });
    await settle();
    expect([node.system.ready, node.system.notReady]).toEqual([false, 'the journal cannot be read (load: planned: unreadable)']);
    for (let second = 0; second < 5; second += 1) await node.pass(1_000);
    expect(await started).toMatchObject({ ok: true });
    await node.tell('many/x', { type: 'NOTE' });
    expect([node.context('many/x').seen, node.system.ready]).toEqual([['NOTE'], true]);
  });

  it('and a stop meanwhile leave a node that is stopped: nothing is written behind it (K10)', async () => {
    let unreadable = false;
    const written: number[] = [];
    const journal = journalWith((inner) => ({
      load: async (address) => {
        if (unreadable) throw new JournalFailure('environment', 'failed', 'planned: unreadable');
        return inner.load(address);
      },
      commit: (batch) => {
        written.push(batch.number);
        return inner.commit(batch);
      },
    }));
    const node = await startNode(children(), { journal });
    unreadable = true;
    node.journal.failNext('vanished');
    await expect(node.tell('a', { type: 'NOTE' })).rejects.toMatchObject({ code: 'JournalUnavailable' });
    await node.pass(30);
    const before = [...written];
    const stopped = node.system.stop();
    for (let second = 0; second < 5; second += 1) await node.pass(1_000);
    await stopped;
    unreadable = false;
    for (let second = 0; second < 5; second += 1) await node.pass(1_000);
    expect(written).toEqual(before);
    await expect(node.tell('a', { type: 'NOTE' })).rejects.toMatchObject({ code: 'NodeStopped' });
  });

  it('and cannot be closed keeps nobody from hearing that the node is down', async () => {
    const journal = journalWith(() => ({ close: () => Promise.reject(new JournalFailure('environment', 'failed', 'planned: unclosable')) }));
    const node = await startNode(children(), { journal, intensity: 0 });
    await node.system.kill('a', 'crash');
    await settle();
    expect(node.ended).toBe('shutdown: reached_max_restart_intensity');
  });
});
