// Copies a folder so that the copy stands for itself: no link in it leads out, everything is on the disk, and its manifest says what it
// holds, entry by entry.
import { createHash } from 'node:crypto';
import { constants } from 'node:fs';
import { type FileHandle, mkdir, open, readdir, readlink, realpath, symlink } from 'node:fs/promises';
import { isAbsolute, join } from 'node:path';
import { codedError } from '../../../runtime/errors.ts';
import { isWithin } from './contained-path.ts';

export interface Manifest {
  readonly files: number;
  /** By path: `folder`, `link <target>`, or `file <mode> <sha256>`. */
  readonly entries: ReadonlyMap<string, string>;
}

/** Never part of what is deployed. */
const LEFT_OUT = '.git';
const EXECUTABLE = 0o111;

/** Both are real paths; `to` must not be there yet. Rejects with `PathRefused` for what cannot be copied, with the signal's reason when it was cut off. */
export function copyFolder(from: string, to: string, signal: AbortSignal): Promise<Manifest> {
  return walk(from, to, signal);
}

/** The manifest that copying the folder would give. */
export function readManifest(folder: string, signal: AbortSignal): Promise<Manifest> {
  return walk(folder, undefined, signal);
}

export function sameManifest(one: Manifest, other: Manifest): boolean {
  return one.entries.size === other.entries.size && [...one.entries].every(([path, entry]) => other.entries.get(path) === entry);
}

/** The same for the same entries, whatever order they were read in. */
export function digestOf({ entries }: Manifest): string {
  const lines = [...entries].map(([path, entry]) => JSON.stringify([path, entry])).sort();
  return createHash('sha256').update(lines.join('\n')).digest('hex');
}

async function walk(from: string, to: string | undefined, signal: AbortSignal): Promise<Manifest> {
  const entries = new Map<string, string>();
  let files = 0;
  const visit = async (path: string): Promise<void> => {
    if (to !== undefined) await mkdir(join(to, path), { mode: 0o755 });
    for (const entry of await readdir(join(from, path), { withFileTypes: true })) {
      signal.throwIfAborted();
      const inner = join(path, entry.name);
      if (entry.name === LEFT_OUT) continue;
      if (entry.isDirectory()) {
        entries.set(inner, 'folder');
        await visit(inner);
      } else if (entry.isSymbolicLink()) {
        entries.set(inner, `link ${await copyLink(from, to, inner)}`);
      } else {
        entries.set(inner, await copyFile(from, to, inner));
        files += 1;
      }
    }
    if (to !== undefined) await sync(join(to, path));
  };
  await visit('');
  return { files, entries };
}

/** A link may lead to another place of the folder, and says so relatively. Where it really leads counts, through whatever other links. */
async function copyLink(from: string, to: string | undefined, path: string): Promise<string> {
  const target = await readlink(join(from, path));
  const real = await realpath(join(from, path)).catch(() => undefined);
  if (real === undefined) throw codedError('PathRefused', { path, problem: 'is a link that leads nowhere in what is deployed' });
  if (isAbsolute(target) || !isWithin(from, real)) throw codedError('PathRefused', { path, problem: 'is a link that leads out of what is deployed' });
  if (to !== undefined) await symlink(target, join(to, path));
  return target;
}

const SOURCE = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;

async function copyFile(from: string, to: string | undefined, path: string): Promise<string> {
  const source = await open(join(from, path), SOURCE);
  try {
    const found = await source.stat();
    if (!found.isFile()) throw codedError('PathRefused', { path, problem: 'is no file, folder or link and cannot be deployed' });
    const mode = (found.mode & EXECUTABLE) === 0 ? 0o644 : 0o755;
    const copy = to === undefined ? undefined : await open(join(to, path), 'wx', mode);
    return `file ${mode.toString(8)} ${await pour(source, copy)}`;
  } finally {
    await source.close();
  }
}

/** Digest of what went through. */
async function pour(source: FileHandle, copy: FileHandle | undefined): Promise<string> {
  const digest = createHash('sha256');
  const buffer = Buffer.allocUnsafe(65_536);
  try {
    for (;;) {
      const { bytesRead } = await source.read(buffer, 0, buffer.length);
      if (bytesRead === 0) break;
      digest.update(buffer.subarray(0, bytesRead));
      await copy?.writeFile(buffer.subarray(0, bytesRead));
    }
    await copy?.sync();
    return digest.digest('hex');
  } finally {
    await copy?.close();
  }
}

async function sync(path: string): Promise<void> {
  const folder = await open(path);
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}
