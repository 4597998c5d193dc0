import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import Database from 'better-sqlite3';
import { describe, expect, it, onTestFinished } from 'vitest';
import { cutDatabases, NODE_DATABASES } from '../../../runtime/persistence/backup/database-cut.ts';
import { count } from '../../support/length.ts';
import { privateFolder } from '../../support/private-folder.ts';

/** Commits the same number into one file after the other, without end, with hardly a pause between two rounds. */
const STAMPING = `
  const { workerData: { files, stop }, parentPort } = require('node:worker_threads');
  const Database = require(${JSON.stringify(join(process.cwd(), 'node_modules/better-sqlite3'))});
  const stamps = files.map((file) => new Database(file).prepare('UPDATE stamps SET n = ?'));
  const stopped = new Int32Array(stop);
  parentPort.postMessage('begins');
  for (let n = 1; Atomics.load(stopped, 0) === 0; n += 1) {
    for (const stamp of stamps) stamp.run(n);
    Atomics.wait(stopped, 0, 0, 1);
  }
`;

async function stampedFolder(): Promise<string> {
  const dir = privateFolder();
  for (const name of NODE_DATABASES) {
    const db = new Database(join(dir, name));
    db.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = OFF; CREATE TABLE stamps (n INTEGER); INSERT INTO stamps VALUES (0)');
    db.close();
  }
  const stop = new SharedArrayBuffer(4);
  const writer = new Worker(STAMPING, { eval: true, workerData: { files: NODE_DATABASES.map((name) => join(dir, name)), stop } });
  onTestFinished(async () => {
    Atomics.store(new Int32Array(stop), 0, 1);
    await writer.terminate();
  });
  await new Promise((resolve) => writer.once('message', resolve));
  return dir;
}

describe('a cut through the files of a node', () => {
  it('is of one instant: no file is ahead of one that is written before it, whenever another thread commits (K35)', async () => {
    const dir = await stampedFolder();
    const seen = new Set<string>();
    for (let round = 0; round < count(300, 20_000); round += 1) {
      const cut = cutDatabases(dir);
      const [first = 0, second = 0, third = 0] = cut.files.map(({ db }) => db.prepare('SELECT n FROM stamps').pluck().get() as number);
      cut.close();
      expect(first >= second && second >= third && first - third <= 1, `${first} ${second} ${third}`).toBe(true);
      seen.add(`${first}`);
    }
    expect(seen.size, 'the files were written meanwhile').toBeGreaterThan(10);
  });

  it('stays what it is while the files go on', async () => {
    const dir = await stampedFolder();
    const cut = cutDatabases(dir);
    const read = () => cut.files.map(({ db }) => db.prepare('SELECT n FROM stamps').pluck().get());
    const before = read();
    const other = new Database(join(dir, 'auth.db'));
    const now = () => other.prepare('SELECT n FROM stamps').pluck().get() as number;
    const until = now() + 20;
    while (now() < until) await new Promise((resolve) => setImmediate(resolve));
    expect(read()).toEqual(before);
    other.close();
    cut.close();
  });

  it('needs a journal', () => {
    expect(() => cutDatabases(privateFolder())).toThrow('does not exist: no node has run there');
  });
});
