// Places of the workspace for the executors: by real path, and never within, nor around, what is hidden from agents.
import { realpath } from 'node:fs/promises';
import { resolve } from 'node:path';
import { isWithin, type Place, type PlaceOptions, refused, withPlace } from './contained-path.ts';
import type { StepScope } from './step-scope.ts';

type Scope = Pick<StepScope, 'workspace' | 'hidden'>;

/** A hidden folder may hold the workspace, as a data directory holds worktrees: that alone of it is not hidden. */
async function hiddenFrom({ workspace, hidden }: Scope): Promise<readonly string[]> {
  const real = await realpath(workspace).catch(() => workspace);
  return hidden.filter((folder) => !isWithin(folder, real));
}

const own = (path: string): Error => refused(path, "holds Troupe's own files");

/** Rejects with `PathRefused`. `taken`: the place goes away with all that is in it. */
export async function withWorkspacePlace<T>(scope: Scope, path: string, options: PlaceOptions & { readonly taken?: boolean }, act: (place: Place) => Promise<T>): Promise<T> {
  const hidden = await hiddenFrom(scope);
  const refuse = (real: string): void => {
    if (hidden.some((folder) => isWithin(folder, real) || (options.taken === true && isWithin(real, folder)))) throw own(path);
  };
  const admit = (real: string): void => {
    if (hidden.some((folder) => isWithin(folder, real))) throw own(path);
  };
  // By name first, so that not even a folder is made there.
  refuse(resolve(scope.workspace, path));
  return withPlace(scope.workspace, path, { ...options, admit }, (place) => {
    refuse(place.shown);
    return act(place);
  });
}

/** Rejects with `PathRefused` for a folder, by its real path: one that is hidden, or lies in one. */
export async function refuseHiddenFolder(scope: Scope, path: string, real: string): Promise<void> {
  if ((await hiddenFrom(scope)).some((folder) => isWithin(folder, real))) throw own(path);
}
