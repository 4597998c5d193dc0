// Clients of databases: what the SQL that they are given does, where it can be read.
import type { Finding } from '../../../work/types.ts';
import { sqlFindings } from '../../sql/assess-query.ts';
import { finding } from '../../verdict.ts';
import { type Arg, textOf } from '../arg.ts';
import { type CommandTable, found, type Judge } from '../call.ts';
import { pathFindings } from '../path-use.ts';
import { high, highs } from './high.ts';

interface Client {
  /** Options whose value is SQL. */
  readonly sql?: RegExp;
  readonly dialect: 'postgres' | 'sqlite';
  /** Statements of its own that only tell. */
  readonly shows?: RegExp;
}

function client({ sql, dialect, shows }: Client): Judge {
  return (call) => {
    const results: Finding[] = [found(call, 'MEDIUM', 'bash-database', `${call.name} talks to a database`)];
    const texts = sqlTexts(call.args, sql);
    const lists = call.args.length > 0 && call.args.every((arg) => /^(-l|--list|-V|--version)$/.test(textOf(arg) ?? ''));
    if (lists) return results;
    if (texts.length === 0) return [...results, found(call, 'HIGH', 'bash-runs-text', `${call.name} runs what it reads`)];
    for (const arg of texts) {
      const text = textOf(arg);
      if (text === undefined) results.push(finding('HIGH', 'bash-value-unknown', 'SQL that is known only when it runs', arg.span));
      else if (shows?.test(text) === true) continue;
      else if (/^\s*[\\.!]/.test(text) || text.includes('\\!') || text.includes('\\g')) results.push(...metaCommand(text, arg));
      else results.push(...sqlFindings(text, dialect, call.scope.grammars).map((each) => ({ ...each, span: arg.span })));
    }
    return results;
  };
}

function metaCommand(text: string, arg: Arg): Finding[] {
  const looks = /^\s*(\\(d[a-zA-Z+]*|l\+?|conninfo)|\.(tables|schema|databases|indexes|indices|dbinfo))(\s+[\w.]+)?\s*$/.test(text);
  return looks ? [] : [finding('HIGH', 'bash-runs-text', 'a command of the client, which may run programs or write files', arg.span)];
}

function sqlTexts(args: readonly Arg[], option: RegExp | undefined): Arg[] {
  if (option === undefined) return [];
  return args.flatMap((arg, at) => {
    const text = textOf(arg) ?? arg.start;
    const glued = /^--?[a-zA-Z]+=(.*)$/s.exec(text)?.[1];
    if (!option.test(text)) return [];
    if (glued !== undefined) return [{ ...arg, texts: [glued], start: glued }];
    if (/^-[a-z]./.test(text) && !text.startsWith('--')) return [{ ...arg, texts: [text.slice(2)], start: text.slice(2) }];
    return args[at + 1] === undefined ? [] : [args[at + 1] as Arg];
  });
}

const psql: Judge = (call) => {
  const risky = call.args.some((arg) => /^(-f|--file|-o|--output|-L|--log-file|-v|--set|--variable|-P)/.test(arg.start));
  return [...client({ sql: /^(-[a-zA-Z]*c|--command)/, dialect: 'postgres' })(call), ...(risky ? [found(call, 'HIGH', 'bash-runs-file', 'psql runs or writes a file')] : [])];
};
const SHOWS = /^\s*(show\s+(full\s+)?(tables|databases|schemas|columns|fields|index|indexes|processlist|status|variables|create\s+table)|describe|desc)\b[\w\s.`'%]*;?\s*$/i;
const mysql = client({ sql: /^(-e|--execute)/, dialect: 'sqlite', shows: SHOWS });

const judgeSqlite: Judge = (call) => {
  const operands = call.args.filter((arg) => !arg.start.startsWith('-'));
  const flags = call.args.filter((arg) => arg.start.startsWith('-'));
  const harmless = flags.every((arg) =>
    /^--?(readonly|header|noheader|csv|json|column|line|list|box|table|markdown|html|quote|batch|bail|separator|nullvalue|safe)$/.test(textOf(arg) ?? ''),
  );
  const [database, ...texts] = operands;
  const results: Finding[] = [found(call, 'MEDIUM', 'bash-database', 'sqlite3 opens a database')];
  if (!harmless) results.push(found(call, 'HIGH', 'bash-option-unlisted', 'sqlite3: an option that is not known to be harmless'));
  if (database !== undefined) results.push(...pathFindings(database, 'write', call.scope));
  if (texts.length === 0) return [...results, found(call, 'HIGH', 'bash-runs-text', 'sqlite3 runs what it reads')];
  return [
    ...results,
    ...client({ sql: /^-e$/, dialect: 'sqlite' })({ ...call, args: texts.flatMap((arg) => [{ ...arg, texts: ['-e'], start: '-e', exact: true, glob: false }, arg]) }),
  ];
};

const judgeRedis: Judge = (call) => {
  const words = call.args.map((arg) => textOf(arg) ?? '');
  const reads = words.some((word) =>
    /^(ping|get|mget|exists|keys|scan|type|ttl|pttl|llen|lrange|hget|hgetall|hlen|hkeys|scard|smembers|zrange|zcard|dbsize|info|strlen|time|--version)$/i.test(word),
  );
  const writes = words.some((word) =>
    /^(set|del|unlink|flushall|flushdb|config|eval|evalsha|script|debug|shutdown|slaveof|replicaof|module|save|bgsave|rename|migrate|restore|expire|lpush|rpush|hset|sadd|zadd|incr|decr|acl|client|cluster|--eval|--pipe|--rdb)$/i.test(
      word,
    ),
  );
  return [found(call, reads && !writes ? 'MEDIUM' : 'HIGH', 'bash-database', `${call.name} talks to a database`)];
};

export const DATABASES: CommandTable = {
  psql,
  mysql,
  mariadb: mysql,
  sqlite3: judgeSqlite,
  sqlite: judgeSqlite,
  duckdb: high('can read and write files'),
  'redis-cli': judgeRedis,
  valkey: judgeRedis,
  ...highs(
    'mongo mongosh cqlsh clickhouse-client influx sqlcmd sqlplus cockroach dropdb createdb dropuser createuser pg_restore mysqladmin pg_ctl initdb pg_resetwal mongorestore mongodump',
    'acts on a database',
  ),
  pg_dump: high('takes a whole database out'),
  pg_dumpall: high('takes all databases out'),
  mysqldump: high('takes a whole database out'),
  pg_isready: (call) => [found(call, 'MEDIUM', 'bash-database', 'asks whether a database is there')],
};
