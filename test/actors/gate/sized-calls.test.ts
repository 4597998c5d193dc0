import { describe, expect, it } from 'vitest';
import { assessAlone, shippedPolicy } from '../../../actors/gate/index.ts';
import type { RiskLevel } from '../../../actors/work/types.ts';

const POLICY = shippedPolicy();
const levelOf = async (sql: string, dialect: string): Promise<RiskLevel> => (await assessAlone('DATABASE_QUERY', { sql, dialect }, POLICY)).level;

async function levels(queries: readonly string[], dialect = 'postgres'): Promise<Record<string, RiskLevel>> {
  return Object.fromEntries(await Promise.all(queries.map(async (sql) => [sql, await levelOf(sql, dialect)] as const)));
}
const all = (queries: readonly string[], level: RiskLevel): Record<string, RiskLevel> => Object.fromEntries(queries.map((sql) => [sql, level]));

describe('a call that makes as much as it is asked for', () => {
  it('only reads where the query says that it is little', async () => {
    const small = [
      'select generate_series(1, 10)',
      'select n from generate_series(0, 100, 5) as g(n)',
      "select d from generate_series('2024-01-01'::date, '2024-12-31'::date, '1 day') d",
      "select d from generate_series(date_trunc('day', now()) - interval '30 days', now(), interval '1 day') d",
      "select d from generate_series(current_date - interval '24 hours', current_date, '1 hour') d",
      "select lpad(id::text, 8, '0'), rpad(name, 20), lpad(code, 4), lpad(kind, 20), repeat('-', 40) from orders",
      'select * from orders o join generate_series(1, 3) g on true',
      'select grouping(a), sum(b) from t group by rollup (a)',
    ];
    expect(await levels(small)).toEqual(all(small, 'LOW'));
    const inSqlite = [
      "select printf('%05d', id) from t",
      'select zeroblob(4), hex(randomblob(16))',
      'select value from generate_series(1, 5)',
      'select value from generate_series(1, 100, 5)',
    ];
    expect(await levels(inSqlite, 'sqlite')).toEqual(all(inSqlite, 'LOW'));
  });

  it('is MEDIUM where that is much, or is not known before it runs', async () => {
    const large = [
      'select count(*) from generate_series(1, 10000000000)',
      'select count(*) from generate_series(1, 1e10)',
      "select count(*) from generate_series(1, '10000000000'::bigint)",
      'select generate_series(1, n) from t',
      'select generate_series(1, 10, 0)',
      'select count(*) from generate_series(1, 5000) a, generate_series(1, 5000) b',
      "select generate_series(now() - interval '10 years', now(), interval '1 second')",
      "select generate_series(current_date - 3000000, current_date, '1 day')",
      "select repeat('a', 1000000000)",
      "select repeat(repeat('a', 9000), 9000)",
      'select lpad(a, b) from t',
      "select rpad(string => 'a', length => 900000000)",
      'select tools.repeat(1, 2)',
      "select format('%1000000000s', 'x')",
    ];
    expect(await levels(large)).toEqual(all(large, 'MEDIUM'));
    const inSqlite = [
      'select zeroblob(1000000000)',
      'select randomblob(2 * 1000000000)',
      'select zeroblob(n) from t',
      'select count(*) from generate_series(1)',
      "select printf('%1000000000d', 1)",
      "select format('%.*c', n, 'x') from t",
    ];
    expect(await levels(inSqlite, 'sqlite')).toEqual(all(inSqlite, 'MEDIUM'));
  });
});

describe('what a server tells about itself', () => {
  it('is MEDIUM where it is a secret of somebody: settings of applications, and what others ask', async () => {
    const telling = [
      "select current_setting('app.jwt_secret')",
      "select current_setting('app.' || name, true) from t",
      'show app.jwt_secret',
      'select * from pg_stat_activity',
      'select a.query from pg_stat_activity a',
      'select query, calls from pg_stat_statements',
    ];
    expect(await levels(telling)).toEqual(all(telling, 'MEDIUM'));
    const plain = ["select current_setting('server_version')", 'show search_path', 'select pid, state from pg_stat_activity', 'select count(*) from pg_stat_activity', 'select 1'];
    expect(await levels(plain)).toEqual(all(plain, 'LOW'));
  });

  it('is HIGH where it runs a text as a query of its own', async () => {
    const running = ["select * from ts_stat('select a from t')", "select * from crosstab('select 1, 2, 3') as t(a int, b int)", 'select pg_log_backend_memory_contexts(1)'];
    expect(await levels(running)).toEqual(all(running, 'HIGH'));
  });

  it('is asked in either name of a dialect', async () => {
    expect([await levelOf('select 1', 'postgresql'), await levelOf('select 1', 'sqlite3'), await levelOf('drop table t', 'postgresql')]).toEqual(['LOW', 'LOW', 'HIGH']);
    expect(await levelOf('select 1', 'mysql')).toBe('HIGH');
  });
});
