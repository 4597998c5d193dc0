// The one place that calls the shell parser. It is tolerant and can run out of stack, so a text is taken only when all of it parsed:
// without an error in any nested script, within the limits, and after every lazily parsed part was visited once.
import { forEachChild, type ParsedScript, parse, type SyntaxNode } from 'unbash';

export const LIMITS = { characters: 8_192, nodes: 2_000, commands: 50, depth: 160, scripts: 16 } as const;

export type ParsedBash =
  | { readonly ok: true; readonly script: ParsedScript /** Whether it gives variables values, or defines functions. */; readonly sets: boolean }
  | { readonly ok: false; readonly rule: string; readonly why: string; readonly at?: number };

const refused = (rule: string, why: string, at?: number): ParsedBash => ({ ok: false, rule, why, ...(at === undefined ? {} : { at }) });

const SETS: ReadonlySet<string> = new Set(['Assignment', 'For', 'Select', 'Function']);

function visit(script: ParsedScript): ParsedBash {
  let nodes = 0;
  let commands = 0;
  let sets = false;
  let wrong: ParsedBash | undefined;
  const walk = (node: SyntaxNode, depth: number, scripts: number): void => {
    if (wrong !== undefined) return;
    nodes += 1;
    if (node.type === 'Command') commands += 1;
    else if (SETS.has(node.type)) sets = true;
    const inside = node.type === 'Script' || node.type === 'CompoundList' ? scripts + 1 : scripts;
    const [error] = node.type === 'Script' ? (node.errors ?? []) : [];
    if (error !== undefined) wrong = refused('bash-parse-error', `bash cannot parse this: ${error.message}`, error.pos);
    else if (nodes > LIMITS.nodes || commands > LIMITS.commands) wrong = refused('bash-too-long', `more than ${LIMITS.commands} commands, or as much in one`);
    else if (depth > LIMITS.depth || inside > LIMITS.scripts) wrong = refused('bash-too-deep', `nested more than ${LIMITS.scripts} deep`);
    else forEachChild(node, (child) => walk(child, depth + 1, inside));
  };
  walk(script, 0, 0);
  return wrong ?? { ok: true, script, sets };
}

export function parseBash(source: string): ParsedBash {
  if (source.length > LIMITS.characters) return refused('bash-too-long', `longer than ${LIMITS.characters} characters`);
  try {
    return visit(parse(source));
  } catch (error) {
    return refused('bash-parse-error', `the parser gave up: ${error instanceof Error ? error.name : 'no reason'}`);
  }
}
