// Everything that one command started: its process group, what descends from it, and what was given its temporary folder. A process
// that left all three behind (own session, orphaned, environment cleared) is not found; only containment keeps those.
import { readdirSync, readFileSync } from 'node:fs';
import type { Clock } from '../../../runtime/clock.ts';
import { endAll, findGiven, type OwnedProcess } from '../../session/owned-processes.ts';
import { identifyProcess } from '../../session/process-identity.ts';

/** Between SIGTERM and SIGKILL. An ending host waits two seconds for its steps. */
const GRACE_MS = 750;

interface Entry {
  readonly pid: number;
  readonly parent: number;
  readonly group: number;
}

export interface StepProcesses {
  /** SIGTERM, then SIGKILL; resolves when none is left that a signal can end. */
  end(clock: Clock): Promise<void>;
}

export function stepProcesses(leader: number, temporary: string): StepProcesses {
  /** Start time by pid: members keep being ours when their parent dies. */
  const known = new Map<number, number>();
  let grouped = true;
  const find = (): OwnedProcess[] => {
    const entries = readEntries();
    const members = grouped ? entries.filter(({ group }) => group === leader) : [];
    // The number of an empty group may be given to somebody else.
    grouped = members.length > 0;
    const given = findGiven(temporary);
    for (const { pid } of [...members, ...given]) remember(pid, known);
    addDescendants(entries, known);
    return [...known].flatMap(([pid, startTime]) => (identifyProcess(pid)?.startTime === startTime ? [{ pid, startTime, command: '' }] : []));
  };
  return {
    end: async (clock) => {
      await endAll(find, { clock, graceMs: GRACE_MS });
    },
  };
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
