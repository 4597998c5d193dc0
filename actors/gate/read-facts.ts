// Reads what an assessment asked for: where paths really lie, and what links and secrets lie below folders. Follows nothing out of a tree,
// looks at no more than `MOST_ENTRIES` of each, and takes what cannot be read for what its name says.
import { readdir, readlink, realpath } from 'node:fs/promises';
import { posix } from 'node:path';
import type { Surroundings } from '../work/types.ts';
import { withoutEnd } from './characters.ts';
import type { Facts, Questions, TreeFacts } from './facts.ts';
import { treeOf } from './facts.ts';
import { componentsWithin } from './file/resolve-path.ts';
import { holdsSecrets } from './file/sensitive-places.ts';

const MOST_ENTRIES = 4_000;
const MOST_LINKS = 8;

const orUndefined = <Value>(value: Promise<Value>): Promise<Value | undefined> => value.catch(() => undefined);

/** Of a path that is not there: where it would be, by the deepest folder that is. A link to nothing leads where it says. */
async function realPathOf(path: string, links = 0): Promise<string> {
  const real = await orUndefined(realpath(path));
  if (real !== undefined) return real;
  const parent = posix.dirname(path);
  if (parent === path) return path;
  const folder = await realPathOf(parent, links);
  const own = posix.join(folder, posix.basename(path));
  const target = links < MOST_LINKS ? await orUndefined(readlink(own)) : undefined;
  return target === undefined ? own : realPathOf(posix.resolve(folder, target), links + 1);
}

async function ownPathOf(path: string): Promise<string> {
  const bare = withoutEnd(path, '/') || '/';
  return /(^|\/)\.{0,2}$/.test(bare) ? realPathOf(bare) : posix.join(await realPathOf(posix.dirname(bare)), posix.basename(bare));
}

async function readTree(top: string, deepest: number): Promise<TreeFacts> {
  const real = await realPathOf(top);
  const links: string[] = [];
  const secrets: string[] = [];
  let folders = [{ path: top, depth: 1 }];
  let left = MOST_ENTRIES;
  while (folders.length > 0 && left > 0) {
    const next: typeof folders = [];
    for (const { path, depth } of folders) {
      for (const entry of (await orUndefined(readdir(path, { withFileTypes: true }))) ?? []) {
        left -= 1;
        if (left <= 0) break;
        const below = posix.join(path, entry.name);
        if (holdsSecrets(depth === 1 ? [entry.name] : [posix.basename(path), entry.name])) secrets.push(below);
        if (entry.isDirectory() && depth < deepest) next.push({ path: below, depth: depth + 1 });
        if (!entry.isSymbolicLink()) continue;
        const target = await realPathOf(below);
        if (componentsWithin(real, target) === undefined) links.push(target);
      }
    }
    folders = next;
  }
  return { whole: left > 0, links: links.sort(), secrets: secrets.sort() };
}

async function entries<Value>(keys: Iterable<string>, read: (key: string) => Promise<Value>): Promise<Record<string, Value>> {
  const pairs = await Promise.all([...keys].map(async (key): Promise<[string, Value]> => [key, await read(key)]));
  return Object.fromEntries(pairs);
}

export async function readFacts(questions: Pick<Questions, 'paths' | 'trees'>, surroundings: Surroundings): Promise<Facts> {
  const [realPaths, ownPaths, trees] = await Promise.all([
    entries(questions.paths, (path) => realPathOf(path)),
    entries(questions.paths, ownPathOf),
    entries(questions.trees, (key) => {
      const { path, depth } = treeOf(key);
      return readTree(path, depth ?? Number.POSITIVE_INFINITY);
    }),
  ]);
  return { surroundings, realPaths, ownPaths, trees };
}
