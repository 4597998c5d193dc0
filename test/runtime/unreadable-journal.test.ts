// A journal that cannot be read any more: the node is not ready and says why, and is ready again once the same read works.
import { closeSync, openSync, readFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { describe, expect, it } from 'vitest';
import { assign, setup } from 'xstate';
import { sqliteJournal } from '../../runtime/index.ts';
import { worker } from '../../supervisors/index.ts';
import { startNode } from '../support/kernel-node.ts';
import { privateFolder } from '../support/private-folder.ts';

const counter = setup({ types: { context: {} as { n: number } } }).createMachine({
  context: { n: 0 },
  on: { ADD: { actions: assign({ n: ({ context }) => context.n + 1 }) } },
});
const children = () => [worker('a', counter, { durable: true })];
const page = { after: 0, limit: 10 };

describe('a read of the journal that fails', () => {
  it('makes the node not ready, with the reason; it is tried again by itself, and then the node is ready', async () => {
    const node = await startNode(children());
    const up = node.journal.goDown();
    await expect(node.system.journal.deadLetters(page)).rejects.toThrow('planned');
    expect([node.system.ready, node.system.notReady]).toEqual([false, 'the journal cannot be read (deadLetters: planned: down)']);
    await node.pass(60_000);
    expect(node.system.ready).toBe(false);
    up();
    await node.pass(30_000);
    await node.pass(2_000);
    expect([node.system.ready, node.system.notReady]).toEqual([true, undefined]);
    await node.tell('a', { type: 'ADD' });
    expect(node.context('a')).toEqual({ n: 1 });
  });

  it('that is wrong in itself leaves the node ready', async () => {
    const node = await startNode(children(), { journal: sqliteJournal({ dir: privateFolder() }) });
    await expect(node.system.journal.facts({ after: 0, limit: 1.5 })).rejects.toThrow('mismatch');
    expect(node.system.ready).toBe(true);
  });

  it('is not forgotten because another one works', async () => {
    const node = await startNode(children());
    const inner = { down: true };
    const { facts } = node.journal;
    node.journal.facts = async (wanted) => {
      if (inner.down) throw new Error('disk I/O error');
      return facts.call(node.journal, wanted);
    };
    await expect(node.system.journal.facts(page)).rejects.toThrow('disk I/O error');
    await node.system.journal.deadLetters(page);
    await node.tell('a', { type: 'ADD' });
    await node.pass(1_000);
    expect(node.system.notReady).toBe('the journal cannot be read (facts: disk I/O error)');
    inner.down = false;
    await node.pass(2_000);
    expect(node.system.ready).toBe(true);
  });

  it('while another one is tried again is tried again too', async () => {
    const node = await startNode(children());
    const { facts } = node.journal;
    let answer = (): void => undefined;
    const held = new Promise<void>((resolve) => {
      answer = resolve;
    });
    let asked = 0;
    node.journal.facts = async (wanted) => {
      asked += 1;
      if (asked === 1) throw new Error('disk I/O error');
      await held;
      return facts.call(node.journal, wanted);
    };
    await expect(node.system.journal.facts(page)).rejects.toThrow('disk I/O error');
    await node.pass(1_000);
    const up = node.journal.goDown();
    await expect(node.system.journal.deadLetters(page)).rejects.toThrow('planned');
    up();
    answer();
    await node.pass(0);
    expect(node.system.notReady).toBe('the journal cannot be read (deadLetters: planned: down)');
    await node.pass(1_000);
    expect([asked, node.system.ready]).toEqual([2, true]);
  });

  it('over a connection that is broken gets a new one, though nothing is written', async () => {
    const node = await startNode(children());
    const { facts, recover } = node.journal;
    let open = false;
    node.journal.facts = async (wanted) => {
      if (!open) throw new TypeError('The database connection is not open');
      return facts.call(node.journal, wanted);
    };
    node.journal.recover = async () => {
      open = true;
      return recover.call(node.journal);
    };
    await expect(node.system.journal.facts(page)).rejects.toThrow('not open');
    expect(node.system.ready).toBe(false);
    await node.pass(1_000);
    expect(node.system.ready).toBe(true);
    await node.tell('a', { type: 'ADD' });
    expect(node.context('a')).toEqual({ n: 1 });
  });

  it('for a page that is corrupt keeps the node not ready until the page is whole again', async () => {
    const dir = privateFolder();
    const first = await startNode(children(), { journal: sqliteJournal({ dir }) });
    await first.system.stop();
    const file = join(dir, 'shared_inbox.db');
    const { at, size } = rootPageOf(file, 'dead_letters');
    const whole = readFileSync(file).subarray(at, at + size);
    overwrite(file, at, Buffer.alloc(size, 0xff));
    const node = await startNode(children(), { journal: sqliteJournal({ dir }) });
    expect(node.system.ready).toBe(true);
    await expect(node.system.journal.deadLetters(page)).rejects.toThrow('malformed');
    expect(node.system.notReady).toBe('the journal cannot be read (deadLetters: database disk image is malformed)');
    await node.pass(5_000);
    expect(node.system.ready).toBe(false);
    await node.tell('a', { type: 'ADD' });
    overwrite(file, at, whole);
    await node.pass(30_000);
    expect(node.system.ready).toBe(true);
    expect(await node.system.journal.deadLetters(page)).toEqual([]);
  });
});

function rootPageOf(file: string, table: string): { readonly at: number; readonly size: number } {
  const db = new Database(file, { readonly: true });
  const { rootpage } = db.prepare('SELECT rootpage FROM sqlite_schema WHERE name = ?').get(table) as { rootpage: number };
  const size = db.pragma('page_size', { simple: true }) as number;
  db.close();
  return { at: (rootpage - 1) * size, size };
}

function overwrite(file: string, at: number, bytes: Buffer): void {
  const handle = openSync(file, 'r+');
  writeSync(handle, bytes, 0, bytes.length, at);
  closeSync(handle);
}
