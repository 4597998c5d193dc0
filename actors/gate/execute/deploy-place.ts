// The name of a place for deployments. Two ways to the same folder are one place: its deployments follow each other, and one driver has it.
import { realpathSync } from 'node:fs';
import { basename, dirname, join, relative, resolve } from 'node:path';
import { isWithin } from './contained-path.ts';

/** Where the place really lies, below the folder for deployments as that is given. A link that leads out of it is left as it is; it is refused where it is used. */
export function placeBelow(deployRoot: string, target: string): string {
  const named = resolve(deployRoot, target);
  const [root, real] = [realOf(resolve(deployRoot)), realOf(named)];
  return isWithin(root, real) ? resolve(deployRoot, relative(root, real)) : named;
}

/** What is not there yet lies where the folders that are there lead. */
function realOf(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    const folder = dirname(path);
    return folder === path ? path : join(realOf(folder), basename(path));
  }
}
