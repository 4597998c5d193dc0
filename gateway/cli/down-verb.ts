// `down`: stops the node of a data directory in order, ends what is left of it, and says what that was.
import { realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { type EndedProcess, endOwned, isRunning, type ProcessIdentity, removePlaces, signalProcess, tmuxSocket } from '../../actors/session/index.ts';
import { codedError } from '../../runtime/index.ts';
import { dataDirOwner } from '../../runtime/persistence/index.ts';
import { readIdentity } from '../data-dir.ts';
import { waitUntil } from '../node/wait-until.ts';
import { readNodeFile } from '../node-file.ts';
import { type Cli, configOf, nodeOf, say } from './cli.ts';
import type { Verb } from './verb.ts';

const STOP_MS = 40_000;
const KILL_MS = 3_000;
const SWEEP_MS = 2_000;

/** Also a node that is still starting, which only the lock knows. A copy of a data directory names the node of the first: that is not ours to end. */
function nodeProcess(dataDir: string): ProcessIdentity | undefined {
  if (readIdentity(dataDir) === undefined) return undefined;
  const known = [readNodeFile(dataDir), dataDirOwner(dataDir)].find((one) => one?.running === true);
  return known === undefined ? undefined : { pid: known.pid, startTime: known.startTime };
}

async function agentsOf(cli: Cli): Promise<readonly string[]> {
  try {
    const { items } = await nodeOf(cli).call<{ items: ReadonlyArray<{ name: string; session: unknown }> }>('agent.list');
    return items.filter(({ session }) => session !== null).map(({ name }) => name);
  } catch {
    return [];
  }
}

async function endNode({ clock }: Cli, node: ProcessIdentity): Promise<'SIGTERM' | 'SIGKILL'> {
  signalProcess(node, 'SIGTERM');
  if (await waitUntil(clock, () => !isRunning(node), STOP_MS)) return 'SIGTERM';
  signalProcess(node, 'SIGKILL');
  if (await waitUntil(clock, () => !isRunning(node), KILL_MS)) return 'SIGKILL';
  throw codedError('StopIncomplete', { pid: node.pid, withinMs: STOP_MS + KILL_MS });
}

async function sweep({ clock }: Cli, dataDir: string): Promise<readonly EndedProcess[]> {
  const identity = readIdentity(dataDir);
  if (identity === undefined) return [];
  const ended = await endOwned(identity.ownerToken, { clock, graceMs: SWEEP_MS, except: [process.pid] });
  removePlaces({ ownerToken: identity.ownerToken, temporaryDir: tmpdir() });
  rmSync(tmuxSocket(dataDir, identity.instance), { force: true });
  return ended;
}

function exists(folder: string): string | undefined {
  try {
    return realpathSync(folder);
  } catch {
    return undefined;
  }
}

async function down(cli: Cli): Promise<void> {
  const dataDir = exists(configOf(cli).dataDir);
  const node = dataDir === undefined ? undefined : nodeProcess(dataDir);
  const agents = node === undefined ? [] : await agentsOf(cli);
  const by = node === undefined ? null : await endNode(cli, node);
  const left = dataDir === undefined ? [] : await sweep(cli, dataDir);
  const answer = { stopped: node === undefined ? null : { pid: node.pid, by }, agents, swept: left.map(({ pid, command, by: ending }) => ({ pid, command, by: ending })) };
  say(cli, answer, () => {
    const head =
      node === undefined ? `no node is running under ${configOf(cli).dataDir}` : `stopped node ${node.pid}${by === 'SIGKILL' ? ' by SIGKILL: it did not end in time' : ''}`;
    const sessions = agents.length === 0 ? [] : [`with the sessions of ${agents.join(', ')}`];
    return [head, ...sessions, ...left.map(({ pid, command }) => `ended what was left: ${pid} ${command}`)].join('\n');
  });
}

export const DOWN_VERB: Verb = { name: 'down', summary: 'stops the node in order and says what it stopped', example: 'troupe down', run: down };
