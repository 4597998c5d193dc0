// Where git keeps what belongs to a workspace. A worktree's repository lies elsewhere: its folders are needed, its hooks and settings are not to be changed.
import { lstat, readFile, realpath } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';

export interface GitPlaces {
  /** Top of the working tree, where the workspace is a folder in it. */
  readonly top: string | null;
  /** Where objects and refs are: the repository of a worktree lies elsewhere. */
  readonly folders: readonly string[];
  /** What would run programs later: hooks, configuration. Those that exist. */
  readonly guarded: readonly string[];
}

export const NO_GIT: GitPlaces = { top: null, folders: [], guarded: [] };
const GUARDED = ['hooks', 'config', 'config.worktree', 'info/attributes', 'modules'];

/** `workspace` is real and absolute. Like git, looks for the working tree upwards. */
export async function gitPlaces(workspace: string, from: string = workspace): Promise<GitPlaces> {
  const entry = join(from, '.git');
  const found = await lstat(entry).catch(() => undefined);
  if (found === undefined) return dirname(from) === from ? NO_GIT : gitPlaces(workspace, dirname(from));
  const top = from === workspace ? null : from;
  if (found.isDirectory()) return { top, folders: [entry], guarded: await existing(GUARDED.map((name) => join(entry, name))) };
  const folder = found.isFile() ? await linked(from, entry, /^gitdir: (.+)$/m) : undefined;
  if (folder === undefined) return NO_GIT;
  // A worktree's own folder lies in the repository's, and says where that is.
  const shared = (await linked(folder, join(folder, 'commondir'), /^(.+)$/m)) ?? folder;
  const guarded = [...GUARDED.map((name) => join(shared, name)), join(folder, 'config.worktree'), entry];
  return { top, folders: [...new Set([shared, folder])], guarded: await existing(guarded) };
}

async function linked(base: string, file: string, pattern: RegExp): Promise<string | undefined> {
  const name = pattern.exec(await readFile(file, 'utf8').catch(() => ''))?.[1];
  return name === undefined ? undefined : realpath(resolve(base, name)).catch(() => undefined);
}

async function existing(paths: readonly string[]): Promise<string[]> {
  const found = await Promise.all(paths.map((path) => lstat(path).catch(() => undefined)));
  return paths.filter((_, at) => found[at]?.isFile() === true || found[at]?.isDirectory() === true);
}
