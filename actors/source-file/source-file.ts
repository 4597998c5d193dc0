// A YAML or JSON file that a person wrote: its plain value, and where in the text each field stands.
// Anchors, aliases and tags are refused: what is read is what is written there, no more.
import { type Document, isAlias, isCollection, isMap, isNode, isPair, isScalar, LineCounter, type Pair, type ParsedNode, parseDocument, visit, type YAMLMap } from 'yaml';
import { nestingOf } from './nesting.ts';
import type { SourceProblem } from './problem.ts';

export type FieldPath = readonly (string | number)[];

export interface Source {
  readonly value: unknown;
  /** A problem at the field, or at the nearest field around it that is written. `key`: at the field's name. */
  problem(path: FieldPath, message: string, at?: 'key'): SourceProblem;
}

export type SourceReading = { readonly ok: true; readonly source: Source } | { readonly ok: false; readonly problems: readonly SourceProblem[] };

const MOST_CHARACTERS = 524_288;
const MOST_PROBLEMS = 100;
/** Thousands of levels exhaust the parser's stack, or the process. */
const DEEPEST = 100;

export function readSource(text: string, file: string): SourceReading {
  const whole = (message: string): SourceReading => ({ ok: false, problems: [{ file, line: 1, column: 1, field: '', message }] });
  if (text.length > MOST_CHARACTERS) return whole(`is longer than ${MOST_CHARACTERS} characters`);
  if (nestingOf(text) > DEEPEST) return whole(`is nested more than ${DEEPEST} deep`);
  if (text.trim() === '') return whole('is empty');
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, logLevel: 'error', resolveKnownTags: false, uniqueKeys: false });
  const at = (offset: number) => ({ line: lines.linePos(offset).line, column: lines.linePos(offset).col });
  if (document.directives?.yaml.explicit) return whole('has a %YAML directive: it is read as YAML 1.2 without one');
  const unread = [...document.errors, ...document.warnings].filter(({ code }) => code !== 'TAG_RESOLVE_FAILED');
  const flaws = unread.map(({ pos, message }) => ({ pos: pos[0], message }));
  const problems = [...flaws, ...unwanted(document)].slice(0, MOST_PROBLEMS).map(({ pos, message }) => ({ file, ...at(pos), field: '', message }));
  if (problems.length > 0) return { ok: false, problems };
  const problem: Source['problem'] = (path, message, where) => ({ file, ...at(offsetOf(document, path, where)), field: fieldText(path), message });
  return { ok: true, source: { value: document.toJS(), problem } };
}

interface Flaw {
  readonly pos: number;
  readonly message: string;
}

function unwanted(document: Document.Parsed): Flaw[] {
  const found: Flaw[] = [];
  const flaw = (node: unknown, message: string): void => void found.push({ pos: (isNode(node) ? node.range?.[0] : undefined) ?? 0, message });
  visit(document, (_key, node) => {
    if (isAlias(node)) flaw(node, `alias *${node.source}: aliases are not taken, write the value again`);
    if ((isScalar(node) || isCollection(node)) && node.anchor) flaw(node, `anchor &${node.anchor}: anchors are not taken`);
    if (isNode(node) && node.tag !== undefined) flaw(node, `tag ${node.tag}: tags are not taken`);
    if (isScalar(node) && typeof node.value === 'number' && !Number.isFinite(node.value)) flaw(node, 'is no number that JSON has');
    if (isMap(node)) for (const { key } of repeatedKeys(node)) flaw(key, `key '${String(key)}' is written twice`);
  });
  return found;
}

/** The parser's own check compares every key with every other. */
function repeatedKeys({ items }: YAMLMap): Pair[] {
  const seen = new Set<string>();
  return items.filter(({ key }) => {
    const word = String(key);
    const again = seen.has(word);
    seen.add(word);
    return again;
  });
}

function offsetOf(document: Document.Parsed, path: FieldPath, at: 'key' | undefined): number {
  const last = path[path.length - 1];
  if (at === 'key' && last !== undefined) {
    const around = path.length === 1 ? document.contents : document.getIn(path.slice(0, -1), true);
    const pair = isMap(around) ? around.items.find((item) => isPair(item) && isScalar(item.key) && String(item.key.value) === String(last)) : undefined;
    if (isNode(pair?.key) && pair.key.range) return pair.key.range[0];
  }
  for (let length = path.length; length > 0; length -= 1) {
    const node = document.getIn(path.slice(0, length), true) as ParsedNode | undefined;
    if (isNode(node) && node.range) return node.range[0];
  }
  return document.contents?.range[0] ?? 0;
}

function fieldText(path: FieldPath): string {
  return path.map((segment, index) => (typeof segment === 'number' ? `[${segment}]` : index === 0 ? segment : `.${segment}`)).join('');
}
