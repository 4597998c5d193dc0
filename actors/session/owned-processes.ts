// Which processes are ours: those that carry our marker in their environment, exactly. Names and arguments are never looked at,
// so a look-alike is never touched. Only processes of the same user can be read, hence only those are found.
// Hosts carry the owner token; steps, which may know no token, are known by the temporary folder that they were given.
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import type { Clock } from '../../runtime/clock.ts';
import { identifyProcess, isRunning, type ProcessIdentity, signalProcess } from './process-identity.ts';

export const OWNER_VARIABLE = 'TROUPE_OWNER';
/** Marks what one session started. */
export const SESSION_VARIABLE = 'TROUPE_SESSION';

export interface OwnedProcess extends ProcessIdentity {
  /** For people. */
  readonly command: string;
}

export interface EndedProcess extends OwnedProcess {
  /** What ended it; `alive`: it outlived SIGKILL (the kernel holds it). */
  readonly by: NodeJS.Signals | 'alive';
}

export interface SessionMark {
  readonly ownerToken: string;
  readonly session: string;
  /** The session's own folder, absolute; unguessable, since it holds the session's id. */
  readonly temporary: string;
}

export interface EndOptions {
  readonly clock: Clock;
  /** Between SIGTERM and SIGKILL. */
  readonly graceMs: number;
  /** Pids to leave alone. */
  readonly except?: readonly number[];
  /** Sessions to leave alone, with all that they started. */
  readonly spare?: readonly SessionMark[];
  /** What asks it to end; default SIGTERM. */
  readonly signal?: NodeJS.Signals;
}

const LOOK_EVERY_MS = 25;
const KILL_WAIT_MS = 2_000;

function readProc(pid: number, file: string): string | null {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'utf8');
  } catch {
    return null;
  }
}

/** Living processes, except this one, whose environment at their start satisfies `matches`. */
function scan(matches: (environment: readonly string[]) => boolean): OwnedProcess[] {
  const found: OwnedProcess[] = [];
  for (const name of readdirSync('/proc')) {
    const pid = Number(name);
    if (!Number.isInteger(pid) || pid === process.pid) continue;
    const environment = readProc(pid, 'environ')?.split('\0');
    if (environment === undefined || !matches(environment)) continue;
    const identity = identifyProcess(pid);
    if (identity !== null) found.push({ ...identity, command: (readProc(pid, 'cmdline') ?? '').replaceAll('\0', ' ').trim().slice(0, 200) });
  }
  return found;
}

/** Begins the name of each temporary folder of a node's sessions; does not give the token away. */
export function ownPrefix(ownerToken: string): string {
  return `troupe-${createHash('sha256').update(ownerToken).digest('hex').slice(0, 12)}-`;
}

/** A step is given both; whichever it changes for what it starts, the other one stays. */
const GIVEN_TO_STEPS = /^(?:TMPDIR|HOME)=(.*)$/;

function isGivenWithin(entry: string, folder: string): boolean {
  const given = GIVEN_TO_STEPS.exec(entry)?.[1];
  return given === folder || given?.startsWith(`${folder}/`) === true;
}

/** Every living process of the node, except this one and the spared sessions: those that carry its owner token, and the steps of its sessions. */
export function findOwned(ownerToken: string, spare: readonly SessionMark[] = []): OwnedProcess[] {
  const spared = spare.map(ofSession);
  const marker = `${OWNER_VARIABLE}=${ownerToken}`;
  const step = new RegExp(`^(?:TMPDIR|HOME)=/(?:.*/)?${ownPrefix(ownerToken)}[0-9a-f-]{36}/`);
  return scan((environment) => environment.some((entry) => entry === marker || step.test(entry)) && !spared.some((isOf) => isOf(environment)));
}

/** Of those the ones of one session: its host, and the steps that were started in its temporary folder. */
function ofSession({ ownerToken, session, temporary }: SessionMark): (environment: readonly string[]) => boolean {
  const owner = `${OWNER_VARIABLE}=${ownerToken}`;
  const marker = `${SESSION_VARIABLE}=${session}`;
  return (environment) => environment.some((entry) => isGivenWithin(entry, temporary)) || (environment.includes(owner) && environment.includes(marker));
}

/** Living processes, except this one, that were given this folder for their temporary files, or one in it. */
export function findGiven(folder: string): OwnedProcess[] {
  return scan((environment) => environment.some((entry) => isGivenWithin(entry, folder)));
}

/** Ends what carries the owner token: SIGTERM, then SIGKILL. Returns what it found, with what ended each. */
export function endOwned(ownerToken: string, options: EndOptions): Promise<EndedProcess[]> {
  return endAll(() => findOwned(ownerToken, options.spare), options);
}

export function endOfSession(mark: SessionMark, options: EndOptions): Promise<EndedProcess[]> {
  return endAll(() => scan(ofSession(mark)), options);
}

/** Ends what was given this folder for its temporary files, or one in it. */
export function endGiven(folder: string, options: EndOptions): Promise<EndedProcess[]> {
  return endAll(() => findGiven(folder), options);
}

/** Looks again in each round, so that what was forked meanwhile is ended too. */
async function endAll(find: () => OwnedProcess[], { clock, graceMs, except = [], signal: first = 'SIGTERM' }: EndOptions): Promise<EndedProcess[]> {
  const ended = new Map<string, EndedProcess>();
  const round = (signal: NodeJS.Signals): number => {
    const found = find().filter(({ pid }) => !except.includes(pid));
    for (const one of found) {
      const key = `${one.pid}.${one.startTime}`;
      if (ended.get(key)?.by === signal) continue;
      if (signalProcess(one, signal)) ended.set(key, { ...one, by: signal });
    }
    return found.length;
  };
  if (!(await repeat(() => round(first), clock, graceMs))) await repeat(() => round('SIGKILL'), clock, KILL_WAIT_MS);
  return [...ended.values()].map((one) => (isRunning(one) ? { ...one, by: 'alive' } : one));
}

/** True as soon as a round finds nothing. */
async function repeat(round: () => number, clock: Clock, withinMs: number): Promise<boolean> {
  const until = clock.monotonic() + withinMs;
  while (round() > 0) {
    if (clock.monotonic() >= until) return false;
    await new Promise<void>((resolve) => void clock.after(LOOK_EVERY_MS, resolve));
  }
  return true;
}
