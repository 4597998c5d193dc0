// A file's new content, whole or not at all: written beside it, on the disk before it takes the name.
import { createHash } from 'node:crypto';
import { constants } from 'node:fs';
import { type FileHandle, open, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Place } from './contained-path.ts';

const NEW = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW;

/** The same for the same key: what a cut-off run left is found and replaced by the next one. */
export function unfinishedName(key: string): string {
  return `.troupe-${createHash('sha256').update(key).digest('hex').slice(0, 16)}.tmp`;
}

/** What was there is replaced, and its mode stays. */
export async function writeWhole(place: Place, content: Buffer, key: string): Promise<void> {
  const unfinished = join(dirname(place.path), unfinishedName(key));
  await rm(unfinished, { force: true });
  try {
    const file = await open(unfinished, NEW, 0o666);
    await fill(file, content, place.found?.mode);
    await rename(unfinished, place.path);
  } catch (error) {
    await rm(unfinished, { force: true });
    throw error;
  }
  await place.folder.sync();
}

async function fill(file: FileHandle, content: Buffer, mode: number | undefined): Promise<void> {
  try {
    if (mode !== undefined) await file.chmod(mode & 0o777);
    await file.writeFile(content);
    await file.sync();
  } finally {
    await file.close();
  }
}
