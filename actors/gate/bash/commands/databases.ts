// Clients of databases: what the SQL that they are given does, where it can be read.
import type { Finding } from '../../../work/types.ts';
import { sqlFindings } from '../../sql/assess-query.ts';
import { finding } from '../../verdict.ts';
import { type Arg, textOf } from '../arg.ts';
import { type CommandTable, found, type Judge } from '../call.ts';
import { readWords } from '../option-grammar.ts';
import { pathFindings } from '../path-use.ts';
import { subcommands } from '../subcommands.ts';
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
    if (!option.test(text)) return [];
    const glued = /^--?[a-zA-Z]+=(.*)$/s.exec(text)?.[1] ?? (text.startsWith('--') ? '' : text.replace(option, ''));
    if (glued !== '') return [{ ...arg, texts: [glued], start: glued }];
    return args[at + 1] === undefined ? [] : [args[at + 1] as Arg];
  });
}

const psql: Judge = (call) => {
  const risky = call.args.some((arg) => /^(-f|--file|-o|--output|-L|--log-file|-v|--set|--variable|-P)/.test(arg.start));
  return [
    ...client({ sql: /^(-[AabEeHlnqSstWwXxz01]*c|--command)/, dialect: 'postgres' })(call),
    ...(risky ? [found(call, 'HIGH', 'bash-runs-file', 'psql runs or writes a file')] : []),
  ];
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

const REDIS_OPTIONS =
  'h: p: a: u: n: r: i: 2 3 c e user: pass: host: port: tls cacert: insecure no-auth-warning raw no-raw csv json quoted-input scan pattern: count: bigkeys memkeys hotkeys stat latency version help';
const REDIS_SURVEYS = ['scan', 'bigkeys', 'memkeys', 'hotkeys', 'stat', 'latency', 'version', 'help'];
/** Commands of Redis that only look; those with words of their own by two words. */
const REDIS_LOOKS =
  /^(ping|echo|get|mget|getrange|exists|keys|scan|type|ttl|pttl|strlen|llen|lrange|lindex|lpos|hget|hmget|hgetall|hlen|hkeys|hvals|hexists|hscan|scard|smembers|sismember|sscan|srandmember|zrange|zrevrange|zrangebyscore|zcard|zscore|zcount|zrank|zscan|xlen|xrange|xrevrange|dbsize|info|time|role|lastsave|randomkey|bitcount|getbit|geopos|geodist|pfcount|touch|(config get (?!\S*(pass|auth|\*))\S+)|client (list|info|getname|id)|memory (usage|stats|doctor)|object (encoding|idletime|freq|refcount)|cluster (info|nodes|slots|shards)|xinfo (stream|groups|consumers)|slowlog (get|len)|latency (latest|history|doctor)|pubsub (channels|numsub|numpat)|acl (whoami|list|users)|command (count|docs|info)|function list|module list|script exists)( |$)/i;

const judgeRedis: Judge = (call) => {
  const { options, operands, unlisted } = readWords(call.args, REDIS_OPTIONS, { first: true });
  const words = operands.map((arg) => textOf(arg) ?? '').join(' ');
  const surveys = operands.length === 0 && options.some(({ option }) => REDIS_SURVEYS.includes(option.name));
  const looks = unlisted.length === 0 && (surveys || REDIS_LOOKS.test(words));
  return [found(call, looks ? 'MEDIUM' : 'HIGH', 'bash-database', `${call.name} ${looks ? 'looks into' : 'may change'} a database`)];
};

/** One query of MongoDB's shell that reads, with plain values: its texts are programs otherwise. */
const MONGO_LOOKS =
  /^\s*(db(\.\w+)*\.(find|findOne|count|countDocuments|estimatedDocumentCount|distinct|stats|getCollectionNames|getIndexes|serverStatus|version|hello|getName)\([^;()`$=]*\)(\.(limit|skip|sort|pretty|count|toArray|size)\([^;()`$=]*\))*|show (dbs|databases|collections|tables|users))\s*;?\s*$/;

const judgeMongo: Judge = (call) => {
  const { options, unlisted, dangerous } = readWords(call.args, 'quiet norc eval: host: port: json? version help nodb');
  const texts = options.flatMap(({ option, value }) => (option.name === 'eval' ? [textOf(value) ?? ''] : []));
  const looks = unlisted.length === 0 && dangerous.length === 0 && texts.length === 1 && MONGO_LOOKS.test(texts[0] ?? '') && call.args.every(({ exact }) => exact);
  return [found(call, looks ? 'MEDIUM' : 'HIGH', 'bash-database', `${call.name} ${looks ? 'looks into' : 'acts on'} a database`)];
};

const judgeMysqlAdmin: Judge = (call) => {
  const { operands } = readWords(call.args, 'u: h: P: S: p? user: host: port: socket: password? version help v verbose s silent i: c: sleep: count: r relative');
  const looks = operands.length > 0 && operands.every((arg) => /^(status|ping|version|processlist|variables|extended-status)$/.test(textOf(arg) ?? ''));
  return [found(call, looks ? 'MEDIUM' : 'HIGH', 'bash-system', `${call.name} ${looks ? 'asks' : 'acts on'} a database`)];
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
  'valkey-cli': judgeRedis,
  mongo: judgeMongo,
  mongosh: judgeMongo,
  mysqladmin: judgeMysqlAdmin,
  flyway: subcommands({ MEDIUM: 'info, validate, version', otherwise: 'HIGH' }),
  liquibase: subcommands({ MEDIUM: 'status, validate, history, diff', otherwise: 'HIGH' }),
  ...highs(
    'cqlsh clickhouse-client influx sqlcmd sqlplus snowsql trino beeline impala-shell isql bteq cockroach dropdb createdb dropuser createuser pg_restore pg_ctl initdb pg_resetwal mongorestore mongodump',
    'acts on a database',
  ),
  pg_dump: high('takes a whole database out'),
  pg_dumpall: high('takes all databases out'),
  mysqldump: high('takes a whole database out'),
  pg_isready: (call) => [found(call, 'MEDIUM', 'bash-database', 'asks whether a database is there')],
};
