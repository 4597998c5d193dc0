// Templates `{{task.field}}` in the texts of a plan: found, and filled with values. Nothing is ever evaluated.
// `{{{{` stands for two literal braces. Agent hosts import this file: it stays free of libraries.
import { quoteForShell, type ShellPlace, shellPlaces } from './shell-places.ts';

export type Filled<Value> =
  | { readonly ok: true; readonly value: Value }
  /** `missing`: there is no such value. `malformed`: no `{{name.field}}`. `unplaceable`: no word can stand there, or it is none. */
  | { readonly ok: false; readonly field: string; readonly reason: 'missing' | 'malformed' | 'unplaceable' };

export interface Template {
  /** [start, end) in the text. */
  readonly span: readonly [number, number];
  /** What stands between the braces. */
  readonly field: string;
  /** `['lint', 'steps', '0', 'stdout']`; null when `field` is no path. */
  readonly path: readonly string[] | null;
}

const BRACES = /\{\{(?:\{\{|([^{}]*)\}\})/g;
const PATH = /^[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)+$/;
const LITERAL = '{{{{';

/** Every template of the text, in order. */
export function templatesOf(text: string): Template[] {
  return [...text.matchAll(BRACES)].flatMap((match) => {
    const [whole, inner] = match;
    if (inner === undefined) return [];
    const field = inner.trim();
    return [{ span: [match.index, match.index + whole.length] as const, field, path: PATH.test(field) ? field.split('.') : null }];
  });
}

/** Deep over the strings of plain JSON; keys stay as they are. A text stays a text; what is no text is inserted as JSON. */
export function fillTemplate(value: unknown, variables: Readonly<Record<string, unknown>>): Filled<unknown> {
  if (typeof value === 'string') return fillText(value, variables, (text) => text);
  if (Array.isArray(value)) return fillEntries(value.entries(), variables, (filled) => filled.map(([, item]) => item));
  if (typeof value === 'object' && value !== null) return fillEntries(Object.entries(value), variables, Object.fromEntries);
  return { ok: true, value };
}

/**
 * A value is always one literal word of the command, or a literal piece of one, whatever it holds: never code, never two words.
 * What a command makes of its words (`eval`, an option like `-rf`) is for the gate to judge, which sees the filled command.
 */
export function fillShellTemplate(command: string, variables: Readonly<Record<string, unknown>>): Filled<string> {
  const places = placesOf(command, templatesOf(command));
  return fillText(command, variables, (value, index) => quoteForShell(value, places[index] ?? 'unknown'));
}

/** Templates of a command that stand where no word can be inserted safely. */
export function unplaceableTemplates(command: string): Template[] {
  const templates = templatesOf(command);
  const places = placesOf(command, templates);
  return templates.filter((_, index) => places[index] === 'unknown');
}

function placesOf(command: string, templates: readonly Template[]): ShellPlace[] {
  return shellPlaces(
    command,
    templates.map(({ span }) => span),
  );
}

function fillEntries<Key>(entries: Iterable<readonly [Key, unknown]>, variables: Readonly<Record<string, unknown>>, build: (filled: [Key, unknown][]) => unknown): Filled<unknown> {
  const filled: [Key, unknown][] = [];
  for (const [key, item] of entries) {
    const done = fillTemplate(item, variables);
    if (!done.ok) return done;
    filled.push([key, done.value]);
  }
  return { ok: true, value: build(filled) };
}

/** `place` makes of a value what stands in the text for the template; undefined when it may not stand there. */
function fillText(text: string, variables: Readonly<Record<string, unknown>>, place: (value: string, index: number) => string | undefined): Filled<string> {
  let filled = '';
  let end = 0;
  for (const [index, { field, path, span }] of templatesOf(text).entries()) {
    if (path === null) return { ok: false, field, reason: 'malformed' };
    const value = valueAt(variables, path);
    if (value === undefined) return { ok: false, field, reason: 'missing' };
    const placed = place(value, index);
    if (placed === undefined) return { ok: false, field, reason: 'unplaceable' };
    filled += unescapeBraces(text.slice(end, span[0])) + placed;
    end = span[1];
  }
  return { ok: true, value: filled + unescapeBraces(text.slice(end)) };
}

function unescapeBraces(piece: string): string {
  return piece.replaceAll(LITERAL, '{{');
}

/** Own members only: nothing of a prototype has a name in a plan. */
function valueAt(variables: unknown, path: readonly string[]): string | undefined {
  let value = variables;
  for (const segment of path) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, segment)) return undefined;
    value = (value as Readonly<Record<string, unknown>>)[segment];
  }
  return typeof value === 'string' ? value : JSON.stringify(value);
}
