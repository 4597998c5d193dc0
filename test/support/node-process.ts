// The built node (dist/) as a child process, for suites that test the program as it is used. How to use it:
//   const place = await nodePlace();                     a private folder, free ports, and what is started there ends with close()
//   afterAll(place.close);                               (or onTestFinished(place.close) inside a test)
//   const node = await up(place);                        `troupe up`, resolved once it has said ready; up(place, ['--config', file])
//   const { code, json } = await troupe(place, ['agents', '--json']);
//   await node.kill();                                   kill -9; `await up(place)` afterwards goes on from the same data
//   await node.stop();                                   SIGTERM, waits for its end
//   expect(place.left()).toEqual([]);                    processes with the owner token, sockets of tmux servers that still answer
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { builtInFleet } from '../../actors/fleet/built-in-fleet.ts';
import { endOwned, findOwned, signalProcess, tmuxSocket } from '../../actors/session/index.ts';
import { readIdentity } from '../../gateway/data-dir.ts';
import { doorsOf } from '../../gateway/ports.ts';
import { systemClock } from '../../runtime/index.ts';
import { dataDirOwner } from '../../runtime/persistence/index.ts';
import { type ChildProgram, type Ended, startProgram } from './child-program.ts';
import { privateOffset } from './free-port.ts';

export const ROOT = resolve(import.meta.dirname, '../..');
export const TROUPE = join(ROOT, 'dist/gateway/cli/troupe.js');
const VERB_MS = 60_000;
const READY_MS = 60_000;
const STOP_MS = 45_000;
/** A variable of whoever runs the tests must not steer the node of a test. */
const STEERING = /^(TROUPE_(?!TEST_)|NATS_URL$|REDIS_URL(_FILE)?$|DATABASE_URL$|ANTHROPIC_|OPENAI_|PORT$|TMUX$|TMUX_PANE$|XDG_STATE_HOME$|XDG_CONFIG_HOME$)/;

export interface PlaceOptions {
  /** More variables, or undefined to take one away: `{ TROUPE_TERMINAL: 'pty' }`. */
  readonly env?: Readonly<Record<string, string | undefined>>;
}

export interface NodePlace {
  /** Working directory of what runs here; gone with close(). */
  readonly folder: string;
  /** Data directory of the node: `<folder>/data`, not made yet. */
  readonly data: string;
  readonly offset: number;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly urls: { readonly health: string; readonly api: string; readonly rpc: string };
  /** What was started here, for close(). */
  readonly children: ChildProgram[];
  /** The node of this data directory, what runs with its owner token, and the tmux server on its socket: for people. */
  left(): readonly string[];
  /** Ends everything that is left and takes the folder away. */
  close(): Promise<void>;
}

/** A private folder with free ports. The variables TROUPE_DATA and TROUPE_PORT_OFFSET point there. */
export async function nodePlace({ env = {} }: PlaceOptions = {}): Promise<NodePlace> {
  if (!existsSync(TROUPE)) throw new Error(`there is no ${TROUPE}: run \`npm run build\``);
  const folder = mkdtempSync(join(tmpdir(), 'troupe-node-'));
  const data = join(folder, 'data');
  const home = join(folder, 'home');
  mkdirSync(home);
  const { offset, release } = await privateOffset(doorsOf(0, builtInFleet().agents).map(({ port }) => port));
  const kept = Object.fromEntries(Object.entries(process.env).filter(([name]) => !STEERING.test(name)));
  const children: ChildProgram[] = [];
  const at = (port: number): string => `http://127.0.0.1:${port + offset}`;
  return {
    folder,
    data,
    offset,
    env: { ...kept, HOME: home, TROUPE_DATA: data, TROUPE_PORT_OFFSET: String(offset), ...env },
    urls: { health: at(5001), api: at(5003), rpc: at(9999) },
    children,
    left: () => leftOf(data),
    close: async () => {
      for (const child of children) if (child.running()) child.signalGroup('SIGKILL');
      await endAll(data);
      rmSync(folder, { recursive: true, force: true });
      release();
    },
  };
}

