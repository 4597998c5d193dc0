// The table of errors and its page: people look codes up in the page, so neither may know one that the other does not.
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { ERRORS } from '../../runtime/errors.ts';

const page = readFileSync(new URL('../../docs/errors.md', import.meta.url), 'utf8');

/** Rows of the page by code; a `|` inside a message is escaped there. */
function rowsOfPage(): Record<string, { message: string; http: number; rpc: number }> {
  const rows = [...page.matchAll(/^\| (\w+) \| (.*) \| (\d+) \| (-?\d+) \|$/gm)];
  return Object.fromEntries(rows.map(([, code, message, http, rpc]) => [code, { message: String(message).replaceAll('\\|', '|'), http: Number(http), rpc: Number(rpc) }]));
}

describe('docs/errors.md', () => {
  it('has every code of the table with its message and numbers, and no other (npm run docs:errors writes it)', () => {
    expect(rowsOfPage()).toEqual(ERRORS);
  });
});

describe('the table of errors', () => {
  const entries = Object.entries(ERRORS);

  it('gives no JSON-RPC number twice', () => {
    const numbers = entries.map(([, { rpc }]) => rpc);
    expect(numbers.filter((rpc, at) => numbers.indexOf(rpc) !== at)).toEqual([]);
  });

  it('keeps to positive JSON-RPC numbers of its themes and to HTTP statuses of errors', () => {
    for (const [code, { rpc, http }] of entries) {
      expect(rpc, code).toBeGreaterThanOrEqual(1000);
      expect(rpc, code).toBeLessThan(1700);
      expect(http, code).toBeGreaterThanOrEqual(400);
      expect(http, code).toBeLessThan(600);
    }
  });
});
