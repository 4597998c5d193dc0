// Makes one backup: copies, a restore of them that was compared, and only then the signed manifest that makes a folder a backup. Taken
// again under the same id it is the one that is there. Whatever fails leaves nothing half behind.
import { existsSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Clock, codedError } from '../../runtime/index.ts';
import type { NodeKey } from '../audit/node-key.ts';
import { backupsDir, finish, MANIFEST, manifestIn, openUnfinished } from './backup-folder.ts';
import { type BackupManifest, signManifest } from './backup-manifest.ts';
import type { CopyOrder, VerifiedCopies } from './make-copies.ts';

export interface BackupNode {
  readonly dataDir: string;
  readonly key: NodeKey;
  readonly clock: Clock;
  readonly product: string;
  readonly instance: string;
  readonly copy: (order: CopyOrder, signal: AbortSignal) => Promise<VerifiedCopies>;
}

export interface BackupWish {
  readonly id: string;
  readonly by: string;
  readonly why: string;
}

/** Rejects with `BackupFailed`, or as the disk says. Call it one at a time. */
export async function takeBackup({ dataDir, key, clock, product, instance, copy }: BackupNode, wish: BackupWish, signal: AbortSignal): Promise<BackupManifest> {
  const dir = backupsDir(dataDir);
  const known = manifestIn(join(dir, wish.id));
  if (known?.ok === true) return known.manifest;
  if (existsSync(join(dir, wish.id))) throw codedError('BackupFailed', { problem: `${join(dir, wish.id)} is there already and no backup` });
  const folder = openUnfinished(dir, wish.id);
  try {
    const takenAt = clock.now();
    const { head, readModel, files, checkpoints } = await copy({ id: wish.id, dataDir, folder }, signal);
    const { era, nodeEpoch, lastBatch: batch, counters, lastHash: hash } = head;
    const journal = { era, nodeEpoch, batch, fact: counters.fact, hash };
    const manifest = signManifest({ format: 1, ...wish, takenAt, verifiedAt: clock.now(), product, instance, journal, readModel, files: [...files], checkpoints }, key);
    writeFileSync(join(folder, MANIFEST), `${JSON.stringify(manifest, null, 2)}\n`, { mode: 0o600 });
    finish(dir, folder, wish.id);
    return manifest;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
