// The page of guarantees: a claim that is held names a test, and that test exists.
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { PLANTED_BUGS } from '../simulation/planted-bugs.ts';
import { testTitles } from '../support/test-titles.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const rows = readFileSync(`${ROOT}docs/guarantees.md`, 'utf8')
  .split('\n')
  .filter((line) => /^\| G\d+ \|/.test(line))
  .map((line) => line.split('|').map((cell) => cell.trim()))
  .map(([, number, claim, proof, state]) => ({ number: String(number), claim: String(claim), proof: String(proof), state: String(state) }));

type Row = (typeof rows)[number];

const KERNEL = Array.from({ length: 8 }, (_, at) => `G${at + 1}`);
/** What a claim of a kind begins with, and how one knows a test of that kind by its file. */
const KINDS: ReadonlyArray<{ readonly kind: string; readonly isOne: (file: string) => boolean }> = [
  { kind: 'Property', isOne: (file) => /\bfc\.(assert|commands)\(/.test(readFileSync(`${ROOT}${file}`, 'utf8')) },
  { kind: 'Simulation', isOne: (file) => file.startsWith('test/simulation/') },
  { kind: 'Real faults', isOne: (file) => /^test\/(faults|chaos|ledger|e2e|integration)\//.test(file) },
];

const fileOf = ({ proof }: Row): string => /^`([^`]+)`/.exec(proof)?.[1] ?? '';

/** What a guarantee of the kernel still wants. */
function missingKinds(all: readonly Row[], guarantee: string): readonly string[] {
  const held = all.filter(({ number, state }) => number === guarantee && state === 'held');
  return KINDS.filter(({ kind, isOne }) => !held.some((row) => row.claim.startsWith(`${kind}: `) && isOne(fileOf(row)))).map(({ kind }) => kind);
}

describe('docs/guarantees.md', () => {
  it.each(KERNEL)('names a property test, a simulation and a test with real faults for %s', (guarantee) => {
    expect(missingKinds(rows, guarantee)).toEqual([]);
  });

  it('calls a test of a kind only what is one', () => {
    for (const { kind, isOne } of KINDS) for (const row of rows) if (row.claim.startsWith(`${kind}: `)) expect([row.claim, isOne(fileOf(row))]).toEqual([row.claim, true]);
  });

  it.each(KERNEL)('is missed in each kind of test of %s that is taken from the page, or that is of another kind', (guarantee) => {
    for (const { kind } of KINDS) {
      const isOfKind = ({ number, claim }: Row): boolean => number === guarantee && claim.startsWith(`${kind}: `);
      const gap = rows.filter((row) => !isOfKind(row));
      const another = rows.map((row) => (isOfKind(row) ? { ...row, proof: '`test/runtime/system.test.ts` › x' } : row));
      expect([missingKinds(gap, guarantee), missingKinds(another, guarantee)]).toEqual([[kind], [kind]]);
    }
  });

  it.each(KERNEL)('names a simulation for %s that has found a planted bug', (guarantee) => {
    expect(PLANTED_BUGS.filter(({ breaks }) => breaks[0] === guarantee).map(({ name }) => name)).not.toEqual([]);
  });

  it('says of each of the fifteen guarantees how far it is held', () => {
    const numbers = new Set(rows.map(({ number }) => number));
    expect([...numbers]).toEqual(Array.from({ length: 15 }, (_, at) => `G${at + 1}`));
  });

  it('calls a claim held or not yet, and names a test exactly when it is held', () => {
    for (const { claim, proof, state } of rows) expect([claim, proof === '—'], claim).toEqual([claim, state !== 'held']);
    expect(new Set(rows.map(({ state }) => state))).toEqual(new Set(['held', 'not yet']));
  });

  it.each(rows.filter(({ state }) => state === 'held'))('$number: $claim: its test exists', ({ proof }) => {
    const [, file, title] = /^`([^`]+)` › (.+)$/.exec(proof) ?? [];
    expect(file, `'${proof}' is not \`file\` › title`).toBeDefined();
    expect(existsSync(`${ROOT}${file}`), `${file} exists`).toBe(true);
    expect(testTitles(`${ROOT}${file}`)).toContain(title);
  });
});
