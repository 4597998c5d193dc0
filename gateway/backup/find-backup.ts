// A backup as people name it: by its id in the data directory, or by a path. It is refused, by name, unless its manifest is whole and
// signed by a key that counts here.
import { existsSync, realpathSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { codedError } from '../../runtime/index.ts';
import { formerKeys, readNodeKey } from '../audit/node-key.ts';
import { backupsDir, listBackups, manifestIn } from './backup-folder.ts';
import { BACKUP_ID, type BackupManifest } from './backup-manifest.ts';

export interface FoundBackup {
  readonly folder: string;
  readonly manifest: BackupManifest;
}

export interface BackupName {
  readonly backup: string;
  readonly dataDir: string;
  /** Against which a path is read. */
  readonly cwd: string;
  /** The id of another node's key that counts as well. */
  readonly trust?: string | undefined;
}

/** Throws `NoSuchBackup` or `BackupRefused`. */
export function findBackup({ backup, dataDir, cwd, trust }: BackupName): FoundBackup {
  const folder = [...(BACKUP_ID.test(backup) ? [join(backupsDir(dataDir), backup)] : []), resolve(cwd, backup)].find(existsSync);
  if (folder === undefined) throw codedError('NoSuchBackup', { backup, dir: backupsDir(dataDir) });
  const refused = (problem: string) => codedError('BackupRefused', { backup, problem });
  const reading = manifestIn(folder);
  if (reading === undefined) throw refused('it has no manifest.json: it was never finished and verified, or it is no backup');
  if (!reading.ok) throw refused(reading.problem);
  const { key } = reading.manifest;
  if (key !== trust && !keysHere(dataDir).includes(key))
    throw refused(`it is signed with the key ${key}, which is no key of ${dataDir}: if that node is yours, say so with --trust ${key}`);
  return { folder: realpathSync(folder), manifest: reading.manifest };
}

/** Of those that count here: a folder that somebody else has signed is no evidence. */
export function latestBackup(dataDir: string): BackupManifest | undefined {
  const keys = keysHere(dataDir);
  return listBackups(backupsDir(dataDir)).find(({ key }) => keys.includes(key));
}

function keysHere(dataDir: string): readonly string[] {
  const keys = join(dataDir, 'keys');
  const own = readNodeKey(keys);
  return own === undefined ? [] : [own.id, ...formerKeys(keys).map(({ id }) => id)];
}
