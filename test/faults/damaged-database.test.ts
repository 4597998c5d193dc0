// The shipped journal on a file that somebody or something has damaged: it is noticed, said with file and fix, and nothing is written
// over what is left.
import { createHash } from 'node:crypto';
import { closeSync, copyFileSync, cpSync, mkdirSync, mkdtempSync, openSync, readFileSync, readSync, rmSync, statSync, truncateSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openCheckpoints } from '../../gateway/audit/checkpoints.ts';
import { heldToCheckpoints } from '../../gateway/audit/held-to-checkpoints.ts';
import { openNodeKey } from '../../gateway/audit/node-key.ts';
import { verifyAudit } from '../../gateway/audit/verify-audit.ts';
import { type JournalHead, SimulatedClock, sqliteJournal } from '../../runtime/index.ts';
import { readOnlyJournal } from '../../runtime/persistence/index.ts';
import { randomFrom, SEED } from '../support/length.ts';
import { eventually } from '../support/node-process.ts';
import { privateFolder } from '../support/private-folder.ts';
import { ledgerProgram } from './built-copy.ts';
import { LedgerClient } from './ledger-client.ts';
import { walFrames } from './wal-frames.ts';

const ORDERS = 200;
const FILE = 'shared_inbox.db';

const ends: Array<() => void> = [];
/** What a program left behind that was stopped in order, and one that was killed. */
const originals = new Map<'stop' | 'kill', string>();
let program: string;

beforeAll(async () => {
  program = ledgerProgram([], (end) => void ends.push(end));
  for (const how of ['stop', 'kill'] as const) {
    const dir = mkdtempSync(join(tmpdir(), 'troupe-damaged-'));
    ends.push(() => rmSync(dir, { recursive: true }));
    const client = new LedgerClient({ program, dir, random: randomFrom(SEED) });
    const node = client.start(8);
    await node.ready();
    client.give(node, ORDERS);
    await client.settle(node);
    await node[how]();
    originals.set(how, dir);
  }
});
afterAll(() => {
  for (const end of ends) end();
});

/** A copy to damage, and its client: the same seed has given the same orders, all of them accepted. */
function left(how: 'stop' | 'kill'): { readonly dir: string; readonly client: LedgerClient } {
  const dir = privateFolder();
  cpSync(originals.get(how) ?? '', dir, { recursive: true });
  mkdirSync(join(dir, 'keys'), { mode: 0o700 });
  return { dir, client: new LedgerClient({ program, dir, random: randomFrom(SEED) }, ORDERS) };
}

function overwrite(file: string, at: number, length: number): void {
  const random = randomFrom(SEED);
  const handle = openSync(file, 'r+');
  writeSync(handle, Buffer.from(Array.from({ length }, () => Math.floor(random() * 256))), 0, length, at);
  closeSync(handle);
}

function pageOf(file: string, table: string): { readonly at: number; readonly size: number } {
  const db = new Database(file, { readonly: true });
  const { rootpage } = db.prepare('SELECT rootpage FROM sqlite_schema WHERE name = ?').get(table) as { rootpage: number };
  const size = db.pragma('page_size', { simple: true }) as number;
  db.close();
  return { at: (rootpage - 1) * size, size };
}

function bytesOf(file: string, { at, size }: { readonly at: number; readonly size: number }): Buffer {
  const handle = openSync(file, 'r');
  const bytes = Buffer.alloc(size);
  readSync(handle, bytes, 0, size, at);
  closeSync(handle);
  return bytes;
}

const hashOf = (file: string): string => createHash('sha256').update(readFileSync(file)).digest('hex');
const pageHarm = (table: string) => (file: string) => {
  const { at, size } = pageOf(file, table);
  overwrite(file, at, size);
};

/** As the shipped journal reads it, from a copy. */
async function headOf(dir: string): Promise<JournalHead> {
  const copy = privateFolder();
  for (const name of [FILE, `${FILE}-wal`]) copyFileSync(join(dir, name), join(copy, name));
  const journal = sqliteJournal({ dir: copy });
  const head = await journal.open();
  await journal.close();
  return head;
}

