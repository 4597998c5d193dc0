// Puts a step's program behind the machine's containment, as far as its order says. Without containment it runs as it is, with its limits;
// an order that wants containment where there is none is refused, never run bare.
import { realpathSync } from 'node:fs';
import { readdir, realpath, stat } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { codedError } from '../../../../runtime/errors.ts';
import { findExecutable } from '../../../session/choose-terminal.ts';
import { runsUnasked } from '../../file/sensitive-places.ts';
import { isWithin } from '../contained-path.ts';
import type { StepScope } from '../step-scope.ts';
import { bubblewrapArgv, type Wrapped } from './bubblewrap.ts';
import { gitPlaces, NO_GIT } from './git-places.ts';

type Argv = readonly [string, ...string[]];

const RESOLVER = '/etc/resolv.conf';

/** `programs`: folders that the program needs besides those of its PATH. */
export async function contained(argv: Argv, scope: StepScope, programs: readonly string[] = []): Promise<Argv> {
  const { containment, path, hidden, temporary } = scope;
  if (containment === null) return argv;
  const workspace = await realpath(scope.workspace);
  const settings = containment.reach === 'workspace' && containment.keepSettings ? await settingsIn(workspace) : [];
  const guarded = settings.map((name) => join(workspace, name));
  return behindBubblewrap(argv, { ...containment, workspace, temporary, git: await gitPlaces(workspace), guarded, hidden, path, programs });
}

export interface ServiceScope {
  readonly folder: string;
  readonly temporary: string;
  readonly path: string;
  readonly hidden: readonly string[];
}

/** For what runs on its own: its folder stays as it is, it may use the network, and goes on when its node ends. */
export async function containedService(argv: Argv, { folder, temporary, path, hidden }: ServiceScope): Promise<Argv> {
  const workspace = await realpath(folder);
  const sight = { reach: 'workspace', network: true, workspace, guarded: [workspace], git: NO_GIT, outlives: true } as const;
  return behindBubblewrap(argv, { ...sight, temporary, hidden, path, programs: [] });
}

interface Kept extends Omit<Wrapped, 'private' | 'uid' | 'resolver'> {
  readonly path: string;
}

async function behindBubblewrap(argv: Argv, { path, programs, hidden, temporary, ...kept }: Kept): Promise<Argv> {
  const binary = findExecutable('bwrap', path);
  if (binary === null) throw codedError('NotContained', { problem: `bwrap is not in ${path}` });
  const words = bubblewrapArgv(binary, {
    ...kept,
    temporary: await realpath(temporary),
    hidden: await existing(hidden),
    private: (await existing(['/root', '/home', homedir()])).filter((folder) => folder !== '/'),
    programs: await existing([...path.split(':').filter((folder) => folder.startsWith('/')), ...programs]),
    uid: process.getuid?.() ?? 0,
    resolver: resolverFile(),
  });
  return [...words, ...argv] as unknown as Argv;
}

/** Entries of the workspace that a tool runs unasked: a new one is as bad as a changed one. */
export async function settingsIn(workspace: string): Promise<string[]> {
  const names = await readdir(workspace).catch(() => []);
  return names.filter((name) => runsUnasked([name]));
}

async function existing(places: readonly string[]): Promise<string[]> {
  const found = await Promise.all(places.map(async (place) => ((await stat(place).catch(() => undefined))?.isDirectory() === true ? realpath(place) : undefined)));
  return [...new Set(found.filter((place) => place !== undefined))];
}

function resolverFile(): string | null {
  try {
    const real = realpathSync(RESOLVER);
    return isWithin('/run', real) ? real : null;
  } catch {
    return null;
  }
}
