// Programs that run tests over sources with a fault in them, side by side: as many faults at once as there are programs.
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { DoorFault } from './planted-door-faults.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const PROGRAM = fileURLToPath(new URL('faulty-door-program.mjs', import.meta.url));

export interface Outcome {
  /** Of what kept a test from running. */
  readonly problems: readonly string[];
  readonly tests: ReadonlyArray<{ readonly title: string; readonly state: string }>;
}

export interface FaultyDoors {
  outcomeOf(replacements: readonly DoorFault[], checks: ReadonlyArray<DoorFault['seenBy']>): Promise<Outcome>;
  end(): Promise<void>;
}

export async function faultyDoors(programs: number): Promise<FaultyDoors> {
  const all = await Promise.all(Array.from({ length: programs }, started));
  const idle = [...all];
  const waiting: Array<(program: ChildProcess) => void> = [];
  const taken = (): Promise<ChildProcess> => {
    const program = idle.pop();
    return program === undefined ? new Promise((resolve) => waiting.push(resolve)) : Promise.resolve(program);
  };
  const putBack = (program: ChildProcess): void => {
    const next = waiting.shift();
    if (next === undefined) idle.push(program);
    else next(program);
  };
  return {
    async outcomeOf(replacements, checks) {
      const program = await taken();
      const answered = answerOf(program);
      program.send({ replacements, checks });
      try {
        return (await answered) as Outcome;
      } finally {
        putBack(program);
      }
    },
    async end() {
      await Promise.all(all.map(ended));
    },
  };
}

async function started(): Promise<ChildProcess> {
  const program = fork(PROGRAM, { cwd: ROOT, env: withoutVitest(process.env) });
  await answerOf(program);
  return program;
}

/** Rejects when it ends instead. */
async function answerOf(program: ChildProcess): Promise<unknown> {
  const listening = new AbortController();
  const { signal } = listening;
  const gone = once(program, 'exit', { signal }).then(([code]) => {
    throw new Error(`the program of faulty doors has ended with ${String(code)}`);
  });
  try {
    return (await Promise.race([once(program, 'message', { signal }), gone]))[0];
  } finally {
    listening.abort();
  }
}

async function ended(program: ChildProcess): Promise<void> {
  if (program.exitCode !== null || program.signalCode !== null) return;
  const exit = once(program, 'exit');
  program.disconnect();
  await exit;
}

/** The program has a Vitest of its own. */
function withoutVitest(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(env).filter(([name]) => !/^(VITEST|TEST$)/.test(name)));
}
