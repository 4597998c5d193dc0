// A program of a test as a child process: its output is kept, its end has a deadline, and past that it is killed with its group.
import { type ChildProcess, spawn } from 'node:child_process';

export interface Ended {
  /** Null when a signal ended it. */
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
  /** stdout as one JSON document. Throws when it is not exactly that. */
  json<T = Readonly<Record<string, unknown>>>(): T;
}

export interface ChildOptions {
  readonly cwd: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly input?: string | undefined;
}

export interface ChildProgram {
  readonly pid: number;
  /** What it has printed so far. */
  stdout(): string;
  stderr(): string;
  /** To the program alone. */
  signal(name: NodeJS.Signals): void;
  /** To its whole process group, as Ctrl-C in a terminal does. */
  signalGroup(name: NodeJS.Signals): void;
  running(): boolean;
  /** Rejects, with what it had printed, when it has not ended in time; then it is killed. */
  ended(withinMs: number): Promise<Ended>;
  /** Polls until `look` gives something; rejects at its end or at the deadline, with what it had printed. */
  until<T>(look: (child: ChildProgram) => T | undefined, withinMs: number): Promise<T>;
}

const LOOK_EVERY_MS = 20;
const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** In a process group of its own, so that what it starts can be ended with it. */
export function startProgram(program: string, args: readonly string[], { cwd, env, input }: ChildOptions): ChildProgram {
  const child = spawn(program, [...args], { cwd, env: { ...env }, detached: true, stdio: ['pipe', 'pipe', 'pipe'] });
  const printed = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const) {
    child[name].setEncoding('utf8');
    child[name].on('data', (text: string) => {
      printed[name] += text;
    });
  }
  child.stdin.on('error', () => undefined);
  child.stdin.end(input ?? '');
  const end = endOf(child, printed);
  const report = (what: string): Error => new Error(`${[program, ...args].join(' ')}: ${what}\n--- stdout\n${printed.stdout}\n--- stderr\n${printed.stderr}`);
  const self: ChildProgram = {
    pid: child.pid ?? 0,
    stdout: () => printed.stdout,
    stderr: () => printed.stderr,
    signal: (name) => void child.kill(name),
    signalGroup: (name) => signalGroup(child.pid, name),
    running: () => child.exitCode === null && child.signalCode === null,
    async ended(withinMs) {
      const ended = await within(end.promise, withinMs);
      if (ended !== undefined) return ended;
      signalGroup(child.pid, 'SIGKILL');
      throw report(`not ended after ${withinMs} ms`);
    },
    async until(look, withinMs) {
      for (const deadline = performance.now() + withinMs; ; await pause(LOOK_EVERY_MS)) {
        const over = end.over();
        const found = look(self);
        if (found !== undefined) return found;
        if (over !== undefined) throw report(`ended with ${over.code ?? over.signal}`);
        if (performance.now() > deadline) throw report(`not within ${withinMs} ms`);
      }
    },
  };
  return self;
}

function endOf(child: ChildProcess, printed: { readonly stdout: string; readonly stderr: string }) {
  let over: Ended | undefined;
  const promise = new Promise<Ended>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code, signal) => {
      const { stdout, stderr } = printed;
      over = { code, signal, stdout, stderr, json: <T>() => JSON.parse(stdout) as T };
      resolve(over);
    });
  });
  promise.catch(() => undefined);
  return { promise, over: () => over };
}

async function within<T>(promise: Promise<T>, ms: number): Promise<T | undefined> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<undefined>((resolve) => {
    timer = setTimeout(() => resolve(undefined), ms);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}

function signalGroup(pid: number | undefined, name: NodeJS.Signals): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, name);
  } catch {
    // Gone meanwhile.
  }
}
