// Our side where a whole node is asked: an agent in its session, an ended task, a token for each door. Run as `node-server.mjs FOLDER`.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { readConfig } from '../../dist/gateway/config.js';
import { freeOffset } from '../../dist/gateway/free-offset.js';
import { dispatch } from '../../dist/gateway/http/dispatch.js';
import { startNode } from '../../dist/gateway/main.js';
import { loadFleet } from '../../dist/gateway/node/fleet.js';
import { PERMISSIONS } from '../../dist/gateway/operations/index.js';
import { sized } from '../extent.mjs';
import { serveMeasured } from './measured-server.mjs';

const FLEET = `agents:
  - { name: supervisor, role: supervisor, port: 8089, capabilities: [plan], driver: playbook }
  - { name: testing, port: 8094, capabilities: [test], driver: playbook }
`;
const PLAN = { name: 'bench', workspace: '.', tasks: [{ id: 'read', agent: 'testing', steps: [{ bash: 'true' }, { bash: 'true' }] }] };
const LIFE_MS = 3_600_000;
const EVERY_MS = 50;
const EVENTS = sized(100, 5);

const [folder] = process.argv.slice(2);
const fleetFile = join(folder, 'fleet.yaml');
const workspace = join(folder, 'work');
let started;

function call(name, input) {
  return dispatch(() => started.node, { name, input, caller: { name: 'bench', permissions: PERMISSIONS }, signal: new AbortController().signal });
}

async function furnished() {
  const { issuer, resources } = started.node.identity;
  const claims = { sub: 'bench', name: 'bench', client_id: 'bench', scope: 'troupe:read', family: 'bench', lifeMs: LIFE_MS };
  const tokenFor = async (door) => (await issuer.issue({ ...claims, aud: resources.audiencesOf(door)[0] })).token;
  return { tokens: { api: await tokenFor('api'), rpc: await tokenFor('rpc') }, task: await endedTask() };
}

/** Its sessions would outlive it. */
async function stopAndThrow(error) {
  await started.stop();
  throw error;
}

async function endedTask() {
  const { plan } = await call('plan.run', { text: JSON.stringify(PLAN), file: 'plan.json', baseDir: workspace });
  const { status } = await call('plan.await', { plan });
  if (status !== 'succeeded') throw new Error(`the task of the bench ended as ${status}`);
  return `${plan}.read`;
}

/** Facts as agents make them, twenty a second: each is told to every subscriber. */
function tell(left = EVENTS) {
  if (left === 0) return;
  started.node.system.record('message.noted', { agent: 'testing', at: Date.now(), text: 'x'.repeat(200) });
  setTimeout(tell, EVERY_MS, left - 1);
}

await serveMeasured(
  async () => {
    mkdirSync(workspace);
    writeFileSync(fleetFile, FLEET);
    const offset = await freeOffset(loadFleet(fleetFile, folder).agents, '127.0.0.1', 21_000);
    const flags = { data: join(folder, 'node'), config: fleetFile, portOffset: String(offset) };
    // Counted as in every node, against a number that a bench does not reach.
    const config = readConfig({ flags, env: { TROUPE_REQUESTS_PER_MINUTE: '100000000' }, cwd: folder });
    started = await startNode({ config, cwd: folder, env: process.env });
    return { api: 5003 + offset, rpc: 9999 + offset, ...(await furnished().catch(stopAndThrow)) };
  },
  { tell: () => tell(), end: () => started.stop() },
);
