// Where backups lie: `backups/<id>/` with the files and `manifest.json`. What is being made has another name and becomes a backup by
// one rename; what a crash left half is taken away by the next backup.
import { closeSync, existsSync, fsyncSync, mkdirSync, openSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { DEPLOYMENT_BACKUP } from '../../actors/backup/backups.messages.ts';
import { readText } from '../private-file.ts';
import { BACKUP_ID, type BackupManifest, type ManifestReading, readManifest } from './backup-manifest.ts';

export const MANIFEST = 'manifest.json';
export const CHECKPOINTS = 'checkpoints.jsonl';
const UNFINISHED = '.unfinished-';

export const backupsDir = (dataDir: string): string => join(dataDir, 'backups');

/** An empty folder for one that is to be; nothing half is left beside it. */
export function openUnfinished(dir: string, id: string): string {
  mkdirSync(dir, { recursive: true, mode: 0o700 });
  clearUnfinished(dir);
  const folder = join(dir, `${UNFINISHED}${id}`);
  mkdirSync(folder, { mode: 0o700 });
  return folder;
}

export function clearUnfinished(dir: string): void {
  if (!existsSync(dir)) return;
  for (const name of readdirSync(dir)) if (name.startsWith(UNFINISHED)) rmSync(join(dir, name), { recursive: true, force: true });
}

/** On disk when it returns. */
export function finish(dir: string, unfinished: string, id: string): void {
  for (const name of readdirSync(unfinished)) syncPath(join(unfinished, name));
  syncPath(unfinished);
  renameSync(unfinished, join(dir, id));
  syncPath(dir);
}

export function syncPath(path: string): void {
  const handle = openSync(path, 'r');
  try {
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}

/** Undefined: there is no such folder, or it was never finished. */
export function manifestIn(folder: string): ManifestReading | undefined {
  const text = readText(join(folder, MANIFEST));
  return text === undefined ? undefined : readManifest(text);
}

/** The newest first; those whose manifest was not altered. */
export function listBackups(dir: string): readonly BackupManifest[] {
  if (!existsSync(dir)) return [];
  const read = readdirSync(dir)
    .filter((name) => BACKUP_ID.test(name))
    .map((name) => ({ name, reading: manifestIn(join(dir, name)) }));
  const sound = read.flatMap(({ name, reading }) => (reading?.ok === true && reading.manifest.id === name ? [reading.manifest] : []));
  return sound.sort((a, b) => b.takenAt - a.takenAt || (a.id < b.id ? 1 : -1));
}

const isOfDeployment = (id: string): boolean => id.startsWith(DEPLOYMENT_BACKUP);

/** Of the kind of `id` takes away all but the newest `keep`, of which there is at least one; returns which. Folders that are no backup stay. */
export function retain(dir: string, keep: number, id: string): readonly string[] {
  const ofKind = listBackups(dir).filter((each) => isOfDeployment(each.id) === isOfDeployment(id));
  const old = ofKind.slice(Math.max(1, keep));
  for (const { id: name } of old) {
    // Without its manifest it is no backup any more, also if the rest takes several tries.
    rmSync(join(dir, name, MANIFEST), { force: true });
    rmSync(join(dir, name), { recursive: true, force: true });
  }
  return old.map(({ id: name }) => name);
}
