// Where a failure drill happens: a temporary folder with a data directory, a small fleet and free ports of its own. Where the machine
// lets us, the data directory is a small disk that can be filled. Gone afterwards, with everything that still runs in it.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { endOwned } from '../../actors/session/index.ts';
import type { Clock } from '../../runtime/index.ts';
import { readIdentity } from '../data-dir.ts';
import { freeOffset } from '../free-offset.ts';
import { LARGEST_OFFSET } from '../ports.ts';

export interface DrillPlace {
  readonly home: string;
  readonly data: string;
  /** What steps of plans write into: outside the data directory and the workspace. */
  readonly ledger: string;
  readonly workspace: string;
  readonly fleetFile: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Why the disk cannot be filled; null when it can. */
  readonly noDisk: string | null;
  /** Ends what still runs with the node's owner token, and takes everything away. */
  close(): Promise<void>;
}

/** Two that only lead, three that work. */
const AGENTS = [{ name: 'master', role: 'master' }, { name: 'supervisor', role: 'supervisor' }, { name: 'builder' }, { name: 'tester' }, { name: 'writer' }];
export const WORKERS = ['builder', 'tester', 'writer'] as const;

/** Settings of other nodes do not reach this one. */
const STEERING = /^(TROUPE_(?!TEST_|TERMINAL$)|NATS_URL$|REDIS_URL(_FILE)?$|DATABASE_URL$|ANTHROPIC_|OPENAI_|PORT$|TMUX$|TMUX_PANE$|XDG_STATE_HOME$)/;
const DISK_MEGABYTES = 96;
const GRACE_MS = 500;
const HOST = '127.0.0.1';

export interface PlaceWish {
  readonly clock: Clock;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly random: () => number;
}

export async function openDrillPlace({ clock, env, random }: PlaceWish): Promise<DrillPlace> {
  const home = mkdtempSync(join(tmpdir(), 'troupe-chaos-'));
  const [data, workspace, temporary] = ['data', 'work', 'tmp'].map((name) => join(home, name)) as [string, string, string];
  for (const folder of [data, workspace, temporary]) mkdirSync(folder, { mode: 0o700 });
  const noDisk = mountDisk(data);
  const fleetFile = join(home, 'fleet.json');
  writeFileSync(fleetFile, JSON.stringify({ agents: AGENTS }));
  // Not the default ports, and mostly not those of another drill.
  const offset = await freeOffset([], HOST, 100 * Math.floor((random() * LARGEST_OFFSET) / 250));
  const kept = Object.fromEntries(Object.entries(env).filter(([name]) => !STEERING.test(name)));
  return {
    home,
    data,
    ledger: join(home, 'ledger.txt'),
    workspace,
    fleetFile,
    noDisk,
    env: { ...kept, HOME: home, TMPDIR: temporary, TROUPE_DATA: data, TROUPE_CONFIG: fleetFile, TROUPE_PORT_OFFSET: String(offset), TROUPE_HOST: HOST },
    async close() {
      const identity = existsSync(data) ? readIdentity(data) : undefined;
      if (identity !== undefined) await endOwned(identity.ownerToken, { clock, graceMs: GRACE_MS });
      if (noDisk === null) spawnSync('umount', ['-l', data]);
      rmSync(home, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 });
    },
  };
}

/** Returns why not. */
function mountDisk(folder: string): string | null {
  if (process.getuid?.() !== 0) return 'only root may mount a small disk to fill';
  const { status, stderr, error } = spawnSync('mount', ['-t', 'tmpfs', '-o', `size=${DISK_MEGABYTES}m,mode=0700`, 'troupe-chaos', folder], { encoding: 'utf8' });
  if (error !== undefined) return 'there is no mount command';
  return status === 0 ? null : `no small disk to fill could be mounted (${stderr.trim()})`;
}
