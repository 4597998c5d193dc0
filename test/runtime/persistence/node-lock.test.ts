import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createRequire } from 'node:module';
import { describe, expect, it } from 'vitest';
import { SimulatedClock } from '../../../runtime/index.ts';
import { dataDirOwner, lockDataDir } from '../../../runtime/persistence/index.ts';
import { privateFolder } from '../../support/private-folder.ts';

const clock = new SimulatedClock();
const lock = (dir: string) => lockDataDir(dir, { clock });
const driver = createRequire(import.meta.url).resolve('better-sqlite3');

/** Another process that holds the directory as a node does. */
async function holder(dir: string) {
  const script = `
    const Database = require(${JSON.stringify(driver)}); const fs = require('node:fs');
    const db = new Database(${JSON.stringify(`${dir}/node.lock`)}); db.exec('BEGIN EXCLUSIVE');
    const stat = fs.readFileSync('/proc/self/stat', 'latin1');
    const startTime = Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19]);
    fs.writeFileSync(${JSON.stringify(`${dir}/node.lock.json`)}, JSON.stringify({ pid: process.pid, startTime, lockedAt: 1767225600000 }));
    console.log('held'); setInterval(() => db, 1e6);`;
  const child = spawn(process.execPath, ['-e', script], { stdio: ['ignore', 'pipe', 'inherit'] });
  await once(child.stdout, 'data');
  return child;
}

describe('the lock on a data directory', () => {
  it('is held by one at a time, and free again when it is given back (K33)', () => {
    const dir = privateFolder();
    const first = lock(dir);
    expect(() => lock(dir)).toThrow(expect.objectContaining({ code: 'DataDirInUse', message: expect.stringContaining(`process ${process.pid}`) }));
    first.release();
    first.release();
    lock(dir).release();
    expect(dataDirOwner(dir)).toBeUndefined();
  });

  it('names the process that holds it, and goes with that process however it ends (K33)', async () => {
    const dir = privateFolder();
    const child = await holder(dir);
    expect(() => lock(dir)).toThrow(expect.objectContaining({ code: 'DataDirInUse', message: expect.stringContaining(`process ${child.pid}`) }));
    expect(dataDirOwner(dir)).toMatchObject({ pid: child.pid, running: true });
    child.kill('SIGKILL');
    await once(child, 'exit');
    // The successor knows whom it follows: by pid and start time, since a pid alone may be somebody else's by now.
    expect(dataDirOwner(dir)).toMatchObject({ pid: child.pid, running: false });
    lock(dir).release();
  });
});
