// Libraries that are measured beside us and are no part of the product: they come here with `npm ci`, when somebody wants their rows.
import { createRequire } from 'node:module';
import { NotMeasured } from '../not-measured.mjs';

const require = createRequire(import.meta.url);

/** The path that a module or a file of one has; throws `NotMeasured` when it is not installed. */
export function peerPath(name) {
  try {
    return require.resolve(name);
  } catch {
    throw new NotMeasured(`${name} is not installed: npm ci --prefix bench/peers`);
  }
}

export const peerModule = (name) => import(peerPath(name));
