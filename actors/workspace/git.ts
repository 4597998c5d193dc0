// Runs the git command line without anything of this user or machine: no hooks, no signing, no global configuration, no background work.
import { execFile } from 'node:child_process';
import { codedError } from '../../runtime/errors.ts';

export interface GitRun {
  readonly code: number;
  readonly stdout: string;
}

export interface GitOptions {
  /** Exit codes that are answers, besides 0. */
  readonly answers?: readonly number[];
  readonly env?: Readonly<Record<string, string>>;
}

/** Rejects with `GitFailed`. */
export type Git = (folder: string, args: readonly string[], options?: GitOptions) => Promise<GitRun>;

const DEADLINE_MS = 300_000;
const LONGEST_OUTPUT_BYTES = 67_108_864;
/** Programs that a repository's configuration could start, and processes that would outlive the call. */
const QUIET = ['core.hooksPath=/dev/null', 'core.fsmonitor=false', 'commit.gpgSign=false', 'gc.auto=0', 'maintenance.auto=false', 'advice.detachedHead=false'].flatMap(
  (setting) => ['-c', setting],
);

const TROUPE_IDENTITY = { name: 'Troupe', email: 'troupe@localhost' } as const;

export function gitCommand(path: string): Git {
  const cleared = { PATH: path, LANG: 'C.UTF-8', LC_ALL: 'C.UTF-8', HOME: '/nonexistent', GIT_CONFIG_GLOBAL: '/dev/null', GIT_CONFIG_NOSYSTEM: '1', GIT_TERMINAL_PROMPT: '0' };
  return (folder, args, { answers = [], env = {} } = {}) =>
    new Promise((resolve, reject) => {
      const options = { cwd: folder, env: { ...cleared, ...env }, timeout: DEADLINE_MS, maxBuffer: LONGEST_OUTPUT_BYTES };
      execFile('git', [...QUIET, ...args], options, (error, stdout, stderr) => {
        const code = error === null ? 0 : typeof error.code === 'number' ? error.code : -1;
        if (code === 0 || answers.includes(code)) resolve({ code, stdout });
        else reject(codedError('GitFailed', { command: args[0], folder, problem: stderr.trim().split('\n')[0] || error?.message }));
      });
    });
}

/** The repository's own identity where it has one. */
export async function identityOf(git: Git, folder: string): Promise<Readonly<Record<string, string>>> {
  const [name, email] = await Promise.all(['user.name', 'user.email'].map(async (key) => (await git(folder, ['config', '--get', key], { answers: [1] })).stdout.trim()));
  const who = name && email ? { name, email } : TROUPE_IDENTITY;
  return { GIT_AUTHOR_NAME: who.name, GIT_AUTHOR_EMAIL: who.email, GIT_COMMITTER_NAME: who.name, GIT_COMMITTER_EMAIL: who.email };
}
