// The shipped journal in a process of its own, on a database that for a while takes no writes: who is refused hears it, the process
// says why, and once it can write again everything goes on, nothing lost and nothing twice (K10, K11).
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { describe, expect, it } from 'vitest';
import { randomFrom, SEED } from '../support/length.ts';
import { eventually } from '../support/node-process.ts';
import { privateFolder } from '../support/private-folder.ts';
import { ledgerProgram } from './built-copy.ts';
import { LedgerClient } from './ledger-client.ts';
import type { LedgerProcess } from './ledger-process.ts';
import { smallDisk } from './small-disk.ts';

const ORDERS = 60;

async function loaded(dir: string): Promise<{ readonly client: LedgerClient; readonly node: LedgerProcess }> {
  const client = new LedgerClient({ program: ledgerProgram(), dir, random: randomFrom(SEED) });
  const node = client.start(8);
  await node.ready();
  client.give(node, ORDERS);
  await client.settle(node);
  return { client, node };
}

/** Orders meet the fault, until its process has said so. */
async function struck(client: LedgerClient, node: LedgerProcess, says: RegExp): Promise<void> {
  client.give(node, ORDERS);
  await eventually(`it says ${says}`, async () => says.test(await node.state()), 30_000);
  await eventually('orders are refused', () => client.refusals.length > 0, 30_000);
  expect(new Set(client.refusals)).toEqual(new Set(['JournalUnavailable']));
}

/** It goes on by itself; a kill at once afterwards changes nothing. */
async function goesOn(client: LedgerClient, node: LedgerProcess): Promise<void> {
  await eventually('it is ready again by itself', async () => (await node.state()) === 'ready', 30_000);
  await client.settle(node);
  await node.kill();
  expect(client.accepted.size).toBe(2 * ORDERS);
  expect(await client.flaws()).toEqual([]);
}

function hashes(dir: string): Readonly<Record<string, string>> {
  const names = readdirSync(dir).filter((name) => name.startsWith('shared_inbox'));
  return Object.fromEntries(
    names.map((name) => [
      name,
      createHash('sha256')
        .update(readFileSync(join(dir, name)))
        .digest('hex'),
    ]),
  );
}

describe('a database', () => {
  it('that another process holds locked is not ready with the reason; then nothing is lost and nothing twice (G1, G2)', async () => {
    const dir = privateFolder();
    const { client, node } = await loaded(dir);
    const other = new Database(join(dir, 'shared_inbox.db'));
    other.exec('BEGIN IMMEDIATE');
    await struck(client, node, /does not confirm writes \(database is locked\)/);
    other.exec('ROLLBACK');
    other.close();
    await goesOn(client, node);
  });

  it('on a full disk is not ready with the reason; then nothing is lost and nothing twice (G1, G2)', async ({ skip }) => {
    const { disk, why } = smallDisk(6);
    if (disk === null) return skip(why);
    const { client, node } = await loaded(disk.dir);
    const makeRoom = disk.fill();
    await struck(client, node, /does not confirm writes \(database or disk is full\)/);
    expect((await client.flaws()).length, 'a look from outside sees whole books meanwhile').toBe(0);
    makeRoom();
    await goesOn(client, node);
  });

  it('that has become read-only when it must be opened anew is not ready with the reason; then nothing is lost and nothing twice (G1, G2)', async ({ skip }) => {
    const { disk, why } = smallDisk(16);
    if (disk === null) return skip(why);
    const { client, node } = await loaded(disk.dir);
    const other = new Database(join(disk.dir, 'shared_inbox.db'));
    other.exec('BEGIN IMMEDIATE');
    const uncover = disk.coverReadOnly();
    await struck(client, node, /does not confirm writes/);
    other.exec('ROLLBACK');
    other.close();
    await eventually('it says that it is read-only', async () => /read-?only|cannot be written/.test(await node.state()), 30_000);
    uncover();
    await goesOn(client, node);
  });

  it('on a read-only disk starts no process, which says why; the files stay as they are, and once writable it goes on', async ({ skip }) => {
    const { disk, why } = smallDisk(16);
    if (disk === null) return skip(why);
    const { client, node } = await loaded(disk.dir);
    await node.kill();
    const before = hashes(disk.dir);
    disk.remount('ro');
    await expect(client.start(8).ready()).rejects.toThrow(/DataDirUnwritable|cannot be written/);
    disk.remount('rw');
    expect(hashes(disk.dir)).toEqual(before);
    const next = client.start(8);
    await next.ready();
    client.give(next, ORDERS);
    await goesOn(client, next);
  });
});
