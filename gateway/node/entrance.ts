// Where others come in: the ports, open before the node is ready so that they say so, and the directory of hosts that connect to one of them.
import { createHostDirectory, type HostDirectory } from '../../actors/session/index.ts';
import { type OpenDoors, openDoors } from '../http/open-doors.ts';
import type { Ground } from './ground.ts';
import { hostCalls } from './host-calls.ts';
import type { NodeLife } from './node-life.ts';
import type { Undoing } from './undoing.ts';

const HEARTBEAT_MS = 2_000;
const MISSED_HEARTBEATS = 5;
const DASHBOARD_PORT = 5173;

export interface Entrance {
  readonly directory: HostDirectory;
  readonly front: OpenDoors;
}

export async function openEntrance({ config, clock, log, dataDir, site, doors, certificate, identity }: Ground, life: NodeLife, undo: Undoing): Promise<Entrance> {
  const directory = createHostDirectory({
    clock,
    heartbeatMs: HEARTBEAT_MS,
    missedHeartbeats: MISSED_HEARTBEATS,
    nextEpoch: life.nextHostEpoch,
    ...hostCalls(life.systemNow, log),
  });
  undo.add(() => directory.close());
  const pagePorts = [...doors.map(({ port }) => port), DASHBOARD_PORT + config.portOffset];
  const front = await openDoors({
    doors,
    trust: { host: config.host, site, pagePorts, origins: config.origins, adminToken: dataDir.adminToken, tokens: identity.tokens },
    requestsPerMinute: config.requestsPerMinute,
    busyAfterMs: config.busyAfterMs,
    stopping: life.ending.signal,
    identity,
    certificate,
    clientDocuments: config.clientDocuments,
    clock,
    log,
    nodeNow: () => life.node,
    acceptHost: (socket, remote) => directory.accept(socket, remote),
  });
  undo.add(() => front.close());
  return { directory, front };
}
