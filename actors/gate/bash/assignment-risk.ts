// Assignments, alone or before a command: what they make of the shell. And, read before anything else, every value that a script gives its variables.
import type { Assignment, Word } from 'unbash';
import type { Finding } from '../../work/types.ts';
import type { Setting } from '../parse/census.ts';
import { finding } from '../verdict.ts';
import { textOf } from './arg.ts';
import type { Scope, Values } from './scope.ts';
import { isHarmlessFlag, isHarmlessVariable, isProtectedVariable } from './variables.ts';
import { argOf } from './words.ts';

export function protectedName(name: string, span: readonly [number, number]): Finding[] {
  return isProtectedVariable(name) ? [finding('HIGH', 'bash-protected-variable', `setting ${name} changes which programs run, or what they load`, span)] : [];
}

export function assignmentFindings(assignment: Assignment, scope: Scope, before: boolean): Finding[] {
  const span: readonly [number, number] = [assignment.pos, assignment.end];
  const value = before && assignment.value.type === 'Word' ? textOf(argOf(assignment.value, scope)) : undefined;
  const results = value !== undefined && isHarmlessFlag(assignment.name, value) ? [] : protectedName(assignment.name, span);
  const index = assignment.index?.text;
  if (index !== undefined && !/^\d+$/.test(index)) results.push(finding('HIGH', 'bash-arithmetic-evaluates', `the subscript of ${assignment.name} is evaluated`, span));
  const plain = before && isHarmlessVariable(assignment.name) && assignment.value.type === 'Word' && argOf(assignment.value, scope).exact;
  if (!plain) results.push(finding('MEDIUM', 'bash-assignment', `sets ${assignment.name}`, span));
  return results;
}

const MOST_TEXTS = 64;

function add(values: Map<string, Values>, name: string, texts: readonly string[], whole: boolean): void {
  const before = values.get(name);
  const all = [...new Set([...(before?.texts ?? []), ...texts])];
  values.set(name, { texts: all.slice(0, MOST_TEXTS), whole: whole && all.length <= MOST_TEXTS && before?.whole !== false });
}

function addWords(values: Map<string, Values>, name: string, words: readonly Word[] | undefined, scope: Scope): void {
  if (words === undefined) return add(values, name, [], false);
  for (const word of words) {
    const arg = argOf(word, { ...scope, variables: values });
    // A pattern gives names that lie where it looks; a value that holds one is judged as the pattern.
    add(values, name, arg.texts, arg.exact && !arg.glob);
  }
}

function addAssignment(values: Map<string, Values>, node: Assignment, scope: Scope): void {
  const value = node.value;
  if (value.type === 'ArrayValue') addWords(values, node.name, value.elements, scope);
  else addWords(values, node.name, [value], scope);
  if (node.append === true || node.index !== undefined) add(values, node.name, [], false);
}

/** Twice over, for values made of others that are set further down. */
export function variablesOf(settings: readonly Setting[], scope: Scope): ReadonlyMap<string, Values> {
  const values = new Map<string, Values>(scope.variables);
  for (const node of [...settings, ...settings]) {
    if (node.type === 'Assignment') addAssignment(values, node, scope);
    else addWords(values, node.name.value, node.wordlist, scope);
  }
  return values;
}
