// Judges paths by name and by where they really lie: a link is judged as what it leads to, the worse of both counts.
import { type Facts, type Questions, type TreeFacts, treeKey } from '../facts.ts';
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

/** A class, since every assessment makes one: four closures over the same things would be most of what it keeps. */
class JudgedPlaces implements Places {
  /** With the last of its kind V8 would throw away all that it compiled for it, and between two requests there is none. */
  static readonly kept: Places = new JudgedPlaces({ surroundings: { workspace: '/', deployRoot: '/', healthUrl: '' } }, '/', undefined);

  readonly workspace: string;
  readonly #facts: Facts;
  readonly #questions: Questions | undefined;
  readonly #realRoot: string;
  /** Nothing is known of links, and nobody asks what to look at. */
  readonly #byName: boolean;

  constructor(facts: Facts, root: string, questions: Questions | undefined) {
    this.workspace = root;
    this.#facts = facts;
    this.#questions = questions;
    this.#realRoot = facts.realPaths?.[root] ?? root;
    this.#byName = questions === undefined && facts.realPaths === undefined && facts.ownPaths === undefined;
  }

  /** The worse of what is known of a path so far, and of where it really lies. */
  #really(known: PathRisk, path: string, use: PathUse): PathRisk {
    this.#questions?.paths.add(path);
    const real = (use === 'delete' ? this.#facts.ownPaths : this.#facts.realPaths)?.[path];
    return real === undefined ? known : worseRisk(known, pathRisk(this.#realRoot, real, use));
  }

  risk(base: string, text: string, use: PathUse): PathRisk {
    const lexical = resolvePath(base, text);
    const named = pathRisk(this.workspace, lexical, use);
    if (this.#byName) return named;
    const found = this.#really(named, lexical, use);
    if (lexical === text) return found;
    const asGiven = unresolved(base, text);
    return asGiven === lexical ? found : this.#really(found, asGiven, use);
  }

  #treeAt(base: string, text: string, depth: number | undefined): TreeFacts | undefined {
    const key = treeKey(resolvePath(base, text), depth);
    this.#questions?.trees.add(key);
    return this.#facts.trees?.[key];
  }

  linksRisk(base: string, text: string, depth?: number): PathRisk {
    const tree = this.#treeAt(base, text, depth);
    let found = this.risk(base, text, 'read');
    if (tree === undefined) return found;
    for (const real of tree.links) found = worseRisk(found, pathRisk(this.#realRoot, real, 'read'));
    return tree.whole ? found : worseRisk(found, { level: 'MEDIUM', kind: 'outside', why: 'too much below it to be looked at' });
  }

  treeRisk(base: string, text: string): PathRisk {
    const secrets = this.#treeAt(base, text, undefined)?.secrets;
    let found = this.linksRisk(base, text);
    if (secrets !== undefined) for (const path of secrets) found = worseRisk(found, pathRisk(this.workspace, path, 'read'));
    return found;
  }
}

export function placesOf(facts: Facts, root: string, questions?: Questions): Places {
  questions?.paths.add(root);
  return new JudgedPlaces(facts, root, questions);
}
