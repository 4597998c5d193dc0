import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { z } from 'zod';
import { knownKeys, problemsText, readSource, schemaProblems } from '../../../actors/source-file/index.ts';

const source = (text: string) => {
  const reading = readSource(text, 'f.yaml');
  if (!reading.ok) throw new Error(problemsText(reading.problems));
  return reading.source;
};
const flaws = (text: string): string[] => {
  const reading = readSource(text, 'f.yaml');
  return reading.ok ? [] : reading.problems.map(({ line, column, message }) => `${line}:${column} ${message}`);
};

describe('a file that somebody wrote', () => {
  it('keeps the place of every field, by value and by name', () => {
    const read = source('a: 1\nlist:\n  - x: 1\n    "y z": deep\n');
    expect(read.problem(['list', 0, 'y z'], 'm')).toEqual({ file: 'f.yaml', line: 4, column: 12, field: 'list[0].y z', message: 'm' });
    expect(read.problem(['list', 0, 'y z'], 'm', 'key')).toMatchObject({ line: 4, column: 5 });
    expect(read.problem(['list'], 'm', 'key')).toMatchObject({ line: 2, column: 1 });
  });

  it('places what is missing at the nearest field around it', () => {
    const read = source('a:\n  b: { c: 1 }\n');
    expect(read.problem(['a', 'b', 'd', 0, 'e'], 'm')).toMatchObject({ line: 2, column: 6, field: 'a.b.d[0].e' });
    expect(read.problem([], 'm')).toMatchObject({ line: 1, column: 1, field: '' });
  });

  it('means what it says: dates and yes stay texts, << is a key like others', () => {
    expect(source('a: 2026-11-24\nb: yes\n<<: { c: 1 }').value).toEqual({ a: '2026-11-24', b: 'yes', '<<': { c: 1 } });
  });

  it('cannot reach a prototype', () => {
    const { value } = source('__proto__: { polluted: true }');
    expect(Object.getPrototypeOf(value)).toBe(Object.prototype);
    expect(({} as { polluted?: boolean }).polluted).toBeUndefined();
  });

  it('reads back whatever plain JSON was written, as YAML and as JSON', () => {
    const json = fc.jsonValue({ maxDepth: 4 }).filter((value) => typeof value === 'object' && value !== null);
    fc.assert(
      fc.property(json, (value) => {
        const plain: unknown = JSON.parse(JSON.stringify(value));
        expect(source(JSON.stringify(plain)).value).toEqual(plain);
        expect(source(stringify(plain, { aliasDuplicateObjects: false })).value).toEqual(plain);
      }),
      { numRuns: 100 },
    );
  });

  it.each([
    ['an alias', 'a: &x 1\nb: *x', ['1:7 anchor &x: anchors are not taken', '2:4 alias *x: aliases are not taken, write the value again']],
    ['an anchor on a map', 'a: &x { b: 1 }', ['1:7 anchor &x: anchors are not taken']],
    ['a tag on a list', 'a: !!set [b]', ['1:10 tag tag:yaml.org,2002:set: tags are not taken']],
    ['a key twice, deep down', 'a:\n  - b: 1\n    b: 2', ["3:5 key 'b' is written twice"]],
    ['a number that JSON has not', 'a: [.inf]', ['1:5 is no number that JSON has']],
    ['two documents', 'a: 1\n---\nb: 1', ['2:1 Source contains multiple documents; please use YAML.parseAllDocuments()']],
    ['brackets that hide in texts', '["]", '.repeat(200), ['1:1 is nested more than 100 deep']],
    ['marks after a document start', `--- ${'- '.repeat(200)}a`, ['1:1 is nested more than 100 deep']],
    ['keys that are lists', `${'? '.repeat(200)}a`, ['1:1 is nested more than 100 deep']],
    ['ever deeper lines', Array.from({ length: 200 }, (_, depth) => `${' '.repeat(depth)}a:`).join('\n'), ['1:1 is nested more than 100 deep']],
  ])('is refused for %s', (_what, text, found) => {
    expect(flaws(text)).toEqual(found);
  });

  it('is not refused for long lines of dashes in a text, nor for many keys', () => {
    expect(flaws(`a: |\n  ${'- '.repeat(500)}\nb: "${'[ '.repeat(500)}"`)).toEqual([]);
    expect(flaws(JSON.stringify(Object.fromEntries(Array.from({ length: 2_000 }, (_, index) => [`k${index}`, index]))))).toEqual([]);
  });
});

describe('what a schema finds', () => {
  const schema = knownKeys({
    name: z.string().min(1),
    level: z.enum(['low', 'high']).optional(),
    many: z.array(z.int()).max(2).optional(),
    deep: knownKeys({ on: z.boolean() }).optional(),
  });
  const found = (text: string): string => {
    const read = source(text);
    const result = schema.safeParse(read.value);
    return result.success ? '' : problemsText(schemaProblems(read, result.error.issues));
  };

  it.each([
    ['level: high', 'f.yaml:1:1: name: is missing'],
    ['name: ""', 'f.yaml:1:7: name: needs at least 1 character'],
    ['name:', 'f.yaml:1:6: name: must be a text, not empty'],
    ['name: a\nlevel: hihg', "f.yaml:2:8: level: 'hihg' is not one of them: did you mean 'high'?"],
    ['name: a\nlevel: purple', "f.yaml:2:8: level: 'purple' is not one of them; known: low, high"],
    ['name: a\nmany: [1, 2, 3]', 'f.yaml:2:7: many: takes at most 2 items'],
    ['name: a\nmany: [x]', "f.yaml:2:8: many[0]: must be a number, not 'x'"],
    [
      'name: a\ndeep: { on: 1, off: 2, oon: 3 }',
      "f.yaml:2:13: deep.on: must be true or false, not 1\nf.yaml:2:16: deep.off: unknown key; known: on\nf.yaml:2:24: deep.oon: unknown key: did you mean 'on'?",
    ],
  ])('in %j is said in the words of the file', (text, problems) => {
    expect(found(text)).toBe(problems);
  });
});
