// Our side: the door of port 9999 as a node opens it, every check on, with one volatile actor behind it. A process of its own.
import { openDoors } from '../../dist/gateway/http/open-doors.js';
import { systemClock } from '../../dist/runtime/index.js';
import { ask, system } from './asked-actor.mjs';
import { serveMeasured, TOKEN } from './measured-server.mjs';

const quiet = () => undefined;
const log = { debug: quiet, info: quiet, warn: console.error, error: console.error };
/** What the operations that are called here need of a node. */
const node = { clock: systemClock, system, facts: { listen: () => quiet, position: () => 0, read: quiet } };

await ask();
await serveMeasured(async (port) => {
  await openDoors({
    doors: [{ name: 'rpc', port, purpose: 'MCP and JSON-RPC' }],
    trust: { host: '127.0.0.1', pagePorts: [port], adminToken: TOKEN },
    clock: systemClock,
    log,
    nodeNow: () => node,
    identity: { resources: { issuer: 'http://127.0.0.1' } },
    // Counted, and never too many.
    requestsPerMinute: 1_000_000_000,
    busyAfterMs: 1_000,
    acceptHost: quiet,
  });
});
