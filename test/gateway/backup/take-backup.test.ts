import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { describe, expect, it } from 'vitest';
import { applyFact, READ_MODEL_MIGRATIONS } from '../../../actors/read-model/index.ts';
import { openNodeKey } from '../../../gateway/audit/node-key.ts';
import { listBackups, retain } from '../../../gateway/backup/backup-folder.ts';
import { signManifest } from '../../../gateway/backup/backup-manifest.ts';
import { latestBackup } from '../../../gateway/backup/find-backup.ts';
import { takeBackup } from '../../../gateway/backup/take-backup.ts';
import { type ActorRow, codedError, type FactRow } from '../../../runtime/index.ts';
import { catchUp, openProjection } from '../../../runtime/persistence/index.ts';
import { COUNTERS, type CountingNode, countingNode } from '../../support/backed-up-node.ts';
import { count } from '../../support/length.ts';
import { privateFolder } from '../../support/private-folder.ts';

/** What a file of a backup says. */
function asked<T>(folder: string, file: string, sql: string): T[] {
  const db = new Database(join(folder, file));
  const rows = db.prepare(sql).all() as T[];
  db.close();
  return rows;
}

const factsOf = (folder: string): FactRow[] => asked<FactRow>(folder, 'shared_inbox.db', 'SELECT * FROM facts ORDER BY seq');

/** The state that the facts of a folder say its counters have. */
function counted(facts: readonly FactRow[]): Record<string, number> {
  const counts = Object.fromEntries(COUNTERS.map((name) => [name, 0]));
  for (const { body } of facts.filter(({ kind }) => kind === 'counted')) {
    const { by, count: now } = JSON.parse(body) as { by: string; count: number };
    expect(now).toBe((counts[by] ?? 0) + 1);
    counts[by] = now;
  }
  return counts;
}

function kept(folder: string): Record<string, number> {
  const rows = asked<ActorRow>(folder, 'shared_inbox.db', 'SELECT * FROM actors ORDER BY address');
  return Object.fromEntries(rows.filter(({ address }) => counting(address)).map(({ address, snapshot }) => [address, contextOf(snapshot).count]));
}
const counting = (address: string): boolean => (COUNTERS as readonly string[]).includes(address);
const contextOf = (snapshot: string) => (JSON.parse(snapshot) as { context: { count: number } }).context;

/** The node counts on until the backup is there. */
async function backedUpUnderLoad(node: CountingNode, id: string) {
  let busy = true;
  const before = node.system.position;
  const working = (async () => {
    while (busy) await node.add(10);
  })();
  const manifest = await node.backUp(id);
  busy = false;
  await working;
  return { before, manifest, folder: join(node.dir, 'backups', id) };
}

describe('a backup that is taken while the node works', () => {
  it('holds every fact up to its position and none behind it, every actor in the state of those, and a read model of no later one (G14)', async () => {
    const node = await countingNode();
    await node.add(100);
    for (let round = 0; round < count(2, 40); round += 1) {
      const { before, manifest, folder } = await backedUpUnderLoad(node, `round-${round}`);
      const { fact } = manifest.journal;
      expect(fact).toBeGreaterThanOrEqual(before);
      expect(fact, 'work went on while it was made').toBeLessThan(node.system.position);
      const live = await node.system.journal.facts({ after: 0, limit: 1_000_000 });
      expect(factsOf(folder)).toEqual(live.filter(({ seq }) => seq <= fact));
      expect(kept(folder)).toEqual(counted(factsOf(folder)));
      expect(manifest.readModel).toBeLessThanOrEqual(fact);
    }
  });

  it('holds the read model that the facts up to its own position make', async () => {
    const node = await countingNode();
    await node.add(60);
    const { folder, manifest } = await backedUpUnderLoad(node, 'one');
    const again = privateFolder();
    const projection = openProjection({ file: join(again, 'mcp_system.db'), migrations: READ_MODEL_MIGRATIONS, apply: applyFact });
    const facts = factsOf(folder).filter(({ seq }) => seq <= (manifest.readModel ?? 0));
    await catchUp({ facts: async ({ after, limit }) => facts.filter(({ seq }) => seq > after).slice(0, limit) }, projection);
    projection.close();
    for (const table of ['activity', 'transitions'])
      expect(asked(folder, 'mcp_system.db', `SELECT * FROM ${table}`)).toEqual(asked(again, 'mcp_system.db', `SELECT * FROM ${table}`));
    expect(manifest.readModel).toBeGreaterThan(0);
  });
});

