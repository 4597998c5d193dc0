// Places of the workspace for the executors: by real path, and never within, nor around, what is hidden from agents.
import { resolve } from 'node:path';
import { isWithin, type Place, type PlaceOptions, refused, withPlace } from './contained-path.ts';
import type { StepScope } from './step-scope.ts';

type Scope = Pick<StepScope, 'workspace' | 'hidden'>;

/** Rejects with `PathRefused`. `taken`: the place goes away with all that is in it. */
export async function withWorkspacePlace<T>(scope: Scope, path: string, options: PlaceOptions & { readonly taken?: boolean }, act: (place: Place) => Promise<T>): Promise<T> {
  const refuse = (real: string): void => {
    if (scope.hidden.some((folder) => isWithin(folder, real) || (options.taken === true && isWithin(real, folder)))) throw refused(path, "holds Troupe's own files");
  };
  // By name first, so that not even a folder is made there.
  refuse(resolve(scope.workspace, path));
  const admit = (real: string): void => refuseHiddenFolder(scope, path, real);
  return withPlace(scope.workspace, path, { ...options, admit }, (place) => {
    refuse(place.shown);
    return act(place);
  });
}

/** Throws `PathRefused` for a folder, by its real path: one that is hidden, or lies in one. */
export function refuseHiddenFolder({ hidden }: Scope, path: string, real: string): void {
  if (hidden.some((folder) => isWithin(folder, real))) throw refused(path, "holds Troupe's own files");
}
