// Puts the files of a backup where a node would open them, the same way for the scratch folder of its verification and for a restore:
// every byte held against its hash on the way.
import { createHash } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { codedError } from '../../runtime/index.ts';
import { syncPath } from './backup-folder.ts';

export interface LaidFile {
  readonly name: string;
  readonly bytes: number;
  readonly sha256: string;
}

/** Rejects with `BackupRefused`, naming the file. */
export async function layDown(backup: { readonly id: string; readonly folder: string; readonly files: readonly LaidFile[] }, into: string): Promise<void> {
  for (const { name, bytes, sha256 } of backup.files) {
    const found = await hashed(join(backup.folder, name), join(into, name)).catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') throw codedError('BackupRefused', { backup: backup.id, problem: `${name} is missing` });
      throw error;
    });
    if (found.bytes !== bytes || found.sha256 !== sha256)
      throw codedError('BackupRefused', { backup: backup.id, problem: `${name} was altered or is damaged: it has other bytes than its manifest says` });
    syncPath(join(into, name));
  }
}

/** Of a file's bytes, which are written into another on the way if one is named. */
export async function hashed(file: string, into?: string): Promise<Omit<LaidFile, 'name'>> {
  const hash = createHash('sha256');
  let bytes = 0;
  // Opened before the other is made: a file that is missing leaves none behind.
  const read = (await open(file)).createReadStream({ highWaterMark: 1_048_576 });
  const seen = async function* (chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
    for await (const chunk of chunks) {
      hash.update(chunk);
      bytes += chunk.length;
      yield chunk;
    }
  };
  if (into === undefined) for await (const _chunk of seen(read));
  else await pipeline(read, seen, createWriteStream(into, { mode: 0o600, flags: 'wx' }));
  return { bytes, sha256: hash.digest('hex') };
}
