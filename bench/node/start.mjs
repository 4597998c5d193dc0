// `troupe up` with the nine built-in agents, each in its terminal with its own host, until it says ready; beside it ten bare node
// processes that import ws, started at once. What node and hosts occupy is read at each ready. Leaves nothing running.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { endOwned, findOwned } from '../../dist/actors/session/index.js';
import { readIdentity } from '../../dist/gateway/data-dir.js';
import { freeOffset } from '../../dist/gateway/free-offset.js';
import { loadFleet } from '../../dist/gateway/node/fleet.js';
import { systemClock } from '../../dist/runtime/index.js';
import { sized } from '../extent.mjs';
import { FEWEST_PAIRS, quantile } from '../row-result.mjs';
import { FEWEST, interleave } from '../sampling.mjs';
import { withScratch } from '../scratch.mjs';

const PROGRAM = resolve('dist/gateway/cli/troupe.js');
const HOST = /actors\/session\/host\/main\.js/;
const PROCESSES = sized(10, 2);

/** The environment without what a person set for a node of their own. */
const environment = () => Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('TROUPE_') && !name.startsWith('NODE_')));

/** In MB. */
function residentSize(pid) {
  const [, kilobytes] = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'));
  return (Number(kilobytes) * 1_024) / 1_000_000;
}

/** Resolves when the command says that it is ready; rejects with what it said when it ends before. */
async function untilReady(child) {
  let said = '';
  const listen = (text) => {
    said += text;
  };
  child.stdout.on('data', listen);
  child.stderr.on('data', listen);
  const ended = once(child, 'exit').then(([code]) => {
    throw new Error(`troupe up ended with ${code}: ${said}`);
  });
  ended.catch(() => {});
  const ready = new Promise((resolve) => {
    child.stdout.on('data', () => {
      if (/"ready": true/.test(said)) resolve();
    });
  });
  await Promise.race([ready, ended]);
}

async function oneStart(dir, offset) {
  const from = performance.now();
  const child = spawn(process.execPath, [PROGRAM, 'up', '--json', '--data', dir, '--port-offset', String(offset)], {
    cwd: dirname(dir),
    env: environment(),
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const gone = once(child, 'exit');
  try {
    await untilReady(child);
    const time = performance.now() - from;
    const hosts = findOwned(readIdentity(dir).ownerToken).filter(({ command }) => HOST.test(command));
    return { time, node: residentSize(child.pid), hosts: hosts.map(({ pid }) => residentSize(pid)) };
  } finally {
    child.kill('SIGTERM');
    await gone;
    const identity = readIdentity(dir);
    if (identity !== undefined) await endOwned(identity.ownerToken, { clock: systemClock, graceMs: 1_000 });
  }
}

async function bareProcess() {
  const child = spawn(process.execPath, ['--input-type=module', '-e', "import 'ws'; console.log('up')"], { env: environment(), stdio: ['ignore', 'pipe', 'inherit'] });
  const gone = once(child, 'exit');
  const [line] = await once(createInterface({ input: child.stdout }), 'line');
  if (line !== 'up') throw new Error(`a bare process said '${line}'`);
  return { gone };
}

async function bareStart() {
  const from = performance.now();
  const started = await Promise.all(Array.from({ length: PROCESSES }, bareProcess));
  const time = performance.now() - from;
  await Promise.all(started.map(({ gone }) => gone));
  return time;
}

export const start = () =>
  withScratch(async (scratch) => {
    const { agents } = loadFleet(null, scratch);
    const offset = await freeOffset(agents, '127.0.0.1', 20_000);
    const seen = [];
    const ours = async () => {
      const one = await oneStart(join(scratch, `node-${seen.length}`), offset);
      if (one.hosts.length !== agents.length) throw new Error(`${one.hosts.length} hosts of ${agents.length} agents`);
      seen.push(one);
      return one.time;
    };
    const times = await interleave({ ours, peer: bareStart }, FEWEST);
    const measured = seen.slice(-FEWEST_PAIRS);
    return {
      'start.ready': times,
      'rss.node': { ours: measured.map(({ node }) => node) },
      // The largest host of each start.
      'rss.host': { ours: measured.map(({ hosts }) => quantile(hosts, 1)) },
    };
  });
