// Places within a folder, by real path. The folder that holds the place is opened and checked, and the act goes through what was
// opened (/proc/self/fd): swapping a folder for a link between check and act leads nowhere.
import { constants, type Stats } from 'node:fs';
import { type FileHandle, lstat, mkdir, open, readlink, realpath } from 'node:fs/promises';
import { basename, dirname, isAbsolute, join, relative, resolve, sep } from 'node:path';
import { codedError, isCoded, type TroupeError } from '../../../runtime/errors.ts';

export interface Place {
  /** Real path, for people. */
  readonly shown: string;
  /** What to act on: its folder is the one that was checked. The last component is not followed. */
  readonly path: string;
  readonly folder: FileHandle;
  /** Of the last component itself; undefined when it is not there. */
  readonly found: Stats | undefined;
}

export interface PlaceOptions {
  /** Makes missing folders on the way. */
  readonly makeFolders?: boolean;
  /** A link at the end is followed, if that leads to a place within. Default: it is refused. `itself`: the link is the place. */
  readonly link?: 'follow' | 'itself';
  /** Throws for a folder that may not be entered, by its real path, before anything is made in it. */
  readonly admit?: (real: string) => void;
}

const DIRECTORY = constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW;

/** `path` may be absolute. Rejects with `PathRefused`. The root itself is no place within it. */
export async function withPlace<T>(root: string, path: string, options: PlaceOptions, act: (place: Place) => Promise<T>): Promise<T> {
  const realRoot = await realFolder(root);
  const place = await openPlace(realRoot, path, targetOf(realRoot, root, path), options);
  try {
    return await act(place);
  } finally {
    await place.folder.close();
  }
}

/** Real path of an existing folder at `path`, the root itself included. Rejects with `PathRefused`. */
export async function folderWithin(root: string, path: string): Promise<string> {
  const realRoot = await realFolder(root);
  const target = targetOf(realRoot, root, path);
  const real = await realpath(target).catch(() => {
    throw refused(path, 'is not there');
  });
  if (!isWithin(realRoot, real)) throw refused(path, 'leads out of the workspace');
  if (!(await lstat(real)).isDirectory()) throw refused(path, 'is no folder');
  return real;
}

/** `act` gets a path to the folder, which was opened and checked. Rejects with `PathRefused`. */
export async function withFolder<T>(root: string, path: string, act: (folder: string) => Promise<T>): Promise<T> {
  const opened = await openChecked(await realFolder(root), path, await folderWithin(root, path));
  try {
    return await act(`${descriptorPath(opened)}/.`);
  } finally {
    await opened.close();
  }
}

export function isWithin(root: string, path: string): boolean {
  const way = relative(root, path);
  return way === '' || !(way === '..' || way.startsWith(`..${sep}`) || isAbsolute(way));
}

export function refused(path: string, problem: string): TroupeError {
  return codedError('PathRefused', { path, problem });
}

async function realFolder(root: string): Promise<string> {
  return realpath(root).catch(() => {
    throw codedError('WorkspaceUnusable', { folder: root, problem: 'is not there' });
  });
}

/** An absolute path may name the workspace by a link to it. */
function targetOf(realRoot: string, root: string, path: string): string {
  if (path === '' || path.includes('\0')) throw refused(path.replaceAll('\0', '\\0'), 'is no path');
  const target = isAbsolute(path) && isWithin(root, resolve(path)) ? resolve(realRoot, relative(root, resolve(path))) : resolve(realRoot, path);
  if (!isWithin(realRoot, target)) throw refused(path, 'lies outside of the workspace');
  return target;
}

async function openPlace(realRoot: string, path: string, target: string, options: PlaceOptions): Promise<Place> {
  if (target === realRoot) throw refused(path, 'is the workspace itself');
  const folder = await openFolder(realRoot, path, dirname(target), options);
  const place = await placeIn(folder, basename(target)).catch(async (error) => {
    await folder.close();
    throw error;
  });
  if (place.found?.isSymbolicLink() !== true || options.link === 'itself') return place;
  await folder.close();
  if (options.link !== 'follow') throw refused(path, 'is a link');
  const real = await realpath(target).catch(() => {
    throw refused(path, 'is a link that leads nowhere');
  });
  if (!isWithin(realRoot, real)) throw refused(path, 'is a link that leads out of the workspace');
  return openPlace(realRoot, path, real, { ...options, link: 'itself' });
}

async function placeIn(folder: FileHandle, name: string): Promise<Place> {
  const path = join(descriptorPath(folder), name);
  const found = await lstat(path).catch((error) => {
    if (isMissing(error)) return undefined;
    throw error;
  });
  return { path, folder, found, shown: join(await readlink(descriptorPath(folder)), name) };
}

/** Opens the deepest folder that is there, checks where that really is, and makes the rest below it one by one. */
async function openFolder(realRoot: string, path: string, wanted: string, { makeFolders, admit }: PlaceOptions): Promise<FileHandle> {
  const missing: string[] = [];
  let there = wanted;
  let real = await realOf(there, path);
  while (real === undefined) {
    missing.unshift(basename(there));
    there = dirname(there);
    real = await realOf(there, path);
  }
  admit?.(real);
  if (missing.length > 0 && makeFolders !== true) throw refused(path, `lies in a folder that is not there (${missing[0]})`);
  let folder = await openChecked(realRoot, path, real);
  for (const name of missing) folder = await makeWithin(realRoot, path, folder, name);
  return folder;
}

const UNREACHABLE: Readonly<Record<string, string>> = {
  ENOTDIR: 'lies in something that is no folder',
  EACCES: 'lies in a folder that this user may not enter',
  ELOOP: 'lies behind links that lead in a circle',
  ENAMETOOLONG: 'is longer than the system takes',
};

/** Undefined when nothing is there; a link that leads nowhere is refused. */
async function realOf(folder: string, path: string): Promise<string | undefined> {
  try {
    return await realpath(folder);
  } catch (error) {
    if (!isMissing(error)) throw refused(path, UNREACHABLE[(error as NodeJS.ErrnoException).code ?? ''] ?? 'cannot be reached');
    const link = await lstat(folder).catch(() => undefined);
    if (link !== undefined) throw refused(path, 'lies behind a link that leads nowhere');
    return undefined;
  }
}

async function makeWithin(realRoot: string, path: string, parent: FileHandle, name: string): Promise<FileHandle> {
  try {
    const folder = join(descriptorPath(parent), name);
    await mkdir(folder).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'EEXIST') throw error;
    });
    return await openChecked(realRoot, path, folder);
  } finally {
    await parent.close();
  }
}

async function openChecked(realRoot: string, path: string, folder: string): Promise<FileHandle> {
  const opened = await open(folder, DIRECTORY).catch(() => {
    throw refused(path, 'lies in something that is no folder');
  });
  try {
    if (!isWithin(realRoot, await readlink(descriptorPath(opened)))) throw refused(path, 'leads out of the workspace');
    return opened;
  } catch (error) {
    await opened.close();
    throw error;
  }
}

function descriptorPath({ fd }: FileHandle): string {
  return `/proc/self/fd/${fd}`;
}

function isMissing(error: unknown): boolean {
  return !isCoded(error) && (error as NodeJS.ErrnoException).code === 'ENOENT';
}
