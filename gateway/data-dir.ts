// The data directory: made private, with the admin token and the node's identity. Secrets lie in files of mode 0600, never in logs.
import { randomBytes } from 'node:crypto';
import { accessSync, constants, existsSync, mkdirSync, readdirSync, realpathSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import { codedError } from '../runtime/index.ts';
import { makePrivate, readJson, readText, writePrivate } from './private-file.ts';

export interface DataDir {
  /** Real path. */
  readonly path: string;
  /** Names the node: part of sockets and of folders outside. */
  readonly instance: string;
  /** Marks every process that the node starts. */
  readonly ownerToken: string;
  readonly adminToken: string;
  readonly keys: string;
  readonly logs: string;
}

const Identity = z.object({ instance: z.string().regex(/^[0-9a-f]{8}$/), ownerToken: z.string().min(32), place: z.string() });

const IDENTITY_FILE = 'instance.json';
const TOKEN_FILE = 'admin.token';

export const adminTokenFile = (dir: string): string => join(dir, TOKEN_FILE);

/** Makes what is missing. Throws `DataDirFull` or `DataDirUnwritable`, naming the fix. */
export function openDataDir(dir: string): DataDir {
  try {
    makeFolder(dir);
    return furnish(realpathSync(dir));
  } catch (error) {
    throw unwritable(error, dir);
  }
}

/** Who a data directory belongs to; undefined when no node was ever there. */
export function readIdentity(dir: string): { readonly instance: string; readonly ownerToken: string } | undefined {
  const identity = Identity.safeParse(readJson(join(dir, IDENTITY_FILE)));
  return identity.success && identity.data.place === placeOf(realpathSync(dir)) ? identity.data : undefined;
}

/** By hand: Node's own recursive mkdir never returns where the kernel makes no folders, as under /proc. */
function makeFolder(dir: string): void {
  if (existsSync(dir)) return;
  if (!existsSync(dirname(dir))) makeFolder(dirname(dir));
  mkdirSync(dir, { mode: 0o700 });
}

function furnish(path: string): DataDir {
  const inside = readdirSync(path);
  accessSync(path, constants.R_OK | constants.W_OK | constants.X_OK);
  // Somebody else's folder keeps its mode: our files in it are private anyway.
  if (inside.length === 0 || readText(join(path, IDENTITY_FILE)) !== undefined) makePrivate(path, 0o700);
  const keys = join(path, 'keys');
  const logs = join(path, 'logs');
  for (const folder of [keys, logs]) mkdirSync(folder, { recursive: true, mode: 0o700 });
  // The directory often lies in the repository that is worked on: git must not see it.
  if (readText(join(path, '.gitignore')) === undefined) writeFileSync(join(path, '.gitignore'), '*\n');
  return { path, ...identityOf(path), adminToken: adminTokenOf(path), keys, logs };
}

/** A copy of a data directory is another node: it must not end the processes of the first. */
function placeOf(path: string): string {
  const { dev, ino } = statSync(path);
  return `${path} ${dev}:${ino}`;
}

function identityOf(path: string): { readonly instance: string; readonly ownerToken: string } {
  const known = readIdentity(path);
  if (known !== undefined) return { instance: known.instance, ownerToken: known.ownerToken };
  const made = { instance: randomBytes(4).toString('hex'), ownerToken: randomBytes(24).toString('base64url') };
  writePrivate(join(path, IDENTITY_FILE), `${JSON.stringify({ ...made, place: placeOf(path) })}\n`);
  return made;
}

function adminTokenOf(path: string): string {
  const file = adminTokenFile(path);
  const known = readText(file)?.trim() ?? '';
  if (known.length >= 32) {
    makePrivate(file, 0o600);
    return known;
  }
  const token = randomBytes(32).toString('base64url');
  writePrivate(file, `${token}\n`);
  return token;
}

/** What a database or a file says when there is no room left, as `DataDirFull`; any other error as it is. */
export function whenFull(error: unknown, dir: string): unknown {
  return ['ENOSPC', 'SQLITE_FULL'].includes(String((error as { code?: unknown }).code)) ? codedError('DataDirFull', { dir }) : error;
}

function unwritable(error: unknown, dir: string): unknown {
  const code = (error as NodeJS.ErrnoException).code;
  const problem = {
    EACCES: 'cannot be written',
    EPERM: 'cannot be written',
    EROFS: 'is on a read-only disk',
    ENOTDIR: 'is not a folder',
    EEXIST: 'is not a folder',
    ENOENT: 'cannot be made',
    ELOOP: 'is a link that leads to itself',
    ENAMETOOLONG: 'has too long a name',
  }[code ?? ''];
  return problem === undefined ? whenFull(error, dir) : codedError('DataDirUnwritable', { dir, problem });
}
