// What the world looks like where an action would act, read before it is assessed: the assessment itself looks at nothing.
// Plain JSON, so that a verdict can be repeated from the facts it was given.
import type { Surroundings } from '../work/types.ts';

/** What lies below a folder, as far as it was looked at. */
export interface TreeFacts {
  /** False when there was more than is looked at: then nothing is known of the rest. */
  readonly whole: boolean;
  /** Real paths that links below it lead to, when they leave it. */
  readonly links: readonly string[];
  /** Paths below it by whose names they hold secrets. */
  readonly secrets: readonly string[];
}

export interface Facts {
  readonly surroundings: Surroundings;
  /** By path as it was asked for (absolute, dot segments kept): where it really lies, links followed. Absent: there is nothing to follow. */
  readonly realPaths?: Readonly<Record<string, string>>;
  /** The same, but a last component that is a link is itself: what a deletion removes. */
  readonly ownPaths?: Readonly<Record<string, string>>;
  /** By `treeKey`. */
  readonly trees?: Readonly<Record<string, TreeFacts>>;
}

/** Names a tree in `Facts.trees`: a folder, and how deep below it was looked; to the end when not said. */
export function treeKey(path: string, depth?: number): string {
  return depth === undefined ? path : `${path}\0${depth}`;
}

export function treeOf(key: string): { readonly path: string; readonly depth?: number } {
  const [path = '', depth] = key.split('\0');
  return depth === undefined ? { path } : { path, depth: Number(depth) };
}

/** What an assessment wanted to know of the world. */
export interface Questions {
  readonly paths: Set<string>;
  readonly trees: Set<string>;
  /** Grammars that have to be loaded first. */
  readonly grammars: Set<'postgres' | 'sqlite'>;
}

export const noQuestions = (): Questions => ({ paths: new Set(), trees: new Set(), grammars: new Set() });
