// Restate: increments of virtual objects, 64 keys, one client for each, over its HTTP ingress. Server and SDK come from npm.
import { Agent, request } from 'node:http';
import { sized } from '../extent.mjs';
import { NotMeasured } from '../not-measured.mjs';
import { rate } from '../sampling.mjs';
import { peerModule, peerPath } from './modules.mjs';
import { freePort, startServer } from './server-process.mjs';

const KEYS = 64;
const INCREMENTS = sized(1_280, 64);

const agent = new Agent({ keepAlive: true, maxSockets: KEYS });

function post(port, path, body) {
  return new Promise((resolve, reject) => {
    const sent = request({ host: '127.0.0.1', port, path, method: 'POST', agent, headers: { 'content-type': 'application/json' } }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (part) => {
        text += part;
      });
      response.once('end', () => (response.statusCode < 300 ? resolve(text) : reject(new Error(`${path}: ${response.statusCode} ${text}`))));
    });
    sent.once('error', reject);
    sent.end(JSON.stringify(body));
  });
}

function serverProgram() {
  const platform = `${process.platform}-${process.arch}`;
  try {
    return peerPath(`@restatedev/restate-server-${platform}/bin/restate-server`);
  } catch {
    throw new NotMeasured(`the restate server for ${platform} is not installed: npm ci --prefix bench/peers`);
  }
}

/** Restate's SDK asks for what Node has from 22 on. */
function provideWithResolvers() {
  Promise.withResolvers ??= () => {
    const parts = {};
    parts.promise = new Promise((resolve, reject) => Object.assign(parts, { resolve, reject }));
    return parts;
  };
}

async function startService(port) {
  provideWithResolvers();
  const restate = await peerModule('@restatedev/restate-sdk');
  const counter = restate.object({
    name: 'counter',
    handlers: {
      add: async (ctx) => {
        const n = ((await ctx.get('n')) ?? 0) + 1;
        ctx.set('n', n);
        return n;
      },
    },
  });
  await restate
    .endpoint()
    .setLogger(() => {})
    .bind(counter)
    .listen(port);
}

export async function restatePeer(dir) {
  const program = serverProgram();
  const [ingress, admin, fabric, service] = [await freePort(), await freePort(), await freePort(), await freePort()];
  await startService(service);
  const env = {
    RESTATE_BASE_DIR: dir,
    RESTATE_NODE_NAME: 'bench',
    RESTATE_CLUSTER_NAME: 'bench',
    RESTATE_DISABLE_TELEMETRY: 'true',
    RESTATE_LOG_FILTER: 'error',
    RESTATE_BIND_ADDRESS: `127.0.0.1:${fabric}`,
    RESTATE_ADVERTISED_ADDRESS: `http://127.0.0.1:${fabric}`,
    RESTATE_INGRESS__BIND_ADDRESS: `127.0.0.1:${ingress}`,
    RESTATE_ADMIN__BIND_ADDRESS: `127.0.0.1:${admin}`,
  };
  const deploy = () => post(admin, '/deployments', { uri: `http://127.0.0.1:${service}` }).then(() => true);
  const server = await startServer(program, [], { env, cwd: dir, ready: deploy });
  const lane = async (key, count) => {
    for (let added = 0; added < count; added += 1) await post(ingress, `/counter/${key}/add`, null);
  };
  return {
    sample: () => rate(INCREMENTS, () => Promise.all(Array.from({ length: KEYS }, (_, key) => lane(`k${key}`, INCREMENTS / KEYS)))),
    stop: () => server.stop(),
  };
}
