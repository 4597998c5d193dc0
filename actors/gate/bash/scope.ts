// What a script has said so far that later words depend on: the folder it is in, its variables, its functions.
import type { Finding } from '../../work/types.ts';
import type { Places } from '../file/places.ts';
import type { Grammars } from '../grammars.ts';
import type { Arg, Span } from './arg.ts';

export interface Scope {
  readonly places: Places;
  readonly grammars: Grammars;
  /** Folders the script may be in now, absolute; undefined when that cannot be known. */
  folders: readonly string[] | undefined;
  /** Every text that the script gives a variable, anywhere in it; `whole` when there is no other. */
  readonly variables: ReadonlyMap<string, Values>;
  /** Variables of the loops around this place: here they have one of their values for certain. */
  readonly loops: ReadonlySet<string>;
  readonly functions: ReadonlySet<string>;
  /** How deep scripts given as text are nested. */
  readonly depth: number;
  /** Commands that may still be judged; one that runs another counts again for each way in which it could. */
  readonly budget: {
    left: number;
    /** Places that may still be looked at: each text that a word may be, in each folder that it may stand in. */
    places: number;
  };
  /** Absolute paths, by what the script does to them: what it writes and then runs is a text that it runs. */
  readonly touched: { readonly written: string[]; readonly run: string[] };
  /** Gets the words of every command that is judged, as far as they are certain, when somebody asks for them. */
  readonly commands: string[][] | undefined;
  readonly judge: Judgement;
}

export interface Values {
  readonly texts: readonly string[];
  readonly whole: boolean;
}

/** The way back into the judgement, for what runs other commands. */
export interface Judgement {
  command(args: readonly Arg[], scope: Scope, span: Span): Finding[];
  /** Of a text that a shell will run. */
  script(source: string, scope: Scope, span: Span): Finding[];
  /** Whether a word names a command that is known here, by itself or by a path. */
  knows(word: string): boolean;
}

/** A place of its own: what happens to the folder in there is forgotten outside. */
export function subshell(scope: Scope, changes: Partial<Scope> = {}): Scope {
  return { ...scope, ...changes };
}

const MOST_FOLDERS = 8;

export function eitherFolder(a: Scope['folders'], b: Scope['folders']): Scope['folders'] {
  if (a === undefined || b === undefined) return undefined;
  const both = [...new Set([...a, ...b])];
  return both.length > MOST_FOLDERS ? undefined : both;
}