/** Runs one verb to its end. Rejects when it does not end in time: a verb never hangs. */
export function troupe(
  place: NodePlace,
  args: readonly string[],
  more: { readonly env?: PlaceOptions['env']; readonly cwd?: string; readonly withinMs?: number } = {},
): Promise<Ended> {
  return startTroupe(place, args, more).ended(more.withinMs ?? VERB_MS);
}

/** A verb that runs on: what it prints, its signals and its end are the caller's. */
export function startTroupe(
  place: NodePlace,
  args: readonly string[],
  { env = {}, cwd = place.folder }: { readonly env?: PlaceOptions['env']; readonly cwd?: string } = {},
): ChildProgram {
  const child = startProgram(process.execPath, [TROUPE, ...args], { cwd, env: { ...place.env, ...env } });
  place.children.push(child);
  return child;
}

/** What `up --json` prints once every part is ready. */
export interface Ready {
  readonly ready: true;
  readonly pid: number;
  readonly instance: string;
  readonly dataDir: string;
  readonly urls: NodePlace['urls'];
  readonly terminal: string;
  readonly swept: readonly string[];
  /** How the first administrator logs in, where there is none. */
  readonly login?: string;
}

export interface NodeProcess extends Ready {
  readonly child: ChildProgram;
  /** SIGTERM; resolves with its end. */
  stop(): Promise<Ended>;
  /** SIGKILL; resolves once the process is gone. What it had started may still be ending: see `left`. */
  kill(): Promise<Ended>;
}

/** Starts a node and waits until it says ready. Rejects with its output when it ends before. */
export async function up(place: NodePlace, args: readonly string[] = [], env: PlaceOptions['env'] = {}): Promise<NodeProcess> {
  const child = startTroupe(place, ['up', '--json', ...args], { env });
  const ready = await child.until(({ stdout }) => readyIn(stdout()), READY_MS);
  const end = (name: NodeJS.Signals): Promise<Ended> => {
    child.signal(name);
    return child.ended(STOP_MS);
  };
  return { ...ready, child, stop: () => end('SIGTERM'), kill: () => end('SIGKILL') };
}

/** Undefined while the document is not whole. */
function readyIn(text: string): Ready | undefined {
  try {
    return JSON.parse(text) as Ready;
  } catch {
    return undefined;
  }
}

/** Polls until `look` gives something true; for what has no event to wait for. Rejects with its name. */
export async function eventually<T>(what: string, look: () => T | Promise<T>, withinMs = 15_000): Promise<NonNullable<T>> {
  for (const deadline = performance.now() + withinMs; ; await new Promise((resolve) => setTimeout(resolve, 50))) {
    const found = await look();
    if (found) return found as NonNullable<T>;
    if (performance.now() > deadline) throw new Error(`not within ${withinMs} ms: ${what}`);
  }
}

/** Undefined until a node was there. */
function ownerOf(data: string) {
  return existsSync(data) ? readIdentity(data) : undefined;
}

function leftOf(data: string): readonly string[] {
  const identity = ownerOf(data);
  if (identity === undefined) return [];
  const node = dataDirOwner(data);
  const processes = findOwned(identity.ownerToken).map(({ pid, command }) => `${pid} ${command}`);
  const socket = tmuxSocket(data, identity.instance);
  const answers = existsSync(socket) && spawnSync('tmux', ['-S', socket, 'list-sessions']).status === 0;
  return [...(node?.running === true ? [`node ${node.pid}`] : []), ...processes, ...(answers ? [socket] : [])];
}

async function endAll(data: string): Promise<void> {
  const identity = ownerOf(data);
  if (identity === undefined) return;
  // A node in the background is no child of ours: the lock knows it.
  const node = dataDirOwner(data);
  if (node?.running === true) signalProcess(node, 'SIGKILL');
  await endOwned(identity.ownerToken, { clock: systemClock, graceMs: 500 });
  rmSync(tmuxSocket(data, identity.instance), { force: true });
}
