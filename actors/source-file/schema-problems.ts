// What a schema finds wrong, in the words of the file: the field, what was expected there, and what was probably meant.
import { z } from 'zod';
import { didYouMean } from '../../runtime/did-you-mean.ts';
import type { SourceProblem } from './problem.ts';
import type { FieldPath, Source } from './source-file.ts';

/** An object that takes these keys and no others. Its issue about an unknown key carries the known ones as its message. */
export function knownKeys<Shape extends z.ZodRawShape>(shape: Shape) {
  return z.strictObject(shape, { error: (issue) => (issue.code === 'unrecognized_keys' ? Object.keys(shape).join(', ') : undefined) });
}

export function schemaProblems(source: Source, issues: readonly z.core.$ZodIssue[]): SourceProblem[] {
  return issues.flatMap((issue) => {
    const path = issue.path.map((segment) => (typeof segment === 'number' ? segment : String(segment)));
    if (issue.code !== 'unrecognized_keys') return [source.problem(path, explain(issue, valueAt(source.value, path)))];
    const known = issue.message.split(', ');
    return issue.keys.map((key) => source.problem([...path, key], `unknown key${suggest(key, known)}`, 'key'));
  });
}

/** `: did you mean 'x'?`, or what is known. */
export function suggest(word: string, known: readonly string[]): string {
  const meant = didYouMean(word, known);
  if (meant !== undefined) return `: did you mean '${meant}'?`;
  return known.length === 0 ? '' : `; known: ${known.join(', ')}`;
}

function explain(issue: z.core.$ZodIssue, value: unknown): string {
  switch (issue.code) {
    case 'invalid_type':
      return value === undefined ? 'is missing' : `must be ${KIND[issue.expected] ?? issue.expected}, not ${describe(value)}`;
    case 'invalid_value': {
      const known = issue.values.map(String);
      if (value === undefined) return `is missing; known: ${known.join(', ')}`;
      return `${describe(value)} is not one of them${suggest(String(value), known)}`;
    }
    case 'too_small':
      return isAmount(value) ? `must be at least ${issue.minimum}` : `needs at least ${issue.minimum} ${unit(value, Number(issue.minimum))}`;
    case 'too_big':
      return isAmount(value) ? `must be at most ${issue.maximum}` : `takes at most ${issue.maximum} ${unit(value, Number(issue.maximum))}`;
    case 'invalid_key':
      return issue.issues[0]?.message ?? issue.message;
    default:
      return issue.message;
  }
}

const KIND: Readonly<Record<string, string>> = {
  string: 'a text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  object: 'a map of keys',
  record: 'a map of keys',
};

const isAmount = (value: unknown): boolean => typeof value === 'number';

function unit(value: unknown, count: number): string {
  const one = Array.isArray(value) ? 'item' : 'character';
  return count === 1 ? one : `${one}s`;
}

function describe(value: unknown): string {
  if (value === null) return 'empty';
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object') return 'a map of keys';
  return typeof value === 'string' ? `'${value.length > 60 ? `${value.slice(0, 60)}…` : value}'` : String(value);
}

function valueAt(value: unknown, path: FieldPath): unknown {
  return path.reduce<unknown>((at, segment) => (typeof at === 'object' && at !== null ? (at as Readonly<Record<string | number, unknown>>)[segment] : undefined), value);
}
