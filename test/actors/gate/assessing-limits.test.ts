import { describe, expect, it } from 'vitest';
import { assessRisk } from '../../../actors/gate/assess-risk.ts';
import { assessBash } from '../../../actors/gate/bash/assess-bash.ts';
import { type Places, placesOf } from '../../../actors/gate/file/places.ts';
import { NO_GRAMMARS } from '../../../actors/gate/grammars.ts';
import type { ParsedPostgres } from '../../../actors/gate/parse/parse-postgres.ts';
import { SQL_LIMITS } from '../../../actors/gate/sql/assess-query.ts';
import { readTokens } from '../../../actors/gate/sql/tokens.ts';
import { worstOf } from '../../../actors/gate/verdict.ts';
import type { Action, Finding } from '../../../actors/work/types.ts';
import { levelOfCommand, NO_FACTS } from './assessing.ts';

const TEN_KB = 10_240;

const filled = (before: string, unit: string, after = ''): string => before + unit.repeat(Math.floor((TEN_KB - before.length - after.length) / unit.length)) + after;
const nested = (before: string, open: string, inner: string, close: string): string => {
  const times = Math.floor((TEN_KB - before.length - inner.length) / (open.length + close.length));
  return before + open.repeat(times) + inner + close.repeat(times);
};

/** Ten kilobytes that are dear to read, each in another way. */
const DEAR_SQL: readonly string[] = [
  filled('', 'select 1;'),
  filled('select 1', ';'),
  filled('select * from t where a in (', '1,', '1)'),
  filled('select a', '::int'),
  filled('with ', 'a as (select 1),', 'b as (select 2) select 1'),
  nested('select ', '(', '1', ')'),
  nested('select ', '(select ', '1', ')'),
  nested('delete from t where ', '(a=a or ', 'a=1', ')'),
  nested('select ', 'f(', '1', ')'),
  filled('delete from t where a=1', ' or a=1'),
  filled('delete from t where a', '+a', '=1'),
  filled('insert into t values (1)', ',(1)'),
  filled('select f()', ',f()'),
  filled('select a from b order by a', ',a'),
  filled("select '", "''", "'"),
  filled("select e'", '\\n', "'"),
  filled('select 1 ', '/**/'),
  nested('select 1 ', '/*', '', '*/'),
  filled('select 1 ', '/*/*'),
  filled('select $a$', '$b$ ', '$a$'),
  filled('', 'with a as ('),
];

interface Given {
  readonly findings: readonly Finding[];
  /** Texts that the grammar was given. */
  readonly texts: readonly string[];
}

function assessWith(dialect: 'postgres' | 'sqlite', sql: string, parsed: ParsedPostgres = { ok: true, statements: [{ SelectStmt: {} }] }): Given {
  const texts: string[] = [];
  const note =
    <Answer>(answer: Answer) =>
    (text: string): Answer => {
      texts.push(text);
      return answer;
    };
  const grammars = { postgres: () => note(parsed), sqlite: () => note(undefined) };
  const action = { type: 'DATABASE_QUERY', payload: { database: 'a.db', dialect, sql } } as unknown as Action;
  return { findings: assessRisk(action, NO_FACTS, grammars).findings, texts };
}

