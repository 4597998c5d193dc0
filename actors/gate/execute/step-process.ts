// Runs one program for a step: its own process group, no input but what is given, bounded output, and an end that takes everything
// along that it started. Resolves once all of that is over, whatever the program and its children do.
import { type ChildProcess, spawn } from 'node:child_process';
import { StringDecoder } from 'node:string_decoder';
import { codedError, type TroupeError } from '../../../runtime/errors.ts';
import { OUTPUT_LIMIT } from '../../work/types.ts';
import { stepProcesses } from './step-processes.ts';
import type { StepScope } from './step-scope.ts';

export interface Program {
  readonly argv: readonly [string, ...string[]];
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
  /** What it reads; default: nothing. */
  readonly input?: string;
  /** Whether people see its output while it comes. */
  readonly shown: boolean;
}

export interface ProgramEnd {
  /** Null when a signal ended it. */
  readonly exitCode: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
  /** Why it was cut off: `StepTimeout`, `Interrupted` or `OutputLimit`. */
  readonly cut: TroupeError | undefined;
}

/** A process that ended may have left writers that are about to end too, as in `make > >(tee log)`. */
const LAST_WORDS_MS = 200;
/** For what still holds the output though everything that can be ended has ended. */
const CLOSE_MS = 500;

/** Rejects with `CommandUnstartable`. */
export async function runProgram(program: Program, scope: Pick<StepScope, 'clock' | 'temporary' | 'signal' | 'onOutput'>): Promise<ProgramEnd> {
  const child = await start(program);
  const processes = stepProcesses(child.pid as number, scope.temporary);
  const output = collectOutput(child, program.shown ? scope.onOutput : () => {});
  const exited = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  const closed = new Promise<void>((resolve) => child.once('close', () => resolve()));
  child.stdin?.on('error', () => {});
  child.stdin?.end(program.input);
  const cut = await Promise.race([exited, output.exceeded, aborted(scope.signal)]);
  if (cut === undefined) await within(LAST_WORDS_MS, closed, scope);
  // What the program left behind ends with it.
  await processes.end(scope.clock);
  await within(CLOSE_MS, closed, scope);
  child.stdout?.destroy();
  child.stderr?.destroy();
  return { exitCode: child.exitCode, signal: child.signalCode, ...output.texts(), cut: cut ?? output.overflow() };
}

function start({ argv: [program, ...args], cwd, env, input }: Program): Promise<ChildProcess> {
  return new Promise((resolve, reject) => {
    const refuse = (error: Error): void => reject(codedError('CommandUnstartable', { program, problem: unstartable(error) }));
    try {
      const child = spawn(program, args, { cwd, env, detached: true, stdio: [input === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'] });
      child.on('error', refuse);
      child.once('spawn', () => resolve(child));
    } catch (error) {
      refuse(error as Error);
    }
  });
}

function unstartable(error: NodeJS.ErrnoException): string {
  const known: Readonly<Record<string, string>> = {
    ENOENT: 'it is not on the PATH of the agent host; install it, or add its folder',
    E2BIG: 'the command is longer than the system takes; write it into a file of the workspace and run that',
    ERR_INVALID_ARG_VALUE: 'the command holds a NUL character',
  };
  return known[error.code ?? ''] ?? error.code ?? error.message;
}

function collectOutput(child: ChildProcess, show: (stream: 'stdout' | 'stderr', text: string) => void) {
  const kept = { stdout: [] as Buffer[], stderr: [] as Buffer[] };
  let left = OUTPUT_LIMIT;
  let overflow: TroupeError | undefined;
  let exceed: (error: TroupeError) => void = () => {};
  const exceeded = new Promise<TroupeError>((resolve) => {
    exceed = resolve;
  });
  for (const name of ['stdout', 'stderr'] as const) {
    const decoder = new StringDecoder('utf8');
    child[name]?.on('error', () => {});
    child[name]?.on('data', (chunk: Buffer) => {
      const taken = chunk.subarray(0, left);
      left -= taken.length;
      kept[name].push(taken);
      const text = decoder.write(taken);
      if (text !== '') show(name, text);
      if (taken.length === chunk.length) return;
      overflow ??= codedError('OutputLimit', { limitBytes: OUTPUT_LIMIT });
      exceed(overflow);
    });
  }
  const texts = () => ({ stdout: Buffer.concat(kept.stdout).toString(), stderr: Buffer.concat(kept.stderr).toString() });
  return { exceeded, overflow: () => overflow, texts };
}

function aborted(signal: AbortSignal): Promise<TroupeError> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve(signal.reason);
    else signal.addEventListener('abort', () => resolve(signal.reason), { once: true });
  });
}

async function within(ms: number, wanted: Promise<void>, { clock }: Pick<StepScope, 'clock'>): Promise<void> {
  let cancel = (): void => {};
  const late = new Promise<void>((resolve) => {
    cancel = clock.after(ms, resolve);
  });
  await Promise.race([wanted, late]);
  cancel();
}
