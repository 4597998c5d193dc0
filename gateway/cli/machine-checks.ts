// What `doctor` looks at: the machine first, then the node's own places. Each check says what is wrong and how to mend it.
import { execFile } from 'node:child_process';
import { accessSync, constants, existsSync, statfsSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { probeContainment } from '../../actors/gate/execute/containment/probe.ts';
import { READ_MODEL_MIGRATIONS } from '../../actors/read-model/index.ts';
import { findExecutable, hostCommand, loadPty } from '../../actors/session/index.ts';
import type { Clock } from '../../runtime/index.ts';
import { databaseFlaw, dataDirOwner, explainStatement, JOURNAL_MIGRATIONS, projectionMigrations } from '../../runtime/persistence/index.ts';
import { type NodeConfig, siteOf } from '../config.ts';
import { firstTaken } from '../free-offset.ts';
import { IDENTITY_MIGRATIONS } from '../identity/schema.ts';
import { loadFleet } from '../node/fleet.ts';
import { lookAtRedis } from '../node/open-shared-answers.ts';
import { readNodeFile } from '../node-file.ts';
import { doorsOf } from '../ports.ts';
import { redisName } from '../redis-config.ts';
import { loadCertificate } from '../tls/certificate.ts';
import { proveTrust } from '../tls/prove-trust.ts';

export interface Finding {
  readonly status: 'ok' | 'warning' | 'failed';
  readonly detail: string;
  readonly fix?: string;
}

export interface MachineCheck {
  readonly name: string;
  look(setting: CheckSetting): Promise<Finding> | Finding;
}

export interface CheckSetting {
  readonly config: NodeConfig;
  readonly clock: Clock;
  readonly cwd: string;
  readonly env: Readonly<Record<string, string | undefined>>;
}

const ok = (detail: string): Finding => ({ status: 'ok', detail });
const failed = (detail: string, fix: string): Finding => ({ status: 'failed', detail, fix });
const warning = (detail: string, fix: string): Finding => ({ status: 'warning', detail, fix });

const OLDEST = [20, 19] as const;
const DAY_MS = 86_400_000;
const RENEW_WITHIN_DAYS = 30;
const LEAST_FREE_BYTES = 200 * 1_048_576;
/** Longer files take too long to be read whole. */
const LONGEST_READ_BYTES = 1_073_741_824;
/** What a node starts from, with what this version knows of each. */
const KEPT = { 'shared_inbox.db': JOURNAL_MIGRATIONS, 'auth.db': IDENTITY_MIGRATIONS, 'mcp_system.db': projectionMigrations(READ_MODEL_MIGRATIONS) } as const;
const DATABASES = Object.keys(KEPT) as ReadonlyArray<keyof typeof KEPT>;
/** A projection of the journal. */
const MADE_AGAIN = 'mcp_system.db';
const MAKE_AGAIN = 'move it away: the next `troupe up` makes it anew from the journal';
const RESTORE = 'restore a backup: their names are the folders in `backups` of the data directory, `troupe restore ID --force`';
const run = promisify(execFile);

function isOldNode(version: string): boolean {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  return major < OLDEST[0] || (major === OLDEST[0] && minor < OLDEST[1]);
}

async function program(name: string, flag: string, { env }: CheckSetting, missing: Finding): Promise<Finding> {
  const binary = findExecutable(name, env.PATH ?? '');
  if (binary === null) return missing;
  const { stdout } = await run(binary, [flag], { timeout: 5_000 }).catch(() => ({ stdout: '' }));
  return stdout === '' ? failed(`${binary} does not answer ${flag}`, `install ${name} again`) : ok(`${stdout.trim()} (${binary})`);
}

/** The nearest folder that is there. */
function existing(folder: string): string {
  return existsSync(folder) ? folder : existing(dirname(folder));
}

function isWritable(folder: string): boolean {
  try {
    accessSync(folder, constants.W_OK | constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

function dataDirFinding({ config: { dataDir } }: CheckSetting): Finding {
  const folder = existing(dataDir);
  if (isWritable(folder)) return ok(folder === dataDir ? dataDir : `${dataDir} will be made`);
  return failed(`${folder} cannot be written`, 'choose another with --data or TROUPE_DATA, or give this user write permission');
}

function diskFinding({ config: { dataDir } }: CheckSetting): Finding {
  const { bavail, bsize } = statfsSync(existing(dataDir));
  const free = `${Math.floor((bavail * bsize) / 1_048_576)} MiB free`;
  return bavail * bsize < LEAST_FREE_BYTES ? failed(free, 'free some space, or choose a data directory on another disk') : ok(free);
}

/** A running node says it itself. */
function databasesFinding({ config: { dataDir } }: CheckSetting): Finding {
  if (dataDirOwner(dataDir)?.running === true) return ok('in use by the node');
  const there = DATABASES.filter((name) => existsSync(join(dataDir, name)));
  // SQLite opens no database with a log in a folder that it cannot write to: that says nothing of what is in it.
  if (there.length > 0 && !isWritable(dataDir)) return warning('not looked at: the data directory cannot be written', 'make it writable first');
  const read = there.filter((name) => statSync(join(dataDir, name)).size <= LONGEST_READ_BYTES);
  for (const name of read) {
    const flaw = databaseFlaw(join(dataDir, name), KEPT[name]);
    if (flaw?.kind === 'newer')
      return failed(`${join(dataDir, name)} was written by a newer version of Troupe: ${flaw.problem}`, 'update troupe, or choose another data directory');
    if (flaw !== undefined) return failed(`${join(dataDir, name)} is damaged: ${flaw.problem}`, name === MADE_AGAIN ? MAKE_AGAIN : RESTORE);
  }
  if (there.length === 0) return ok('none yet');
  return ok(read.length === there.length ? `${there.join(', ')} can be read` : 'too long to be read here: `troupe audit verify` reads the journal');
}

function lockFinding({ config: { dataDir } }: CheckSetting): Finding {
  const owner = dataDirOwner(dataDir);
  if (owner === undefined) return ok('nobody holds it');
  return owner.running ? ok(`held by process ${owner.pid}`) : warning(`process ${owner.pid} ended without letting go`, 'nothing to do: the next `troupe up` goes on from there');
}

async function portsFinding({ config, cwd }: CheckSetting): Promise<Finding> {
  if (readNodeFile(config.dataDir)?.running === true) return ok('open: the node is running');
  const doors = doorsOf(config.portOffset, loadFleet(config.fleetFile, cwd).agents);
  const taken = await firstTaken(doors, config.host);
  if (taken === undefined) return ok(`${doors.length} free on ${config.host}`);
  return failed(`port ${taken.port} (${taken.purpose}) is in use on ${config.host}`, 'end what uses it, or give --port-offset 100');
}

/** What `up` would refuse is thrown. */
async function certificateFinding({ config, clock }: CheckSetting): Promise<Finding> {
  const { tls, caFile, shown, host: bound } = config;
  if (tls === null) return ok('none: the doors speak plain HTTP');
  const { host } = siteOf(config);
  const certificate = loadCertificate({ config: tls, host, now: clock.now() });
  await proveTrust({ certificate, bound, host, caFile, clients: tls.clients, shown, clock });
  const days = Math.floor((certificate.expiresAt - clock.now()) / DAY_MS);
  const clients = tls.clients === undefined ? '' : `; clients ${tls.clients.required ? 'must' : 'may'} show one too`;
  const detail = `for ${host}, good for ${days} days more${clients}`;
  return days < RENEW_WITHIN_DAYS ? warning(detail, `renew ${tls.certFile}: a running node takes up the new one by itself`) : ok(detail);
}

/** A node starts and answers without it too. */
async function redisFinding({ config: { redis, caFile }, clock }: CheckSetting): Promise<Finding> {
  if (redis === null) return ok('none: answers are kept in memory alone');
  const { state, problem } = await lookAtRedis(redis, caFile, clock);
  const name = redisName(redis);
  return state === 'ready'
    ? ok(`lets this node in at ${name}`)
    : warning(`${name} is away: ${problem ?? 'no answer'}`, 'look at REDIS_URL, and at the Redis: without it answers are kept in memory alone');
}

export const MACHINE_CHECKS: readonly MachineCheck[] = [
  {
    name: 'node',
    look: () =>
      isOldNode(process.versions.node) ? failed(`Node.js ${process.versions.node}`, `install Node.js ${OLDEST.join('.')} or newer`) : ok(`Node.js ${process.versions.node}`),
  },
  {
    name: 'better-sqlite3',
    look: () => {
      const verdict = explainStatement('/nowhere/at-all.db', 'SELECT 1');
      return verdict.ok ? ok('loads') : failed(verdict.why, 'run `npm rebuild better-sqlite3`; it needs a C++ compiler where there is no prebuilt one');
    },
  },
  { name: 'git', look: (setting) => program('git', '--version', setting, failed('not in PATH', 'install git: tasks work in git worktrees')) },
  {
    name: 'tmux',
    look: (setting) => program('tmux', '-V', setting, warning('not in PATH: sessions run without it and nobody can attach', 'install tmux')),
  },
  {
    name: 'node-pty',
    look: async () =>
      (await loadPty()) === null ? warning('not installed: without tmux, sessions are plain pipes', 'install a C++ compiler and run `npm ci` again') : ok('loads'),
  },
  {
    name: 'bubblewrap',
    async look({ env }) {
      const found = await probeContainment(env.PATH ?? '');
      const without = 'the token file cannot be hidden from agents, so HIGH and CRITICAL are decided by people who have logged in';
      return found.kind === 'bubblewrap' ? ok(found.detail) : warning(`${found.detail}; ${without}`, found.fix);
    },
  },
  {
    name: 'agent host',
    look: () => {
      const file = hostCommand().find((word) => word.endsWith('.js')) ?? '';
      return existsSync(file) ? ok(file) : failed(`there is no ${file}`, 'run `npm run build`, or install troupe again');
    },
  },
  { name: 'fleet', look: ({ config, cwd }) => ok(`${loadFleet(config.fleetFile, cwd).agents.length} agents`) },
  { name: 'data directory', look: dataDirFinding },
  { name: 'disk', look: diskFinding },
  { name: 'lock', look: lockFinding },
  { name: 'databases', look: databasesFinding },
  { name: 'certificate', look: certificateFinding },
  { name: 'redis', look: redisFinding },
  { name: 'ports', look: portsFinding },
];
