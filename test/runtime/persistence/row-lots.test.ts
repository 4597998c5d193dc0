// Rows written in lots are the rows that were given, however many there are.
import Database from 'better-sqlite3';
import { expect, test } from 'vitest';
import { prepareLots, writeLots } from '../../../runtime/persistence/row-lots.ts';

const COUNTS = [0, 1, 15, 16, 17, 31, 32, 40];
const rowsOf = (count: number) => Array.from({ length: count }, (_, index) => ({ id: index + 1, word: `row ${index + 1}` }));

function table() {
  const db = new Database(':memory:');
  db.exec('CREATE TABLE words (id INTEGER PRIMARY KEY, word TEXT NOT NULL) STRICT');
  const prepare = (sql: string) => db.prepare(sql);
  const put = prepareLots(prepare, (rows) => `INSERT OR REPLACE INTO words VALUES ${rows}`, '(?,?)');
  const remove = prepareLots(prepare, (rows) => `DELETE FROM words WHERE id IN (${rows})`, '?');
  return { put, remove, all: () => db.prepare('SELECT * FROM words ORDER BY id').all() };
}

test.each(COUNTS)('%i rows are all written, each as it is', (count) => {
  const { put, all } = table();
  writeLots(put, rowsOf(count), ({ id, word }, into) => void into.push(id, word));
  expect(all()).toEqual(rowsOf(count));
});

test.each(COUNTS)('%i rows are all removed, and no other', (count) => {
  const { put, remove, all } = table();
  const others = [{ id: 1_000, word: 'stays' }];
  writeLots(put, [...rowsOf(count), ...others], ({ id, word }, into) => void into.push(id, word));
  writeLots(remove, rowsOf(count), ({ id }, into) => void into.push(id));
  expect(all()).toEqual(others);
});

test('of two rows under one key the later one stands, within a lot and across lots', () => {
  const { put, all } = table();
  const twice = [...rowsOf(20), { id: 2, word: 'again' }, { id: 21, word: 'first' }, { id: 21, word: 'second' }];
  writeLots(put, twice, ({ id, word }, into) => void into.push(id, word));
  const expected = rowsOf(20).map((row) => (row.id === 2 ? { id: 2, word: 'again' } : row));
  expect(all()).toEqual([...expected, { id: 21, word: 'second' }]);
});
