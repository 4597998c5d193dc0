// Judges paths by name and by where they really lie: a link is judged as what it leads to, the worse of both counts.
import { type Facts, type Questions, treeKey } from '../facts.ts';
import { worse } from '../verdict.ts';
import { type PathRisk, type PathUse, pathRisk } from './path-risk.ts';
import { expandTilde, resolvePath } from './resolve-path.ts';

export interface Places {
  readonly workspace: string;
  /** `text` is relative to `base`, which is absolute. */
  risk(base: string, text: string, use: PathUse): PathRisk;
  /** As a whole: what a recursive reader finds below. */
  treeRisk(base: string, text: string): PathRisk;
  /** What links lead to from names in a folder, and in the folders below it down to `depth`. */
  linksRisk(base: string, text: string, depth: number): PathRisk;
}

function worseRisk(a: PathRisk, b: PathRisk): PathRisk {
  return worse(a.level, b.level) === a.level ? a : b;
}

/** Dot segments kept: the kernel resolves them after links, not before. */
function unresolved(base: string, text: string): string {
  const expanded = expandTilde(text);
  return expanded.startsWith('/') ? expanded : `${base}/${expanded}`;
}

export function placesOf(facts: Facts, root: string, questions?: Questions): Places {
  const realRoot = facts.realPaths?.[root] ?? root;
  questions?.paths.add(root);

  /** The worse of what is known of a path so far, and of where it really lies. */
  const really = (known: PathRisk, path: string, use: PathUse): PathRisk => {
    questions?.paths.add(path);
    const real = (use === 'delete' ? facts.ownPaths : facts.realPaths)?.[path];
    return real === undefined ? known : worseRisk(known, pathRisk(realRoot, real, use));
  };

  const risk = (base: string, text: string, use: PathUse): PathRisk => {
    const lexical = resolvePath(base, text);
    if (lexical === text) return really(pathRisk(root, lexical, use), lexical, use);
    const asGiven = unresolved(base, text);
    const found = really(pathRisk(root, lexical, use), lexical, use);
    return asGiven === lexical ? found : really(found, asGiven, use);
  };

  const treeAt = (base: string, text: string, depth?: number) => {
    const key = treeKey(resolvePath(base, text), depth);
    questions?.trees.add(key);
    return facts.trees?.[key];
  };

  const linksRisk = (base: string, text: string, depth?: number): PathRisk => {
    const tree = treeAt(base, text, depth);
    const found = [risk(base, text, 'read'), ...(tree?.links ?? []).map((real) => pathRisk(realRoot, real, 'read'))];
    if (tree?.whole === false) found.push({ level: 'MEDIUM', kind: 'outside', why: 'too much below it to be looked at' });
    return found.reduce(worseRisk);
  };

  const treeRisk = (base: string, text: string): PathRisk => {
    const secrets = treeAt(base, text)?.secrets ?? [];
    return [linksRisk(base, text), ...secrets.map((path) => pathRisk(root, path, 'read'))].reduce(worseRisk);
  };

  return { workspace: root, risk, treeRisk, linksRisk };
}
