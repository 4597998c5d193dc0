import { describe, expect, it } from 'vitest';
import { ago, clockTime, table, tree, visible } from '../../../gateway/cli/table.ts';

describe('a table', () => {
  it('is as wide as its widest cells, and the last column is not padded', () => {
    expect(
      table(
        ['A', 'BB'],
        [
          ['one', 'x'],
          ['three', null],
        ],
        'none',
      ).split('\n'),
    ).toEqual(['A      BB', 'one    x', 'three  -']);
  });

  it('of no rows is a word about that', () => {
    expect(table(['A'], [], 'no rows')).toBe('no rows');
  });

  it('keeps a cell on one line, and spells out what a terminal would obey or hide', () => {
    expect(table(['A'], [['two\n  lines']], '')).toBe('A\ntwo lines');
    expect(visible('rm \u202efr- /\u202c \u009b31m\u001b[2J\u200b')).toBe('rm \\u{202e}fr- /\\u{202c} \\u{9b}31m\\u{1b}[2J\\u{200b}');
  });
});

it('a tree draws its branches', () => {
  const leaf = (label: string) => ({ label, children: [] });
  expect(tree([{ label: 'a', children: [leaf('b'), leaf('c')] }, leaf('d')]).split('\n')).toEqual(['├─ a', '│  ├─ b', '│  └─ c', '└─ d']);
});

it.each([
  [0, '0s'],
  [59_400, '59s'],
  [59_600, '1m 00s'],
  [3_599_000, '59m 59s'],
  [3_600_000, '1h 00m'],
  [-5, '0s'],
])('%i ms is %s', (ms, text) => {
  expect(ago(ms)).toBe(text);
});

it('a time has its date where that is not today', () => {
  const at = Date.parse('2026-11-27T08:22:45Z');
  expect([clockTime(at, at + 60_000), clockTime(at, at + 24 * 3_600_000), clockTime(at + 7 * 24 * 3_600_000, at)]).toEqual(['08:22:45Z', '2026-11-27 08:22Z', '2026-12-04 08:22Z']);
});
