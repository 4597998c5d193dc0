// A process is its pid and its start time: a pid alone may be somebody else's by now (Linux proc(5), /proc/<pid>/stat field 22).
import { readdirSync, readFileSync } from 'node:fs';
import type { Clock } from '../../runtime/clock.ts';

export interface ProcessIdentity {
  readonly pid: number;
  /** Clock ticks since boot. */
  readonly startTime: number;
}

const STATE = 0;
const GROUP = 2;
const START_TIME = 19;

/** Fields of /proc/<pid>/stat after the command, which may itself hold spaces and brackets. */
function statFields(pid: number): string[] | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  } catch {
    return null;
  }
}

/** Null when there is no such process, or only its zombie. */
export function identifyProcess(pid: number): ProcessIdentity | null {
  const fields = statFields(pid);
  if (fields === null || fields[STATE] === 'Z' || fields[STATE] === 'X') return null;
  return { pid, startTime: Number(fields[START_TIME]) };
}

export function isRunning({ pid, startTime }: ProcessIdentity): boolean {
  return identifyProcess(pid)?.startTime === startTime;
}

/** Signals the process if it is still the same one. False when it is gone. */
export function signalProcess(process_: ProcessIdentity, signal: NodeJS.Signals): boolean {
  return isRunning(process_) && send(process_.pid, signal);
}

/** Signals the whole group that the process leads. False when the leader is gone and nobody of the group is left. */
export function signalGroup(leader: ProcessIdentity, signal: NodeJS.Signals): boolean {
  const now = identifyProcess(leader.pid);
  // A pid is not given out again while a group of that number lives, so a missing leader leaves its group ours.
  if (now !== null && now.startTime !== leader.startTime) return false;
  return send(-leader.pid, signal);
}

/** Whether a member of the group is left that is more than a zombie. */
function isGroupAlive(group: number): boolean {
  return readdirSync('/proc').some((name) => {
    if (!/^\d+$/.test(name)) return false;
    const fields = statFields(Number(name));
    return fields !== null && Number(fields[GROUP]) === group && fields[STATE] !== 'Z' && fields[STATE] !== 'X';
  });
}

function send(target: number, signal: NodeJS.Signals): boolean {
  try {
    return process.kill(target, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false;
    throw error;
  }
}

/** Looks every `everyMs` and says once when the process is gone. Returns its cancellation. */
export function watchProcess(watched: ProcessIdentity, clock: Clock, everyMs: number, onGone: () => void): () => void {
  let cancel = (): void => {};
  const look = (): void => {
    if (isRunning(watched)) cancel = clock.after(everyMs, look);
    else onGone();
  };
  cancel = clock.after(everyMs, look);
  return () => cancel();
}

/** Resolves with whether the process was gone within `withinMs`. */
export function awaitEnd(watched: ProcessIdentity, clock: Clock, withinMs: number): Promise<boolean> {
  return awaitFalse(() => isRunning(watched), clock, withinMs);
}

/** The same for everybody in the group that the process leads or led. */
export function awaitGroupEnd({ pid }: ProcessIdentity, clock: Clock, withinMs: number): Promise<boolean> {
  return awaitFalse(() => isGroupAlive(pid), clock, withinMs);
}

async function awaitFalse(holds: () => boolean, clock: Clock, withinMs: number): Promise<boolean> {
  const until = clock.monotonic() + withinMs;
  while (holds()) {
    if (clock.monotonic() >= until) return false;
    await new Promise<void>((resolve) => void clock.after(20, resolve));
  }
  return true;
}
