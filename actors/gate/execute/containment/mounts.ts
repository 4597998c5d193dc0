// What a contained process sees of the file system, as a list of places: a deeper place overrides the one that it lies in.
import { basename, dirname, sep } from 'node:path';
import type { Reach } from '../../../work/types.ts';
import { isWithin } from '../contained-path.ts';
import type { GitPlaces } from './git-places.ts';

export interface Mount {
  /** Real and absolute. */
  readonly path: string;
  /** `empty`: an empty folder that is forgotten afterwards. */
  readonly as: 'empty' | 'read' | 'write';
}

export interface Sight {
  readonly reach: Reach;
  readonly workspace: string;
  /** Folder of this execution, with its home and its TMPDIR. */
  readonly temporary: string;
  readonly git: GitPlaces;
  /** Places within the workspace that exist and stay as they are. */
  readonly guarded: readonly string[];
  /** Never seen, whatever the reach: data directory and keys. */
  readonly hidden: readonly string[];
  /** Homes, and what else holds other people's files. */
  readonly private: readonly string[];
  /** Programs that are looked for, though they may lie in a home. */
  readonly programs: readonly string[];
}

const SHARED = ['/tmp', '/var/tmp'];
/** Sockets of daemons, a container engine's among them: whoever reaches that has the machine. */
const SOCKETS = '/run';

function emptied({ reach, hidden, private: homes }: Sight): string[] {
  if (reach === 'machine') return [...hidden];
  return [...hidden, ...homes, ...SHARED, ...(reach === 'workspace' ? [SOCKETS] : [])];
}

function programFolders({ programs }: Sight): string[] {
  return programs.map((folder) => (basename(folder) === 'bin' && basename(dirname(folder)) !== '' && isToolchain(dirname(folder)) ? dirname(folder) : folder));
}

/** A folder of one version of one program, as version managers keep them; a home's own `bin` is not. */
function isToolchain(folder: string): boolean {
  return /(^|[/.-])v?\d+\.\d+/.test(basename(folder));
}

function within(places: readonly string[], path: string): boolean {
  return places.some((place) => isWithin(place, path));
}

const depth = (path: string): number => path.split(sep).length;

/** Shallow first, as they are to be mounted. Of two for the same place the later of these rules holds. */
export function mountsOf(sight: Sight): Mount[] {
  const { reach, workspace, temporary, git, guarded } = sight;
  const empty = emptied(sight);
  const places = new Map<string, Mount['as']>();
  for (const path of empty) places.set(path, 'empty');
  if (reach !== 'machine') for (const path of programFolders(sight)) if (within(empty, path) && !places.has(path)) places.set(path, 'read');
  const own = reach === 'read' ? 'read' : 'write';
  if (git.top !== null && reach !== 'machine') places.set(git.top, 'read');
  for (const path of git.folders) places.set(path, own);
  places.set(workspace, own);
  if (reach !== 'machine') for (const path of [...git.guarded, ...guarded]) places.set(path, 'read');
  places.set(temporary, 'write');
  // A hidden place stays hidden wherever it lies, also as the workspace's own folder.
  for (const path of sight.hidden) if (path !== workspace && path !== temporary) places.set(path, 'empty');
  return [...places].map(([path, as]) => ({ path, as })).sort((a, b) => depth(a.path) - depth(b.path) || (a.path < b.path ? -1 : 1));
}
