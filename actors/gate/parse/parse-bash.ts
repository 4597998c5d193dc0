// The one place that calls the shell parser. It is tolerant and can run out of stack, so a text is taken only when all of it parsed:
// without an error in any nested script, within the limits, and after every lazily parsed part was read once.
import { type ParsedScript, parse } from 'unbash';
import { type Census, LIMITS, newCensus, type Refusal } from './census.ts';
import { plainScript } from './plain-tree.ts';
import './kept-tree.ts';

/** Each begins a script within a word, read by the parser over and over when they are nested. */
const OPENING = /[$<>]\((?!\()|`/g;

export type ParsedBash = { readonly ok: true; readonly script: ParsedScript; readonly census: Census } | ({ readonly ok: false } & Refusal);

export function parseBash(source: string): ParsedBash {
  if (source.length > LIMITS.characters) return { ok: false, rule: 'bash-too-long', why: `longer than ${LIMITS.characters} characters` };
  if (source.length > LIMITS.openings && (source.match(OPENING)?.length ?? 0) > LIMITS.openings)
    return { ok: false, rule: 'bash-too-long', why: `more than ${LIMITS.openings} substitutions` };
  const census = newCensus(plainScript);
  try {
    const script = plainScript(parse(source), census);
    return census.refusal === undefined ? { ok: true, script, census } : { ok: false, ...census.refusal };
  } catch (error) {
    return { ok: false, rule: 'bash-parse-error', why: `the parser gave up: ${error instanceof Error ? error.name : 'no reason'}` };
  }
}
