import { copyFileSync, existsSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { describe, expect, it } from 'vitest';
import { explainStatement, type QueryOrder, runQuery } from '../../../runtime/persistence/index.ts';
import { privateFolder } from '../../support/private-folder.ts';

function database() {
  const file = join(privateFolder(), 'app.db');
  const query = (sql: string, more: Partial<QueryOrder> = {}) => runQuery({ file, sql, readonly: false, maxRows: 100, maxBytes: 10_000, ...more });
  query('create table t (id integer primary key, name text)');
  query("insert into t (name) values ('a'), ('b'), ('ü😀')");
  return { file, query };
}

describe('a query', () => {
  it('answers columns, rows and changes', () => {
    const { query } = database();
    expect(query('select id, name from t where id > ? order by id', { params: [1], readonly: true })).toEqual({
      columns: ['id', 'name'],
      rows: [
        [2, 'b'],
        [3, 'ü😀'],
      ],
      truncated: false,
      changes: 0,
    });
    expect(query('update t set name = ? where id < ?', { params: ['x', 3] })).toEqual({ columns: [], rows: [], truncated: false, changes: 2 });
  });

  it('gives plain JSON for blobs, wide integers and infinities', () => {
    const { query } = database();
    expect(query("select x'00ff' as b, 9007199254740993 as wide, 9007199254740991 as safe, 9e999 as inf, null as n, 1.5 as r").rows).toEqual([
      [{ base64: 'AP8=' }, '9007199254740993', 9_007_199_254_740_991, 'Infinity', null, 1.5],
    ]);
  });

  it('stops at its rows and at its bytes, with whole rows, and says so', () => {
    const { query } = database();
    expect(query('select id from t', { maxRows: 2 })).toMatchObject({ rows: [[1], [2]], truncated: true });
    expect(query('select id from t', { maxRows: 3 })).toMatchObject({ truncated: false });
    expect(query('select name from t', { maxBytes: 2 })).toMatchObject({ rows: [['a'], ['b']], truncated: true });
  });

  it('finishes a write with RETURNING though its rows are cut', () => {
    const { query } = database();
    expect(query("update t set name = 'z' returning id", { maxRows: 1 })).toMatchObject({ columns: ['id'], rows: [[1]], truncated: true, changes: 3 });
    expect(query("select count(*) from t where name = 'z'").rows).toEqual([[3]]);
  });

  it('refuses a write when only a read was asked for, and changes nothing', () => {
    const { query } = database();
    for (const sql of ['delete from t', 'with x as (select 1) insert into t (name) select 1 from x returning id', 'create table u (a)']) {
      expect(() => query(sql, { readonly: true })).toThrow(expect.objectContaining({ code: 'QueryRefused' }));
    }
    expect(query('select count(*) from t').rows).toEqual([[3]]);
  });

  it('runs one statement only', () => {
    const { query } = database();
    expect(() => query('select 1; delete from t')).toThrow(/more than one statement/);
    expect(() => query("select 1; attach 'x' as y")).toThrow(/more than one statement/);
    expect(query('select count(*) from t;  -- done').rows).toEqual([[3]]);
  });

  it('touches no other file', () => {
    const { file, query } = database();
    const other = `${file}.other`;
    for (const sql of [`attach '${other}' as y`, `vacuum into '${other}'`, `explain attach '${other}' as y`]) {
      expect(() => query(sql)).toThrow(expect.objectContaining({ code: 'QueryRefused' }));
    }
    expect(() => query("select load_extension('libm.so.6')")).toThrow(expect.objectContaining({ code: 'QueryFailed' }));
    expect(() => query("select writefile('x', 'y')")).toThrow(/no such function/);
    expect(existsSync(other)).toBe(false);
  });

  it('makes a database only for a statement that writes, and leaves none behind when that fails', () => {
    const folder = privateFolder();
    const file = join(folder, 'new.db');
    const order = { file, readonly: false, maxRows: 1, maxBytes: 10 };
    expect(() => runQuery({ ...order, sql: 'select 1' })).toThrow(/there is no database/);
    expect(() => runQuery({ ...order, sql: 'create table t (a)', readonly: true })).toThrow(/there is no database/);
    expect(() => runQuery({ ...order, sql: 'insert into t values (1)' })).toThrow(/no such table/);
    expect(existsSync(file)).toBe(false);
    runQuery({ ...order, sql: 'create table t (a)' });
    expect(existsSync(file)).toBe(true);
  });

  it('names the database and the problem when SQLite says no', () => {
    const { file, query } = database();
    expect(() => query('insert into t (id) values (1)')).toThrow(expect.objectContaining({ code: 'QueryFailed', message: `${file}: UNIQUE constraint failed: t.id` }));
    expect(() => query('selec')).toThrow(expect.objectContaining({ code: 'QueryRefused' }));
    expect(() => query('select ?', { params: [] })).toThrow(expect.objectContaining({ code: 'QueryRefused' }));
  });

  it('reads behind a write that was killed in the middle: what that had begun is undone', () => {
    const { file } = database();
    const db = new Database(file);
    db.pragma('cache_size = 1');
    db.exec("begin; with recursive c(x) as (select 1 union all select x + 1 from c where x < 20000) insert into t (name) select 'half' from c");
    const killed = join(privateFolder(), 'killed.db');
    for (const ending of ['', '-journal']) copyFileSync(file + ending, killed + ending);
    db.close();
    const read = { file: killed, sql: 'select count(*) from t', readonly: true, maxRows: 10, maxBytes: 1_000 };
    expect(() => new Database(killed, { readonly: true }).prepare(read.sql).get()).toThrow(/readonly/);
    expect(runQuery(read).rows).toEqual([[3]]);
    expect(existsSync(`${killed}-journal`)).toBe(false);
  });

  it('takes absolute paths of files only', () => {
    const folder = privateFolder();
    mkdirSync(join(folder, 'd'));
    writeFileSync(join(folder, 'text'), 'no database, but long enough to look at'.repeat(50));
    symlinkSync('/dev/null', join(folder, 'link'));
    const run = (file: string) => () => runQuery({ file, sql: 'select 1 from sqlite_schema', readonly: true, maxRows: 1, maxBytes: 10 });
    expect(run(':memory:')).toThrow(/not an absolute path/);
    expect(run('app.db')).toThrow(/not an absolute path/);
    expect(run(join(folder, 'd'))).toThrow(/not a file/);
    expect(run(join(folder, 'link'))).toThrow(/not a file/);
    expect(run(join(folder, 'text'))).toThrow(expect.objectContaining({ code: 'QueryFailed' }));
  });
});

describe('explaining a statement', () => {
  it("says by SQLite's own word whether it only reads, without running it", () => {
    const { file, query } = database();
    expect(explainStatement(file, 'select * from t')).toEqual({ ok: true, readonly: true, verb: 'SELECT', everyRow: false });
    expect(explainStatement(file, 'delete from t')).toEqual({ ok: true, readonly: false, verb: 'DELETE', everyRow: true });
    expect(explainStatement(file, 'drop table t')).toMatchObject({ ok: true, readonly: false, verb: 'DROP' });
    expect(explainStatement(file, 'with x as (select 1) delete from t where id in x')).toMatchObject({ readonly: false, everyRow: false });
    expect(query('select count(*) from t').rows).toEqual([[3]]);
  });

  it('says why a statement cannot be run', () => {
    const { file } = database();
    expect(explainStatement(file, 'select * from missing')).toEqual({ ok: false, why: 'no such table: missing' });
    expect(explainStatement(file, "attach 'x' as y")).toEqual({ ok: false, why: 'ATTACH is not allowed' });
    expect(explainStatement(file, 'select 1; select 2')).toMatchObject({ ok: false });
    expect(explainStatement('relative.db', 'select 1')).toMatchObject({ ok: false });
  });

  it('takes a database that is not there for an empty one, and makes none', () => {
    const file = join(privateFolder(), 'none.db');
    expect(explainStatement(file, 'create table t (a)')).toMatchObject({ ok: true, readonly: false });
    expect(existsSync(file)).toBe(false);
  });
});