describe('a database file', () => {
  it.each<readonly [string, (file: string) => void]>([
    ['with a page of the actors overwritten', pageHarm('actors')],
    ['with a page of the facts overwritten', pageHarm('facts')],
    ['with a page of the alerts overwritten', pageHarm('alerts')],
    ['with the page of its head overwritten', pageHarm('head')],
    ['with its first page overwritten behind the header', (file) => overwrite(file, 100, 3_000)],
    ['whose header is no database any more', (file) => overwrite(file, 0, 100)],
    ['cut in half', (file) => truncateSync(file, Math.floor(statSync(file).size / 8_192) * 4_096)],
    ['cut off by a page', (file) => truncateSync(file, statSync(file).size - 4_096)],
    ['cut off within its last page', (file) => truncateSync(file, statSync(file).size - 10)],
  ])('%s starts no process, which names it and the fix, and nothing is written over it', async (_what, harm) => {
    const { dir, client } = left('stop');
    const file = join(dir, FILE);
    harm(file);
    const before = hashOf(file);
    await expect(client.start(8).ready()).rejects.toThrow(/JournalCorrupt|shared_inbox\.db.*(damaged|no database|cut off).*(restore a backup)/s);
    expect(hashOf(file)).toBe(before);
  });

  it.each(['mail', 'chain'])('whose page of %s turns out to be damaged at a write takes no more of them: not ready, for good, with the reason', async (table) => {
    const { dir, client } = left('stop');
    const file = join(dir, FILE);
    const page = pageOf(file, table);
    overwrite(file, page.at, page.size);
    const damaged = bytesOf(file, page);
    const node = client.start(8);
    await node.ready();
    client.give(node, 50);
    await eventually('orders are refused', () => client.refusals.length > 0, 30_000);
    const { accepted } = client;
    const then = accepted.size;
    for (let again = 0; again < 3; again += 1) {
      client.giveAgain(node);
      await new Promise((resolve) => setTimeout(resolve, 700));
      expect(await node.state()).toMatch(/does not confirm writes \(database disk image is malformed\)/);
    }
    expect(accepted.size).toBe(then);
    await node.kill();
    expect(bytesOf(file, page).equals(damaged)).toBe(true);
  });
});

describe('the log of a database that was killed', () => {
  it('loses nothing by what is torn behind its last commit (G1)', async () => {
    const { dir, client } = left('kill');
    const log = join(dir, `${FILE}-wal`);
    const frames = walFrames(log);
    const handle = openSync(log, 'a');
    // A frame that was begun, and half of another: what a power cut leaves.
    const torn = bytesOf(log, frames[0] ?? { at: 0, size: 0 });
    torn.fill(0x5a, 200);
    writeSync(handle, Buffer.concat([torn, torn.subarray(0, 1_000)]));
    closeSync(handle);
    expect(await client.flaws()).toEqual([]);
    const node = client.start(8);
    await node.ready();
    client.give(node, 20);
    await client.settle(node);
    await node.kill();
    expect(await client.flaws()).toEqual([]);
  });

  it('that is broken in its middle loses what stood behind, and that is noticed: by the verification, and before a start (G1, G13)', async () => {
    const { dir } = left('kill');
    const clock = new SimulatedClock();
    const key = openNodeKey(join(dir, 'keys'));
    const head = await headOf(dir);
    const chainHead = { fact: head.counters.fact, hash: head.lastHash };
    const faults: unknown[] = [];
    const system = { chainHead, onTelemetry: () => () => undefined };
    openCheckpoints({ dataDir: dir, key, era: head.era, clock, system, onFault: (fault) => void faults.push(fault) })();
    expect(faults).toEqual([]);
    const verified = async () => {
      const journal = readOnlyJournal(dir);
      const report = await verifyAudit(journal, dir);
      journal.close();
      return report;
    };
    expect(await verified()).toMatchObject({ ok: true, facts: head.counters.fact });
    const frames = walFrames(join(dir, `${FILE}-wal`));
    const middle = frames[Math.floor(frames.length / 2)];
    overwrite(join(dir, `${FILE}-wal`), (middle?.at ?? 0) + 100, 64);
    expect((await headOf(dir)).counters.fact, 'committed facts are gone').toBeLessThan(head.counters.fact);
    expect(await verified()).toMatchObject({ ok: false, flaw: { why: expect.stringContaining('the journal was cut off') } });
    const held = heldToCheckpoints(sqliteJournal({ dir }), { dataDir: dir, key });
    await expect(held.open()).rejects.toMatchObject({
      code: 'JournalCorrupt',
      message: expect.stringMatching(/ends at fact \d+, though the signed checkpoint of .* knows fact \d+; restore a backup/),
    });
  });
});
