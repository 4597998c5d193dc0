// The page of guarantees: a claim that is held names a test, and that test exists.
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { testTitles } from '../support/test-titles.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const rows = readFileSync(`${ROOT}docs/guarantees.md`, 'utf8')
  .split('\n')
  .filter((line) => /^\| G\d+ \|/.test(line))
  .map((line) => line.split('|').map((cell) => cell.trim()))
  .map(([, number, claim, proof, state]) => ({ number: String(number), claim: String(claim), proof: String(proof), state: String(state) }));

describe('docs/guarantees.md', () => {
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
