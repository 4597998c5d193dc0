// Puts a verified backup into a data directory on which no node runs. It is laid down and compared beside the old files first; then these
// are set aside and the new ones take their place. Cut off in between, no node starts there until the restore is finished.
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { type Clock, codedError } from '../../runtime/index.ts';
import { beginEra, copyFlaw, lockDataDir, NODE_DATABASES } from '../../runtime/persistence/index.ts';
import { readCuts } from '../audit/audit-cut.ts';
import { readCheckpoints, signCheckpoint } from '../audit/checkpoint.ts';
import { openNodeKey, trustFormerKey } from '../audit/node-key.ts';
import { openDataDir, whenFull } from '../data-dir.ts';
import { readJson, readText, writePrivate } from '../private-file.ts';
import { CHECKPOINTS, syncPath } from './backup-folder.ts';
import { type BackupName, type FoundBackup, findBackup } from './find-backup.ts';
import { layDown } from './lay-down.ts';
import { revokeLogins } from './revoke-logins.ts';

export interface RestoreWish extends BackupName {
  /** Sets aside what is there. */
  readonly force: boolean;
  readonly by: string;
  readonly clock: Clock;
}

export interface Restored {
  readonly backup: string;
  readonly dataDir: string;
  /** State as of this fact; the one behind it says that it was restored. */
  readonly fact: number;
  readonly takenAt: number;
  readonly era: string;
  /** Where the old files are; null when there were none. */
  readonly aside: string | null;
  /** OAuth clients that must be added again: their secrets were sealed with a key that is not here. */
  readonly clientsForgotten: readonly string[];
}

type Prepared = Pick<Restored, 'era' | 'clientsForgotten'>;

const MARK = 'restoring.json';
const LAID = '.restoring';
const Mark = z.object({ backup: z.string(), aside: z.string().nullable() });

/** Throws `RestoreUnfinished`. */
export function refuseUnfinishedRestore(dataDir: string): void {
  const mark = Mark.safeParse(readJson(join(dataDir, MARK)));
  if (mark.success) throw codedError('RestoreUnfinished', { backup: mark.data.backup, dir: dataDir });
}

/** Rejects with `DataDirInUse`, `DataDirNotEmpty`, `NoSuchBackup`, `BackupRefused`, `DataDirFull` or `DataDirUnwritable`; nothing was changed then. */
export async function restoreBackup(wish: RestoreWish): Promise<Restored> {
  const found = findBackup(wish);
  const { path, keys } = openDataDir(wish.dataDir);
  const lock = lockDataDir(path, { clock: wish.clock });
  try {
    const aside = asidePlace(path, wish);
    const prepared = await prepare(found, path, wish);
    if (wish.trust !== undefined) trustFormerKey(keys, found.manifest.publicKey);
    exchange(path, { backup: found.folder, aside });
    const { id, journal, takenAt } = found.manifest;
    return { backup: id, dataDir: path, fact: journal.fact, takenAt, aside, ...prepared };
  } catch (error) {
    throw whenFull(error, path);
  } finally {
    if (!existsSync(join(path, MARK))) rmSync(join(path, LAID), { recursive: true, force: true });
    lock.release();
  }
}

/** Null when nothing is in the way. A restore that was cut off has set its old files aside already: what is there is its own. */
function asidePlace(path: string, { force, clock }: RestoreWish): string | null {
  const mark = Mark.safeParse(readJson(join(path, MARK)));
  if (mark.success) return mark.data.aside;
  const there = [...oldFiles(path)];
  if (there.length === 0) return null;
  const aside = join(path, 'set-aside', new Date(clock.now()).toISOString().replaceAll(':', '-'));
  if (!force) throw codedError('DataDirNotEmpty', { dir: path, files: there.join(', '), aside });
  return aside;
}

function oldFiles(path: string): readonly string[] {
  const ours = [...NODE_DATABASES.flatMap((name) => [name, `${name}-wal`, `${name}-shm`]), CHECKPOINTS];
  return readdirSync(path).filter((name) => ours.includes(name));
}

/** The files as they are to be, in a folder beside their place. */
async function prepare({ folder, manifest }: FoundBackup, path: string, { clock, by }: RestoreWish): Promise<Prepared> {
  const laid = join(path, LAID);
  rmSync(laid, { recursive: true, force: true });
  mkdirSync(laid, { mode: 0o700 });
  const { id, files, checkpoints, journal, readModel } = manifest;
  await layDown({ id, folder, files: [...files, { name: CHECKPOINTS, ...checkpoints }] }, laid);
  const flaw = await copyFlaw(laid, { files, readModel, head: { lastHash: journal.hash, counters: { fact: journal.fact } } });
  if (flaw !== undefined) throw codedError('BackupRefused', { backup: id, problem: flaw });
  const keysDir = join(path, 'keys');
  const { revoked: loginsRevoked, clientsForgotten } = revokeLogins(laid, keysDir, clock);
  const body = { backup: id, by, takenAt: manifest.takenAt, fact: journal.fact, loginsRevoked, clientsForgotten };
  const era = await beginEra(laid, { at: clock.now(), kind: 'node.restored', body });
  writeCheckpoints(laid, keysDir, { at: clock.now(), restored: journal.fact, ...era });
  for (const name of readdirSync(laid)) syncPath(join(laid, name));
  syncPath(laid);
  return { era: era.era, clientsForgotten };
}

/** Those of facts that are there, and one behind them of the new era, by the key that is here. */
function writeCheckpoints(laid: string, keysDir: string, { restored, ...stated }: { at: number; era: string; fact: number; hash: string; restored: number }): void {
  const text = readText(join(laid, CHECKPOINTS)) ?? '';
  const known = [...readCheckpoints(text).filter(({ fact }) => fact <= restored), ...readCuts(text).filter(({ cut }) => cut.fact <= restored)];
  const lines = [...known, signCheckpoint(stated, openNodeKey(keysDir))].map((checkpoint) => `${JSON.stringify(checkpoint)}\n`);
  writeFileSync(join(laid, CHECKPOINTS), lines.join(''), { mode: 0o600 });
}

/** From the first line to the last the mark keeps nodes from starting over half of it. */
function exchange(path: string, mark: z.infer<typeof Mark>): void {
  const again = existsSync(join(path, MARK));
  if (!again) writePrivate(join(path, MARK), `${JSON.stringify(mark)}\n`);
  syncPath(path);
  if (mark.aside !== null && !again) mkdirSync(mark.aside, { recursive: true, mode: 0o700 });
  // Cut off before: what is of the old files still goes aside; what has come already is put there anew.
  for (const name of oldFiles(path)) {
    const kept = mark.aside !== null && !existsSync(join(mark.aside, name));
    if (kept) renameSync(join(path, name), join(mark.aside ?? '', name));
    else rmSync(join(path, name));
  }
  for (const name of readdirSync(join(path, LAID))) renameSync(join(path, LAID, name), join(path, name));
  syncPath(path);
  rmSync(join(path, LAID), { recursive: true });
  rmSync(join(path, MARK));
  syncPath(path);
}
