// One process that runs a version: started so that it outlives its node, with its words in a log file; or found again. Its end is told once.
import { spawn } from 'node:child_process';
import { closeSync, copyFileSync, fstatSync, openSync, readSync, statSync, truncateSync } from 'node:fs';
import type { Clock } from '../../runtime/clock.ts';
import { identifyProcess, type ProcessIdentity, watchProcess } from '../session/process-identity.ts';

export interface StartedProcess {
  readonly identity: ProcessIdentity;
  /** Calls back once, with how it ended. */
  onEnd(told: (how: string) => void): void;
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
const LAST_WORDS_BYTES = 4_096;

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
        if (identity !== null) resolve({ identity, onEnd: (told) => void ended.then(told), forget: () => undefined });
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
  const onEnd = (told: (how: string) => void): void => {
    forget = watchProcess(identity, clock, LOOK_EVERY_MS, () => told('ended'));
  };
  return { identity, onEnd, forget: () => forget() };
}

/** What it says goes on in the same file; the half before is kept beside it. */
export function boundLog(logFile: string): void {
  const found = statSync(logFile, { throwIfNoEntry: false });
  if (found === undefined || found.size <= MOST_LOG_BYTES) return;
  copyFileSync(logFile, `${logFile}.1`);
  truncateSync(logFile);
}

/** The last line that was written to the log since `from` (bytes), for people; empty when there is none. */
export function lastWords(logFile: string, from: number): string {
  const line = endOf(logFile, from).trim().split('\n').at(-1)?.trim() ?? '';
  return line === '' ? '' : `; its last words: ${line.slice(0, 200)}`;
}

function endOf(logFile: string, from: number): string {
  if (statSync(logFile, { throwIfNoEntry: false }) === undefined) return '';
  const log = openSync(logFile, 'r');
  try {
    const { size } = fstatSync(log);
    // A log that was cut since begins anew.
    const start = Math.max(from <= size ? from : 0, size - LAST_WORDS_BYTES);
    const text = Buffer.alloc(size - start);
    return text.toString('utf8', 0, readSync(log, text, 0, text.length, start));
  } finally {
    closeSync(log);
  }
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
