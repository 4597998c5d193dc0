import { describe, expect, it } from 'vitest';
import { shapeOfStatement } from '../../../runtime/persistence/sql-statement.ts';
import { sqlTokens } from '../../../runtime/persistence/sql-tokens.ts';

const texts = (sql: string): string[] => sqlTokens(sql).map((token) => token.text);
const verb = (sql: string): string => {
  const shape = shapeOfStatement(sql);
  return shape.ok ? shape.verb : `refused: ${shape.why}`;
};

describe('tokens of SQL', () => {
  it('tell words from quoted text and comments', () => {
    expect(texts(`select 'it''s; drop' /* ; -- */ from "a""b" -- delete\n where [x y] = \`z\``)).toEqual(['SELECT', "''", 'FROM', "''", 'WHERE', "''", '=', "''"]);
  });

  it('run to the end when a quote or a comment is never closed', () => {
    expect(texts("select 'abc")).toEqual(['SELECT', "''"]);
    expect(texts('select /* abc')).toEqual(['SELECT']);
  });

  it('count brackets', () => {
    expect(sqlTokens('a (b (c)) d').map(({ text, depth }) => `${text}${depth}`)).toEqual(['A0', '(1', 'B1', '(2', 'C2', ')2', ')1', 'D0']);
  });
});

describe('the shape of a statement', () => {
  it('is its verb, also behind WITH, comments and semicolons', () => {
    expect(verb('SELECT 1')).toBe('SELECT');
    expect(verb('/* attach */ ; -- vacuum\n insert into t values (1)')).toBe('INSERT');
    expect(verb('with a(x) as (select 1), b as (delete_me) delete from t where x in a')).toBe('DELETE');
    expect(verb('explain query plan select 1')).toBe('EXPLAIN');
    expect(verb('create trigger t after insert on a begin delete from b; end')).toBe('CREATE');
  });

  it.each([
    ["attach 'x.db' as y", 'ATTACH is not allowed'],
    ["ATT/**/ACH 'x.db' as y", 'ATT is not allowed'],
    ['detach y', 'DETACH is not allowed'],
    ["vacuum into 'x.db'", 'VACUUM is not allowed'],
    ['begin', 'BEGIN is not allowed'],
    ['commit', 'COMMIT is not allowed'],
    ["explain attach 'x' as y", 'EXPLAIN ATTACH is not allowed'],
    ['explain pragma user_version = 3', 'EXPLAIN PRAGMA is not allowed'],
    ['pragma journal_mode = delete', 'PRAGMA journal_mode with a value is not allowed'],
    ['pragma user_version = 4', 'PRAGMA user_version with a value is not allowed'],
    ['pragma main.user_version(4)', 'PRAGMA user_version with a value is not allowed'],
    ['pragma writable_schema', 'PRAGMA writable_schema is not allowed'],
    ['', 'there is no statement'],
    [' -- nothing', 'there is no statement'],
    ['(select 1)', 'there is no statement'],
    [`select '${'x'.repeat(1_048_576)}'`, 'it is longer than 1 MiB'],
  ])('refuses what acts on more than the one file or is not understood: %s', (sql, why) => {
    expect(shapeOfStatement(sql)).toEqual({ ok: false, why });
  });

  it('lets pragmas through that only read', () => {
    expect(verb('pragma table_info(t)')).toBe('PRAGMA');
    expect(verb('pragma main.index_list = t;')).toBe('PRAGMA');
    expect(verb('pragma user_version')).toBe('PRAGMA');
  });

  it('says when an UPDATE or a DELETE means every row', () => {
    expect(shapeOfStatement('delete from t')).toMatchObject({ everyRow: true });
    expect(shapeOfStatement('update t set a = (select b from c where 1)')).toMatchObject({ everyRow: true });
    expect(shapeOfStatement("delete from t where x = 'where'")).toMatchObject({ everyRow: false });
    expect(shapeOfStatement('select 1')).toMatchObject({ everyRow: false });
  });
});
