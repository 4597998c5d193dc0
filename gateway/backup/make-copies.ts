// The long part of a backup: copies of one instant, their hashes, and a restore of them into a scratch folder that is compared with what
// was copied. Run in a thread of its own (backup-thread.ts), so that the node is not kept from its work.
import { copyFileSync, existsSync, mkdirSync, rmSync, statfsSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { codedError } from '../../runtime/index.ts';
import { type CopiedFile, type Copies, copyDatabases, copyFlaw, NODE_DATABASES } from '../../runtime/persistence/index.ts';
import { CHECKPOINTS } from './backup-folder.ts';
import { hashed, type LaidFile, layDown } from './lay-down.ts';

export interface CopyOrder {
  readonly id: string;
  readonly dataDir: string;
  /** Exists, and is empty. */
  readonly folder: string;
}

export interface VerifiedCopies extends Omit<Copies, 'files'> {
  readonly files: ReadonlyArray<CopiedFile & LaidFile>;
  readonly checkpoints: Omit<LaidFile, 'name'>;
}

const SCRATCH = 'scratch';
/** Beside copy and scratch: what a node needs to go on. */
const RESERVE_BYTES = 4 * 1_048_576;

/** Rejects with `BackupFailed` or `UnreadableFile`; the folder is the caller's to take away then. */
export async function makeCopies(order: CopyOrder): Promise<VerifiedCopies> {
  checkRoom(order);
  try {
    return await copied(order);
  } catch (error) {
    throw isFull(error) ? codedError('BackupFailed', { problem: 'the disk is full: free space on it, or delete old backups' }) : error;
  }
}

async function copied({ id, dataDir, folder }: CopyOrder): Promise<VerifiedCopies> {
  const copies = await copyDatabases({ dir: dataDir, into: folder });
  const files: Array<CopiedFile & LaidFile> = [];
  for (const file of copies.files) files.push({ ...file, ...(await hashed(join(folder, file.name))) });
  copyCheckpoints(dataDir, folder);
  const checkpoints = await hashed(join(folder, CHECKPOINTS));
  await verify(id, folder, { ...copies, files, checkpoints });
  return { ...copies, files, checkpoints };
}

async function verify(id: string, folder: string, copies: VerifiedCopies): Promise<void> {
  const scratch = join(folder, SCRATCH);
  mkdirSync(scratch, { mode: 0o700 });
  await layDown({ id, folder, files: [...copies.files, { name: CHECKPOINTS, ...copies.checkpoints }] }, scratch);
  const flaw = await copyFlaw(scratch, copies);
  if (flaw !== undefined) throw codedError('BackupFailed', { problem: `a restore of it is not what was copied: ${flaw}` });
  rmSync(scratch, { recursive: true, force: true });
}

/** Refused before anything is written, where it is known to be too much: the node needs the disk more than we do. */
function checkRoom({ dataDir, folder }: CopyOrder): void {
  const bytes = NODE_DATABASES.flatMap((name) => [name, `${name}-wal`]).reduce((sum, name) => sum + (statSync(join(dataDir, name), { throwIfNoEntry: false })?.size ?? 0), 0);
  const { bavail, bsize } = statfsSync(folder);
  const [free, needed] = [bavail * bsize, 2 * bytes + RESERVE_BYTES];
  if (free < needed) throw codedError('BackupFailed', { problem: `it needs ${needed} bytes of disk and ${free} are free: free space, or delete old backups` });
}

/** Written after the instant of the copies at most: what they say of later facts is left to who restores. */
function copyCheckpoints(dataDir: string, folder: string): void {
  if (existsSync(join(dataDir, CHECKPOINTS))) copyFileSync(join(dataDir, CHECKPOINTS), join(folder, CHECKPOINTS));
  else writeFileSync(join(folder, CHECKPOINTS), '', { mode: 0o600 });
}

function isFull(error: unknown): boolean {
  return ['SQLITE_FULL', 'ENOSPC'].includes(String((error as { code?: unknown }).code));
}