describe('what an assessment reads at most', () => {
  it.each(['postgres', 'sqlite'] as const)('of %s: no grammar is given more words and signs, or more comments, than it reads in a moment', (dialect) => {
    let refused = 0;
    for (const sql of DEAR_SQL) {
      const { findings, texts } = assessWith(dialect, sql);
      const tokens = readTokens(sql, dialect, Number.POSITIVE_INFINITY);
      const within = tokens.ok ? tokens.tokens.length <= SQL_LIMITS.tokens : sql.length <= SQL_LIMITS.unmeasured;
      const few = within && sql.split('/*').length <= SQL_LIMITS.comments + 1;
      if (!few) refused += 1;
      if (!few) expect([sql.slice(0, 40), texts, findings.some(({ rule, level }) => rule === 'sql-too-complex' && level === 'HIGH')]).toEqual([sql.slice(0, 40), [], true]);
    }
    expect(refused).toBeGreaterThan(DEAR_SQL.length / 2);
  });

  it('stops reading words and signs where there are too many', () => {
    const read = readTokens(filled('select a', ',a'), 'postgres', 10);
    expect(read).toMatchObject({ ok: false, tooMany: true, at: 'select a,a,a,a,a'.length });
  });

  it('leaves daily work alone: a list of a thousand numbers, and three hundred rows at once', () => {
    const list = Array.from({ length: 1_000 }, (_, at) => at).join(', ');
    const rows = Array.from({ length: 300 }, (_, at) => `(${at}, 'name ${at}')`).join(', ');
    for (const sql of [`select a from t where id in (${list})`, `insert into t (id, name) values ${rows}`])
      for (const dialect of ['postgres', 'sqlite'] as const) expect(assessWith(dialect, sql).findings.map(({ rule }) => rule)).not.toContain('sql-too-complex');
  });

  it('of a tree that is too deep says so, and does not run out of stack', () => {
    let deep: Record<string, unknown> = { ColumnRef: {} };
    for (let level = 0; level < 50_000; level += 1) deep = { A_Expr: { kind: 'AEXPR_OP', name: [{ String: { sval: '=' } }], lexpr: deep, rexpr: { ColumnRef: {} } } };
    for (const kind of ['DeleteStmt', 'UpdateStmt'])
      expect(assessWith('postgres', 'delete', { ok: true, statements: [{ [kind]: { whereClause: deep } }] }).findings[0]).toMatchObject({ rule: 'sql-too-deep', level: 'HIGH' });
  });
});

/** Counts how often it is asked. */
function counting(): { readonly places: Places; asked: number } {
  const real = placesOf(NO_FACTS, '/workspace');
  const counted =
    <Args extends unknown[], Answer>(ask: (...args: Args) => Answer) =>
    (...args: Args): Answer => {
      counts.asked += 1;
      return ask(...args);
    };
  const places = { workspace: real.workspace, risk: counted(real.risk.bind(real)), treeRisk: counted(real.treeRisk.bind(real)), linksRisk: counted(real.linksRisk.bind(real)) };
  const counts = { places, asked: 0 };
  return counts;
}

describe('the places that a command may mean', () => {
  const values = Array.from({ length: 64 }, (_, at) => `w${at}`).join(' ');
  it.each([
    ['words of a loop', `for a in ${values}; do cat ${'$a/$a '.repeat(380)}; done`],
    ['patterns of a loop', `for a in ${values}; do cat ${'$a/* '.repeat(380)}; done`],
    ['words of an unknown command in many folders', `for a in ${values}; do for b in x y z; do cd $a; quux ${'$a/../$b* '.repeat(380)}; done; done`],
    ['what is written', `for a in ${values}; do tee ${'$a/$a '.repeat(380)}; done`],
  ])('are looked at up to a limit, and beyond it the command is HIGH: %s', (_, command) => {
    const counts = counting();
    expect(worstOf(assessBash({ command }, counts.places, NO_GRAMMARS))).toBe('HIGH');
    expect(counts.asked).toBeLessThanOrEqual(2_001);
  });

  it.each(['rm -rf /etc', 'rm -rf /*', 'rm -rf /usr/l*', 'echo x > /dev/sda', 'chmod -R 777 /'])(
    'hide nothing that is worse and said in so many words behind them: %s',
    (worse) => {
      expect(levelOfCommand(worse)).toBe('CRITICAL');
      expect(levelOfCommand(`for a in ${values}; do cat ${'$a/$a '.repeat(380)}; done; ${worse}`)).toBe('CRITICAL');
    },
  );

  it('are all looked at in daily work', () => {
    expect(levelOfCommand(`for f in ${values}; do cat src/$f.ts; done`)).toBe('LOW');
    expect(levelOfCommand(`cat ${Array.from({ length: 200 }, (_, at) => `src/file${at}.ts`).join(' ')}`)).toBe('LOW');
  });
});
