// The faults of a drill as data: what each does to the node, and why a machine cannot have it. Each ends by itself.
import { closeSync, openSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import type { AgentReport } from '../../actors/agent/agent-report.ts';
import { type Clock, isCoded, ROOT_ADDRESS } from '../../runtime/index.ts';
import { holdWriteLock } from '../../runtime/persistence/index.ts';
import { pause } from '../node/wait-until.ts';
import type { DrillLoad } from './drill-load.ts';
import type { DrillPlace } from './drill-place.ts';
import type { DrilledNode } from './drilled-node.ts';
import { oneOf } from './seeded-random.ts';

export interface Drill {
  readonly node: DrilledNode;
  readonly place: DrillPlace;
  readonly load: DrillLoad;
  readonly clock: Clock;
  readonly random: () => number;
}

export interface DrillFault {
  readonly name: string;
  /** How many of its turns it gets beside the others. */
  readonly weight: number;
  /** Processes and actors that it ends. */
  readonly kills: number;
  /** The node answers nobody meanwhile. */
  readonly outage: boolean;
  /** Why it cannot be done here. */
  missing?(place: DrillPlace): string | null;
  /** Rejects when it could not be done: that is a fault of the drill. */
  strike(drill: Drill): Promise<void>;
}

interface Branch {
  readonly address: string;
  readonly children: readonly Branch[];
}

const LONGEST_START_MS = 700;
const LONGEST_STOP_MS = 1_500;
const LONGEST_LOCK_MS = 1_500;
const LONGEST_FULL_MS = 1_500;
const MEGABYTE = Buffer.alloc(1_048_576);
const PAGE = Buffer.alloc(4_096);

const between = (random: () => number, most: number): number => most * (0.2 + 0.8 * random());
const addressesOf = ({ address, children }: Branch): readonly string[] => [address, ...children.flatMap(addressesOf)];

async function killNode({ node }: Drill): Promise<void> {
  await node.kill();
  await node.start();
}

async function killInStart({ node, clock, random }: Drill): Promise<void> {
  await node.kill();
  node.begin();
  await pause(clock, random() * LONGEST_START_MS);
  await node.kill();
  await node.start();
}

async function stopNode({ node, clock, random }: Drill): Promise<void> {
  node.signal('SIGSTOP');
  await pause(clock, between(random, LONGEST_STOP_MS));
  node.signal('SIGCONT');
}

/** The process id of a session, at random; of one that is just being started again there is none. */
async function sessionOf({ load, random }: Drill): Promise<number | undefined> {
  const { items } = await load.call<{ items: readonly AgentReport[] }>('agent.list', {});
  const pids = items.flatMap(({ session }) => session?.pid ?? []);
  return pids.length === 0 ? undefined : oneOf(random, pids);
}

function signalSession(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // Gone meanwhile.
  }
}

async function killSession(drill: Drill): Promise<void> {
  const pid = await sessionOf(drill);
  if (pid !== undefined) signalSession(pid, 'SIGKILL');
}

async function stopSession(drill: Drill): Promise<void> {
  const pid = await sessionOf(drill);
  if (pid === undefined) return;
  signalSession(pid, 'SIGSTOP');
  await pause(drill.clock, between(drill.random, LONGEST_STOP_MS));
  signalSession(pid, 'SIGCONT');
}

async function killActor({ node, load, random }: Drill): Promise<void> {
  const { tree } = await load.call<{ tree: readonly Branch[] }>('actor.tree', {});
  const address = oneOf(
    random,
    tree.flatMap(addressesOf).filter((one) => one !== ROOT_ADDRESS),
  );
  await node
    .client('chaos')
    .call('actor.kill', { address })
    .catch((error: unknown) => {
      // It has ended by itself meanwhile.
      if (!isCoded(error, 'NoSuchActor')) throw error;
    });
}

async function lockJournal({ place, clock, random }: Drill): Promise<void> {
  let release = holdWriteLock(place.data);
  while (release === undefined) {
    await pause(clock, 1);
    release = holdWriteLock(place.data);
  }
  await pause(clock, between(random, LONGEST_LOCK_MS));
  release();
}

async function fillDisk({ place, clock, random }: Drill): Promise<void> {
  const file = join(place.data, 'filler');
  const handle = openSync(file, 'w');
  try {
    for (const block of [MEGABYTE, PAGE]) while (writes(handle, block));
    await pause(clock, between(random, LONGEST_FULL_MS));
  } finally {
    closeSync(handle);
    rmSync(file);
  }
}

/** False once the disk is full. */
function writes(handle: number, block: Buffer): boolean {
  try {
    return writeSync(handle, block) === block.length;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOSPC') return false;
    throw error;
  }
}

const NO_CLOCK = 'a step of the clock would reach everything on this machine; the suites step a simulated one';

export const DRILL_FAULTS: readonly DrillFault[] = [
  { name: 'node killed', weight: 3, kills: 1, outage: true, strike: killNode },
  { name: 'node killed again while it starts', weight: 1, kills: 2, outage: true, strike: killInStart },
  { name: 'node stopped and continued', weight: 1, kills: 0, outage: true, strike: stopNode },
  { name: 'session killed', weight: 2, kills: 1, outage: false, strike: killSession },
  { name: 'session stopped and continued', weight: 1, kills: 0, outage: false, strike: stopSession },
  { name: 'actor killed', weight: 4, kills: 1, outage: false, strike: killActor },
  { name: 'journal locked by another process', weight: 1, kills: 0, outage: true, strike: lockJournal },
  { name: 'disk full', weight: 1, kills: 0, outage: true, missing: ({ noDisk }) => noDisk, strike: fillDisk },
  { name: 'clock stepped', weight: 0, kills: 0, outage: false, missing: () => NO_CLOCK, strike: async () => undefined },
];
