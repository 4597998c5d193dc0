// One process that runs a version: started so that it outlives its node, with its words in a log file; or found again. Its end is told once.
import { spawn } from 'node:child_process';
import { closeSync, copyFileSync, fstatSync, openSync, statSync, truncateSync } from 'node:fs';
import type { Clock } from '../../runtime/clock.ts';
import { identifyProcess, type ProcessIdentity, watchProcess } from '../session/process-identity.ts';

export interface StartedProcess {
  readonly identity: ProcessIdentity;
  /** Resolves with how it ended. */
  readonly ended: Promise<string>;
  /** Looks no more. */
  forget(): void;
}

export interface Program {
  readonly argv: readonly [string, ...string[]];
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
  readonly logFile: string;
}

const LOOK_EVERY_MS = 200;
const MOST_LOG_BYTES = 10 * 1_048_576;

/** Rejects when it cannot be started, or has ended before anybody could see it. */
export function startProcess({ argv: [file, ...words], cwd, env, logFile }: Program): Promise<StartedProcess> {
  return new Promise((resolve, reject) => {
    const log = openSync(logFile, 'a', 0o600);
    try {
      const child = spawn(file, words, { cwd, env, detached: true, stdio: ['ignore', log, log] });
      const ended = new Promise<string>((end) => child.once('exit', (code, signal) => end(signal === null ? `ended with ${code}` : `was ended by ${signal}`)));
      child.once('error', (error: NodeJS.ErrnoException) => reject(new Error(`${file} cannot be started: ${error.code === 'ENOENT' ? 'it is not on the PATH' : error.message}`)));
      child.once('spawn', () => {
        const identity = identifyProcess(child.pid as number);
        child.unref();
        if (identity !== null) resolve({ identity, ended, forget: () => undefined });
        else void ended.then((how) => reject(new Error(how)));
      });
    } finally {
      closeSync(log);
    }
  });
}

/** One that an earlier node started. */
export function findProcess(identity: ProcessIdentity, clock: Clock): StartedProcess {
  let forget = (): void => undefined;
  const ended = new Promise<string>((resolve) => {
    forget = watchProcess(identity, clock, LOOK_EVERY_MS, () => resolve('ended'));
  });
  return { identity, ended, forget: () => forget() };
}

/** What it says goes on in the same file; the half before is kept beside it. */
export function boundLog(logFile: string): void {
  const found = statSync(logFile, { throwIfNoEntry: false });
  if (found === undefined || found.size <= MOST_LOG_BYTES) return;
  copyFileSync(logFile, `${logFile}.1`);
  truncateSync(logFile);
}

/** The last line that it said since `from` (bytes); empty when it said none. */
export function lastWords(text: string): string {
  const line = text.trim().split('\n').at(-1)?.trim() ?? '';
  return line === '' ? '' : `; its last words: ${line.slice(0, 200)}`;
}

/** Where the log stands. */
export function logLength(logFile: string): number {
  const log = openSync(logFile, 'a', 0o600);
  try {
    return fstatSync(log).size;
  } finally {
    closeSync(log);
  }
}
