// The page of OTP's cases: each names a test of ours, and that test exists.
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { testTitles } from '../support/test-titles.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const [covered = '', left = ''] = readFileSync(`${ROOT}docs/otp-suite.md`, 'utf8').split('## Cases without a test');
const rowsOf = (text: string): string[][] =>
  text
    .split('\n')
    .filter((line) => line.startsWith('| ') && !line.startsWith("| OTP's case"))
    .map((line) => line.split('|').map((cell) => cell.trim()))
    .map((cells) => cells.slice(1, 3));

describe('docs/otp-suite.md', () => {
  it.each(rowsOf(covered))('%s: its test exists', (_cases, proof) => {
    const [, file, title] = /^`([^`]+)` › (.+)$/.exec(proof ?? '') ?? [];
    expect(file, `'${proof}' is not \`file\` › title`).toBeDefined();
    expect(existsSync(`${ROOT}${file}`), `${file} exists`).toBe(true);
    expect(testTitles(`${ROOT}${file}`)).toContain(title);
  });

  it('gives a reason for every case that it leaves out', () => {
    expect(rowsOf(left).length).toBeGreaterThan(0);
    for (const [cases, why] of rowsOf(left)) expect([cases, why !== ''], cases).toEqual([cases, true]);
  });
});

describe('docs/otp-differences.md', () => {
  const rows = readFileSync(`${ROOT}docs/otp-differences.md`, 'utf8')
    .split('\n')
    .filter((line) => line.startsWith('| ') && !line.startsWith('| difference'))
    .map((line) => line.split('|').map((cell) => cell.trim()));

  it.each(rows)('%s%s: is asserted by a test', (_, _difference, why, proof) => {
    expect(why).not.toBe('');
    const [, file, title] = /^`([^`]+)` › (.+)$/.exec(proof ?? '') ?? [];
    expect(testTitles(`${ROOT}${file}`)).toContain(title);
  });
});
