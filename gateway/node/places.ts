// Where a node puts what its work needs: worktrees outside every repository, deployments beside the journal.
import { existsSync, mkdirSync, rmdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { DataDir } from '../data-dir.ts';

export interface WorkPlaces {
  readonly worktrees: string;
  readonly deployments: string;
}

/** A data directory inside a repository cannot hold worktrees: git and its tools would find the outer one. */
export function workPlaces({ path, instance }: Pick<DataDir, 'path' | 'instance'>, env: Readonly<Record<string, string | undefined>>): WorkPlaces {
  const state = env.XDG_STATE_HOME ?? (env.HOME === undefined ? undefined : join(env.HOME, '.local', 'state'));
  const outside = state === undefined || isInRepository(state) ? join('/var/tmp', `troupe-${process.getuid?.() ?? 0}`) : join(state, 'troupe');
  const worktrees = isInRepository(path) ? join(outside, instance, 'worktrees') : join(path, 'worktrees');
  const deployments = join(path, 'deployments');
  for (const folder of [worktrees, deployments]) mkdirSync(folder, { recursive: true, mode: 0o700 });
  return { worktrees, deployments };
}

/** Leaves nothing behind outside the data directory when no plan has anything there. */
export function tidyPlaces({ worktrees }: WorkPlaces): void {
  try {
    rmdirSync(worktrees);
    rmdirSync(dirname(worktrees));
  } catch {
    // Not empty: a plan goes on there after the next start.
  }
}

export function isInRepository(folder: string): boolean {
  return existsSync(join(folder, '.git')) || (dirname(folder) !== folder && isInRepository(dirname(folder)));
}
