// The page of security: every item of the best practice and of MCP's page is on it, and each test that it names exists.
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { testTitles } from '../support/test-titles.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const SECTIONS = ['2.1', '2.1.1', '2.1.2', '2.2.1', '2.2.2', '2.3', '2.4', '2.5', '2.6', ...Array.from({ length: 17 }, (_, at) => `4.${at + 1}`)];
const MCP = ['confused-deputy', 'token-passthrough', 'ssrf', 'session-hijacking', 'local-server', 'scope-minimization', 'audience-binding', 'token-theft', 'communication'];
/** Items that may go without a test, which say so in their own words. */
const UNPROVEN = ['2.2.1', '4.17'];

interface Row {
  readonly item: string;
  readonly words: string;
  readonly proof: string;
}

const rows: readonly Row[] = readFileSync(`${ROOT}docs/security.md`, 'utf8')
  .split('\n')
  .filter((line) => /^\| [\w.-]+ \|/.test(line) && !line.startsWith('| item'))
  .map((line) => line.split('|').map((cell) => cell.trim()))
  .map((cells) => ({ item: String(cells[1]), words: cells.slice(2, -2).join(' '), proof: String(cells.at(-2)) }));

describe('docs/security.md', () => {
  it.each([...SECTIONS, ...MCP])('has the item %s', (item) => {
    expect(rows.map((row) => row.item)).toContain(item);
  });

  it('names a test to every item but those that say why there is none', () => {
    expect(rows.filter(({ proof }) => proof === '—').map(({ item }) => item)).toEqual(UNPROVEN);
    for (const { item, words } of rows) if (UNPROVEN.includes(item)) expect(words).toMatch(/not held|does not apply/);
  });

  it.each(rows.filter(({ proof }) => proof !== '—'))('$item: its test exists', ({ proof }) => {
    const [, file = '', title] = /^`([^`]+)` › (.+)$/.exec(proof) ?? [];
    expect(existsSync(`${ROOT}${file}`), `'${proof}' names no file`).toBe(true);
    expect(testTitles(`${ROOT}${file}`)).toContain(title);
  });
});
