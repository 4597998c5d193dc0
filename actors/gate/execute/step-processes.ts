// Everything that one command started: its process group, what descends from it, and what was given its temporary folder. A process
// that left all three behind (own session, orphaned, environment cleared) is not found; only containment keeps those.
import { readdirSync, readFileSync } from 'node:fs';
import type { Clock } from '../../../runtime/clock.ts';
import { findGiven } from '../../session/owned-processes.ts';
import { identifyProcess, isRunning, type ProcessIdentity, signalGroup, signalProcess } from '../../session/process-identity.ts';

/** Between SIGTERM and SIGKILL. An ending host waits two seconds for its steps. */
const GRACE_MS = 750;
const KILL_MS = 2_000;
const LOOK_EVERY_MS = 25;

interface Entry {
  readonly pid: number;
  readonly parent: number;
  readonly group: number;
}

export interface StepProcesses {
  /** SIGTERM, then SIGKILL; resolves when none is left that a signal can end. */
  end(clock: Clock): Promise<void>;
}

/** Of a program that leads its group. */
export function stepProcesses(pid: number, temporary: string): StepProcesses {
  const leader = identifyProcess(pid) ?? { pid, startTime: Number.NaN };
  /** Start time by pid: members stay ours when their parent dies. */
  const known = new Map<number, number>([[pid, leader.startTime]]);
  let members: readonly number[] = [pid];
  const find = (): ProcessIdentity[] => {
    const entries = readEntries();
    // The number of a group that was once empty may be somebody else's by now.
    if (members.length > 0) members = entries.flatMap((entry) => (entry.group === pid ? [entry.pid] : []));
    for (const one of [...members, ...findGiven(temporary).map((given) => given.pid)]) remember(one, known);
    addDescendants(entries, known);
    return [...known].map(([pid, startTime]) => ({ pid, startTime })).filter(isRunning);
  };
  const signal = (found: readonly ProcessIdentity[], name: 'SIGTERM' | 'SIGKILL'): void => {
    // At once for the whole group: what forks faster than it is looked for ends too.
    if (members.length > 0) signalGroup(leader, name);
    for (const one of found) if (!members.includes(one.pid)) signalProcess(one, name);
  };
  return {
    end: async (clock) => {
      const found = find();
      if (found.length > 0) signal(found, 'SIGTERM');
      if (await repeat(clock, GRACE_MS, () => find().length === 0)) return;
      await repeat(clock, KILL_MS, () => {
        const left = find();
        signal(left, 'SIGKILL');
        return left.length === 0;
      });
    },
  };
}

/** True as soon as `isDone` is. */
async function repeat(clock: Clock, withinMs: number, isDone: () => boolean): Promise<boolean> {
  const until = clock.monotonic() + withinMs;
  while (!isDone()) {
    if (clock.monotonic() >= until) return false;
    await new Promise<void>((resolve) => void clock.after(LOOK_EVERY_MS, resolve));
  }
  return true;
}

function remember(pid: number, known: Map<number, number>): void {
  const identity = identifyProcess(pid);
  if (identity !== null) known.set(pid, identity.startTime);
}

/** A child began after its parent: a pid of ours that now is somebody else's has none of our children. */
function addDescendants(entries: readonly Entry[], known: Map<number, number>): void {
  let before = -1;
  while (known.size > before) {
    before = known.size;
    for (const { pid, parent } of entries) {
      if (!known.has(pid) && known.has(parent) && identifyProcess(parent)?.startTime === known.get(parent)) remember(pid, known);
    }
  }
}

const PARENT = 1;
const GROUP = 2;

/** All processes of the machine, zombies too. */
function readEntries(): Entry[] {
  return readdirSync('/proc').flatMap((name) => {
    const pid = Number(name);
    const fields = Number.isInteger(pid) ? statFields(pid) : undefined;
    return fields === undefined ? [] : [{ pid, parent: Number(fields[PARENT]), group: Number(fields[GROUP]) }];
  });
}

/** Fields of proc(5) after the command, which may hold brackets and spaces itself. */
function statFields(pid: number): readonly string[] | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  } catch {
    return undefined;
  }
}
