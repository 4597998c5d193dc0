import { appendFileSync, cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { describe, expect, it } from 'vitest';
import { readCheckpoints } from '../../../gateway/audit/checkpoint.ts';
import { openNodeKey } from '../../../gateway/audit/node-key.ts';
import { verifyAudit } from '../../../gateway/audit/verify-audit.ts';
import { type BackupManifest, signManifest } from '../../../gateway/backup/backup-manifest.ts';
import { type RestoreWish, refuseUnfinishedRestore, restoreBackup } from '../../../gateway/backup/restore-backup.ts';
import { SimulatedClock } from '../../../runtime/index.ts';
import { lockDataDir, readOnlyJournal } from '../../../runtime/persistence/index.ts';
import { COUNTERS, countingNode } from '../../support/backed-up-node.ts';
import { privateFolder } from '../../support/private-folder.ts';

const restore = (dataDir: string, backup: string, more: Partial<RestoreWish> = {}) =>
  restoreBackup({ dataDir, backup, cwd: dataDir, force: false, by: 'ann', clock: new SimulatedClock(), ...more });

/** A node that is down, with a backup at 30 counts and 12 more behind it. */
async function backedUp(): Promise<{ readonly dir: string; readonly manifest: BackupManifest }> {
  const node = await countingNode();
  await node.add(30);
  const manifest = await node.backUp('one');
  await node.add(12);
  await node.stop();
  return { dir: node.dir, manifest };
}

const counts = (node: { context(address: string): Record<string, unknown> }) => COUNTERS.map((name) => node.context(name).count);

describe('a restore', () => {
  it('makes the node what it was when the backup was taken, and it goes on from there (G14)', async () => {
    const { dir, manifest } = await backedUp();
    const done = await restore(dir, 'one', { force: true });
    expect(done).toMatchObject({ backup: 'one', fact: manifest.journal.fact, aside: expect.stringContaining('set-aside') });
    const node = await countingNode(dir);
    expect(counts(node)).toEqual([10, 10, 10]);
    await node.add(3);
    expect(counts(node)).toEqual([11, 11, 11]);
    const restored = (await node.system.journal.facts({ after: manifest.journal.fact, limit: 1 }))[0];
    expect([restored?.kind, JSON.parse(restored?.body ?? '')]).toEqual([
      'node.restored',
      expect.objectContaining({ backup: 'one', by: 'ann', era: done.era, formerEra: manifest.journal.era }),
    ]);
    expect((await node.facts.read()).query('SELECT 1 FROM activity WHERE kind = ?', 'node.restored')).toHaveLength(1);
    await node.stop();
    const journal = readOnlyJournal(dir);
    expect(await verifyAudit(journal, dir)).toMatchObject({ ok: true, flaw: null });
    journal.close();
  });

  it('into an empty data directory needs the word that the key of another node counts', async () => {
    const { dir, manifest } = await backedUp();
    const other = join(privateFolder(), 'fresh');
    const from = join(dir, 'backups', 'one');
    await expect(restore(other, from)).rejects.toThrow(`say so with --trust ${manifest.key}`);
    expect(existsSync(other)).toBe(false);
    expect(await restore(other, from, { trust: manifest.key })).toMatchObject({ dataDir: other, aside: null });
    const node = await countingNode(other);
    expect(counts(node)).toEqual([10, 10, 10]);
    await node.stop();
    const journal = readOnlyJournal(other);
    expect(await verifyAudit(journal, other), 'the checkpoints of the former key count').toMatchObject({ ok: true, flaw: null });
    journal.close();
  });

  it('is refused while a node has the directory, and where files are without --force; nothing is changed then', async () => {
    const { dir } = await backedUp();
    const before = readdirSync(dir).sort();
    const lock = lockDataDir(dir, { clock: new SimulatedClock() });
    await expect(restore(dir, 'one', { force: true })).rejects.toThrow('is in use by process');
    lock.release();
    await expect(restore(dir, 'one')).rejects.toThrow(/holds checkpoints.jsonl, mcp_system.db, shared_inbox.db already: with --force they are set aside first/);
    expect(
      readdirSync(dir)
        .filter((name) => !name.startsWith('node.lock') && !/instance.json|admin.token|logs|.gitignore/.test(name))
        .sort(),
    ).toEqual(before);
    const node = await countingNode(dir);
    expect(counts(node)).toEqual([14, 14, 14]);
  });

  it('keeps what it sets aside whole', async () => {
    const { dir } = await backedUp();
    const old = readFileSync(join(dir, 'shared_inbox.db'));
    const { aside } = await restore(dir, 'one', { force: true });
    expect(readFileSync(join(aside ?? '', 'shared_inbox.db')).equals(old)).toBe(true);
    expect(readdirSync(aside ?? '').sort()).toEqual(['checkpoints.jsonl', 'mcp_system.db', 'shared_inbox.db']);
  });

  it('makes what was about to run and may not run twice count as begun', async () => {
    const { dir } = await backedUp();
    const effect = (key: string, idempotent: number) =>
      `INSERT INTO effects (key, address, incarnation, epoch, seq, child_id, src, input, idempotent, state) VALUES ('${key}', 'x', 1, 1, 1, 'c', 's', 'null', ${idempotent}, 'scheduled')`;
    const db = new Database(join(dir, 'shared_inbox.db'));
    db.exec(`${effect('once', 0)}; ${effect('often', 1)}`);
    db.close();
    const node = await countingNode(dir);
    await node.backUp('two');
    await node.stop();
    await restore(dir, 'two', { force: true });
    const restored = new Database(join(dir, 'shared_inbox.db'));
    expect(restored.prepare('SELECT key, state FROM effects ORDER BY key').all()).toEqual([
      { key: 'often', state: 'scheduled' },
      { key: 'once', state: 'started' },
    ]);
    restored.close();
  });

  it('leaves out checkpoints of facts that the backup does not hold', async () => {
    const node = await countingNode();
    await node.add(30);
    const copying = node.backUp('one');
    await node.add(3);
    node.clock.advance(60_000);
    const { journal } = await copying;
    await node.stop();
    await restore(node.dir, 'one', { force: true });
    const facts = readCheckpoints(readFileSync(join(node.dir, 'checkpoints.jsonl'), 'utf8')).map(({ fact }) => fact);
    expect(facts.filter((fact) => fact > journal.fact)).toEqual([journal.fact + 1]);
  });

  it('that was cut off lets no node start, and is finished by another one', async () => {
    const { dir } = await backedUp();
    const old = readFileSync(join(dir, 'shared_inbox.db'));
    const aside = join(dir, 'set-aside', 'then');
    mkdirSync(aside, { recursive: true });
    writeFileSync(join(dir, 'restoring.json'), JSON.stringify({ backup: join(dir, 'backups', 'one'), aside }));
    // As far as one of the old files aside, and nothing in its place.
    cpSync(join(dir, 'shared_inbox.db'), join(aside, 'shared_inbox.db'));
    rmSync(join(dir, 'shared_inbox.db'));
    expect(() => refuseUnfinishedRestore(dir)).toThrow(`a restore of '${join(dir, 'backups', 'one')}' into ${dir} was cut off`);
    await restore(dir, 'one');
    expect(() => refuseUnfinishedRestore(dir)).not.toThrow();
    expect(readFileSync(join(aside, 'shared_inbox.db')).equals(old)).toBe(true);
    expect(existsSync(join(aside, 'mcp_system.db'))).toBe(true);
    const node = await countingNode(dir);
    expect(counts(node)).toEqual([10, 10, 10]);
  });
});

describe('a backup is refused by name', () => {
  const spoilt: ReadonlyArray<readonly [string, RegExp, (folder: string, manifest: BackupManifest, dir: string) => void]> = [
    ['with one byte flipped', /shared_inbox.db was altered or is damaged/, (folder) => flipByte(join(folder, 'shared_inbox.db'))],
    ['with a file cut off', /mcp_system.db was altered or is damaged/, (folder) => truncateSync(join(folder, 'mcp_system.db'), 4_096)],
    ['with a file longer than it was', /mcp_system.db was altered or is damaged/, (folder) => appendFileSync(join(folder, 'mcp_system.db'), 'x')],
    ['without one of its files', /mcp_system.db is missing/, (folder) => rmSync(join(folder, 'mcp_system.db'))],
    ['with altered checkpoints', /checkpoints.jsonl was altered/, (folder) => appendFileSync(join(folder, 'checkpoints.jsonl'), '{}\n')],
    ['without a manifest', /no manifest.json: it was never finished/, (folder) => rmSync(join(folder, 'manifest.json'))],
    ['with a manifest that is none', /manifest.json is none/, (folder) => writeFileSync(join(folder, 'manifest.json'), '{"format": 1}')],
    ['with an altered manifest', /manifest.json was altered: its signature does not fit/, (folder, manifest) => rewrite(folder, { ...manifest, takenAt: manifest.takenAt + 1 })],
    ['signed by another node', /signed with the key [0-9a-f]{16}, which is no key of/, (folder, manifest) => rewrite(folder, signedAnew(manifest, openNodeKey(privateFolder())))],
    [
      'whose files are not of the state that it says, though its own node signed it',
      /shared_inbox.db: table facts has \d+ rows, it had 1$/,
      (folder, manifest, dir) => rewrite(folder, signedAnew(withOneFact(manifest), openNodeKey(join(dir, 'keys')))),
    ],
  ];

  it.each(spoilt)('%s', async (_what, why, spoil) => {
    const { dir, manifest } = await backedUp();
    const before = readFileSync(join(dir, 'shared_inbox.db'));
    spoil(join(dir, 'backups', 'one'), manifest, dir);
    const restoring = restore(dir, 'one', { force: true });
    await expect(restoring).rejects.toMatchObject({ code: 'BackupRefused', message: expect.stringMatching(why) });
    await expect(restoring).rejects.toThrow("backup 'one' was not taken: ");
    expect(readFileSync(join(dir, 'shared_inbox.db')).equals(before)).toBe(true);
    expect(existsSync(join(dir, '.restoring'))).toBe(false);
  });

  it('that is not there', async () => {
    const { dir } = await backedUp();
    await expect(restore(dir, 'two')).rejects.toThrow(`no backup 'two' in ${join(dir, 'backups')}`);
    await expect(restore(dir, '../nowhere')).rejects.toThrow("no backup '../nowhere'");
  });
});

function flipByte(file: string): void {
  const bytes = readFileSync(file);
  const middle = bytes.length >> 1;
  bytes.writeUInt8(bytes.readUInt8(middle) ^ 1, middle);
  writeFileSync(file, bytes);
}

function rewrite(folder: string, manifest: BackupManifest): void {
  writeFileSync(join(folder, 'manifest.json'), JSON.stringify(manifest));
}

function signedAnew({ key: _key, publicKey: _public, signature: _signature, ...stated }: BackupManifest, key: ReturnType<typeof openNodeKey>): BackupManifest {
  return signManifest(stated, key);
}

function withOneFact(manifest: BackupManifest): BackupManifest {
  const files = manifest.files.map((file) => (file.name === 'shared_inbox.db' ? { ...file, tables: { ...file.tables, facts: { rows: 1, sha256: '0'.repeat(64) } } } : file));
  return { ...manifest, files };
}
