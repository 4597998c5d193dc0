// Statements in their real process, which runs JavaScript: the executors are built from the present sources first.
import { copyFileSync, existsSync, mkdirSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import type * as Executors from '../../../../actors/gate/execute/index.ts';
import { readStepOutcome } from '../../../../actors/work/outcome.ts';
import type { QueryPayload } from '../../../../actors/work/types.ts';
import { BUILD_MS, builtHost } from '../../session/built-host.ts';
import { privateFolder } from '../../session/private-folder.ts';
import { type Execution, execution, type RunOptions } from './execution.ts';

const folder = privateFolder();
let built: typeof Executors;
beforeAll(async () => {
  const program = builtHost(folder);
  built = await import(join(dirname(program), '../../gate/execute/index.js'));
}, BUILD_MS);

const here = (): Execution => execution(built.execute);
const query = ({ run }: Execution, sql: string, { database = 'facts.db', params, ...options }: RunOptions & Partial<QueryPayload> = {}) =>
  run({ type: 'DATABASE_QUERY', payload: { database, dialect: 'sqlite', sql, ...(params === undefined ? {} : { params }) } }, options);

/** Never ends, and never gives a row: SQLite does not come back from it. */
const ENDLESS = 'with recursive c(x) as (select 1 union all select x + 1 from c)';

describe('a query', () => {
  it('answers columns, rows and changes', async () => {
    const at = here();
    expect(await query(at, 'create table facts (name text primary key, value text not null) strict')).toEqual({
      status: 'succeeded',
      result: { columns: [], rows: [], changes: 0 },
    });
    expect(await query(at, 'insert into facts values (?, ?), (?, ?)', { params: ['a', '1', "b'; --", 'ü'] })).toMatchObject({ result: { changes: 2 } });
    expect(await query(at, 'select * from facts order by name')).toEqual({
      status: 'succeeded',
      result: {
        columns: ['name', 'value'],
        rows: [
          ['a', '1'],
          ["b'; --", 'ü'],
        ],
        changes: 0,
      },
    });
  });

  it('fails with what SQLite says, in the words of the request', async () => {
    const at = here();
    expect(await query(at, 'create table t (a)')).toMatchObject({ status: 'succeeded' });
    expect(await query(at, 'select * from nowhere')).toEqual({ status: 'failed', error: { code: 'QueryFailed', message: 'facts.db: no such table: nowhere' } });
    expect(await query(at, 'select 1; drop table t')).toMatchObject({ status: 'failed', error: { code: 'QueryRefused' } });
    expect(await query(at, `attach '${at.folder}/other.db' as o`)).toMatchObject({ status: 'failed', error: { code: 'QueryRefused' } });
    expect(await query(at, 'select 1', { database: 'missing.db' })).toMatchObject({
      error: { code: 'QueryRefused', message: 'the statement was not run: there is no database missing.db' },
    });
    expect(readdirSync(at.folder)).not.toContain('other.db');
  });

  it('that never ends is ended at its deadline, and what it wrote is undone', async () => {
    const at = here();
    await query(at, 'create table t (a)');
    await query(at, 'insert into t values (1)');
    expect(await query(at, `${ENDLESS} select count(*) from c`, { timeoutMs: 700 })).toMatchObject({ status: 'failed', error: { code: 'StepTimeout' } });
    expect(await query(at, `${ENDLESS} insert into t select x from c`, { timeoutMs: 1_500 })).toMatchObject({ status: 'failed', error: { code: 'StepTimeout' } });
    expect(at.left()).toEqual([]);
    expect(await query(at, 'select count(*) from t')).toMatchObject({ status: 'succeeded', result: { rows: [[1]] } });
  });

  it('that is given up counts as interrupted', async () => {
    const at = here();
    await query(at, 'create table t (a)');
    const giveUp = new AbortController();
    const asked = query(at, `${ENDLESS} select count(*) from c`, { signal: giveUp.signal });
    while (at.left().length === 0) await new Promise((resolve) => setImmediate(resolve));
    giveUp.abort();
    expect(await asked).toMatchObject({ status: 'interrupted', error: { code: 'Interrupted' } });
    expect(at.left()).toEqual([]);
  });

  it('is cut to what a record keeps, in whole rows', async () => {
    const at = here();
    await query(at, 'create table t (a)');
    const counted = `with recursive c(x) as (select 1 union all select x + 1 from c where x < 5000)`;
    for (const cell of ['x', "printf('%.*c', 1000, 'x')", "printf('%.*c', 200, char(1))"]) {
      const outcome = await query(at, `${counted} select ${cell} as cell from c`);
      expect(outcome).toMatchObject({ status: 'succeeded', truncated: true });
      const { rows } = readStepOutcome(outcome).result as { rows: unknown[] };
      expect(rows.length).toBeGreaterThan(40);
    }
  });
});

describe('the database of a query', () => {
  it('lies in the workspace by its real path, and so do the files beside it', async () => {
    const at = here();
    await query(at, 'create table t (a)');
    mkdirSync(join(at.folder, 'outside'));
    copyFileSync(join(at.workspace, 'facts.db'), join(at.folder, 'outside/facts.db'));
    symlinkSync(join(at.folder, 'outside/facts.db'), join(at.workspace, 'linked.db'));
    symlinkSync(join(at.folder, 'outside'), join(at.workspace, 'out'));
    symlinkSync('facts.db', join(at.workspace, 'within.db'));
    for (const database of ['linked.db', 'out/facts.db', 'out/new.db', '../outside/facts.db', join(at.folder, 'outside/facts.db'), '..', ':memory:/../../x']) {
      expect([database, (await query(at, 'select * from t', { database })).error?.code]).toEqual([database, 'PathRefused']);
    }
    expect(await query(at, 'select count(*) from t', { database: 'within.db' })).toMatchObject({ status: 'succeeded' });
    symlinkSync(join(at.folder, 'outside/stolen'), join(at.workspace, 'facts.db-journal'));
    expect(await query(at, 'insert into t values (1)')).toMatchObject({ error: { code: 'PathRefused' } });
    expect(readdirSync(join(at.folder, 'outside'))).toEqual(['facts.db']);
  });

  it('is one: another file is refused and stays as it is', async () => {
    const at = here();
    writeFileSync(join(at.workspace, 'notes.txt'), 'these are notes, and no database at all');
    expect(await query(at, 'create table t (a)', { database: 'notes.txt' })).toMatchObject({ status: 'failed', error: { code: 'QueryFailed' } });
    expect(await query(at, 'create table t (a)', { database: 'no/such/folder.db' })).toMatchObject({ status: 'failed', error: { code: 'PathRefused' } });
    expect(existsSync(join(at.workspace, 'no'))).toBe(false);
  });
});

describe('a contained query', () => {
  it('reaches its workspace and no other file, by no statement', async () => {
    const at = here();
    const contained = { containment: { reach: 'machine', network: true, keepSettings: false } } as const;
    expect(await query(at, 'create table t (a)', contained)).toMatchObject({ status: 'succeeded' });
    expect(await query(at, `attach '${at.folder}/other.db' as other`, contained)).toMatchObject({ status: 'failed' });
    expect(existsSync(join(at.folder, 'other.db'))).toBe(false);
  });
});