describe('a backup', () => {
  it('is a folder with a signed manifest that says what is in it, readable by its owner only', async () => {
    const node = await countingNode();
    await node.add(5);
    const manifest = await node.backUp('one');
    const folder = join(node.dir, 'backups', 'one');
    expect(readdirSync(folder).sort()).toEqual(['checkpoints.jsonl', 'manifest.json', 'mcp_system.db', 'shared_inbox.db']);
    expect(manifest).toMatchObject({ id: 'one', by: 'ann', key: node.backups.key.id, product: '1.2.3', journal: { fact: node.system.position, hash: node.system.chainHead.hash } });
    expect(manifest.files.map(({ name, tables }) => [name, tables.facts?.rows])).toEqual([
      ['shared_inbox.db', node.system.position],
      ['mcp_system.db', undefined],
    ]);
    expect(JSON.parse(readFileSync(join(folder, 'manifest.json'), 'utf8'))).toEqual(manifest);
  });

  it('asked for again under its id is the one that is there', async () => {
    const node = await countingNode();
    const first = await node.backUp('one');
    await node.add(5);
    expect(await node.backUp('one')).toEqual(first);
  });

  it('of a journal whose chain of facts was altered is none, and leaves nothing behind', async () => {
    const node = await countingNode();
    await node.add(20);
    const db = new Database(join(node.dir, 'shared_inbox.db'));
    db.exec('UPDATE facts SET at = at + 1 WHERE seq = 7');
    db.close();
    await expect(node.backUp('one')).rejects.toThrow(
      /^no backup was made: a restore of it is not what was copied: shared_inbox.db: batch \d+ of its chain of facts: fact 7 was altered$/,
    );
    expect(readdirSync(join(node.dir, 'backups'))).toEqual([]);
  });

  it('that fails leaves nothing, and what a crash left half is taken away by the next', async () => {
    const node = await countingNode();
    const failing = { ...node.backups, copy: () => Promise.reject(codedError('BackupFailed', { problem: 'the disk is full' })) };
    await expect(takeBackup(failing, { id: 'one', by: 'ann', why: '' }, new AbortController().signal)).rejects.toThrow('no backup was made: the disk is full');
    const dir = join(node.dir, 'backups');
    expect(readdirSync(dir)).toEqual([]);
    mkdirSync(join(dir, '.unfinished-two'));
    writeFileSync(join(dir, '.unfinished-two', 'shared_inbox.db'), 'half');
    await node.backUp('three');
    expect(readdirSync(dir)).toEqual(['three']);
  });

  it('is the latest one that voters look at, unless somebody else has signed it', async () => {
    const node = await countingNode();
    expect(latestBackup(node.dir)).toBeUndefined();
    for (const id of ['one', 'two']) {
      node.clock.advance(1_000);
      await node.backUp(id);
    }
    expect(latestBackup(node.dir)?.id).toBe('two');
    const { key: _key, publicKey: _public, signature: _signature, ...stated } = await node.backUp('two');
    writeFileSync(join(node.dir, 'backups', 'two', 'manifest.json'), JSON.stringify(signManifest(stated, openNodeKey(privateFolder()))));
    expect(latestBackup(node.dir)?.id).toBe('one');
  });

  it('takes the place of no folder that is there and no backup', async () => {
    const node = await countingNode();
    mkdirSync(join(node.dir, 'backups', 'mine'), { recursive: true });
    await expect(node.backUp('mine')).rejects.toThrow('is there already and no backup');
    expect(existsSync(join(node.dir, 'backups', 'mine'))).toBe(true);
  });

  it('of a deployment takes away none that somebody asked for, and the other way round', async () => {
    const node = await countingNode();
    const dir = join(node.dir, 'backups');
    for (const id of ['backup-1', 'deploy-1', 'deploy-2', 'deploy-3', 'backup-2']) {
      node.clock.advance(1_000);
      await node.backUp(id);
    }
    expect(retain(dir, 2, 'deploy-3')).toEqual(['deploy-1']);
    expect(retain(dir, 1, 'backup-2')).toEqual(['backup-1']);
    expect(listBackups(dir).map(({ id }) => id)).toEqual(['backup-2', 'deploy-3', 'deploy-2']);
  });

  it('makes room for itself: the newest stay, never none, and what is no backup is not touched', async () => {
    const node = await countingNode();
    const dir = join(node.dir, 'backups');
    for (const id of ['one', 'two', 'three']) {
      node.clock.advance(1_000);
      await node.backUp(id);
    }
    mkdirSync(join(dir, 'mine'));
    expect(retain(dir, 2, 'three')).toEqual(['one']);
    expect(retain(dir, 0, 'three')).toEqual(['two']);
    expect(listBackups(dir).map(({ id }) => id)).toEqual(['three']);
    expect(readdirSync(dir).sort()).toEqual(['mine', 'three']);
  });
});
