// A node of the product for the official suite, in a private folder and on free ports, with the conformance profile next to its own doors.
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { builtInFleet } from '../../actors/fleet/built-in-fleet.ts';
import type { NodeConfig } from '../../gateway/config.ts';
import { readDoorConfig } from '../../gateway/door-config.ts';
import { freeOffset } from '../../gateway/free-offset.ts';
import type { Identity } from '../../gateway/identity/identity.ts';
import { startNode } from '../../gateway/main.ts';
import { freePort } from '../support/free-port.ts';
import { conformanceOffer } from './conformance-offer.ts';
import { openProfile } from './profile.ts';

/** Far below the ports that the kernel gives to clients. */
const FIRST_OFFSET = 2_000;
const OFFSETS = 20_000;
const END_BLOCKED_MS = 60_000;

export interface ConformanceNode {
  /** Of the profile's MCP endpoint. */
  readonly url: string;
  readonly identity: Identity;
  close(): Promise<void>;
}

/** `clientDocuments`: the switch of the product for clients that are named by a URL. */
export async function conformanceNode({ clientDocuments = false } = {}): Promise<ConformanceNode> {
  const folder = mkdtempSync(join(tmpdir(), 'troupe-conformance-'));
  const endings = [async () => rmSync(folder, { recursive: true, force: true })];
  const close = async (): Promise<void> => {
    for (const end of endings.splice(0).reverse()) await end();
  };
  try {
    for (const name of ['work', 'home']) mkdirSync(join(folder, name));
    const started = await startNode({ config: { ...(await configOf(folder)), clientDocuments }, cwd: folder, env: { PATH: process.env.PATH, HOME: join(folder, 'home') } });
    endings.push(async () => void (await started.stop()));
    const profile = await openProfile(
      conformanceOffer(() => started.node, join(folder, 'work')),
      await freePort(),
    );
    endings.push(profile.close);
    return { url: profile.url, identity: started.node.identity, close };
  } catch (error) {
    await close();
    throw error;
  }
}

async function configOf(folder: string): Promise<NodeConfig> {
  const portOffset = await freeOffset(builtInFleet().agents, '127.0.0.1', FIRST_OFFSET + 100 * Math.floor((Math.random() * OFFSETS) / 100));
  return {
    dataDir: join(folder, 'data'),
    fleetFile: null,
    host: '127.0.0.1',
    portOffset,
    logLevel: 'info',
    endBlockedMs: END_BLOCKED_MS,
    clientDocuments: false,
    redis: null,
    ...readDoorConfig({}),
    tls: null,
    caFile: null,
  };
}
