// Whether a process is well: its URL answers, or its command ends with 0. Changes nothing.
import { mkdirSync } from 'node:fs';
import type { Clock } from '../../runtime/clock.ts';
import { runProgram } from '../gate/execute/step-process.ts';
import { filledIn, type ProcessTarget, type Run } from './process-target.ts';

/** What one look may take. */
const LOOK_MS = 5_000;

export interface HealthPlace {
  readonly clock: Clock;
  /** In which its command runs. */
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
  /** Of the command alone. */
  readonly temporary: string;
  /** As the process itself is kept. */
  readonly behind: (argv: readonly [string, ...string[]], temporary: string) => Promise<readonly [string, ...string[]]>;
}

/** Undefined: it is well. Else what is wrong, for people. */
export async function lookAtHealth({ health }: ProcessTarget, run: Run, place: HealthPlace, signal: AbortSignal): Promise<string | undefined> {
  const patience = new AbortController();
  const cancel = place.clock.after(LOOK_MS, () => patience.abort(new Error(`no answer within ${LOOK_MS} ms`)));
  const giveUp = (): void => patience.abort(signal.reason);
  signal.addEventListener('abort', giveUp, { once: true });
  try {
    signal.throwIfAborted();
    if (health.url !== null) return await askUrl(filledIn(health.url, run), patience.signal);
    return await askCommand((health.command ?? []).map((word) => filledIn(word, run)) as unknown as readonly [string, ...string[]], place, patience.signal);
  } catch (error) {
    if (signal.aborted) throw error;
    return describe(error);
  } finally {
    cancel();
    signal.removeEventListener('abort', giveUp);
  }
}

async function askUrl(url: string, signal: AbortSignal): Promise<string | undefined> {
  const answer = await fetch(url, { redirect: 'manual', signal });
  await answer.body?.cancel();
  return answer.ok ? undefined : `${url} answers ${answer.status}`;
}

async function askCommand(argv: readonly [string, ...string[]], place: HealthPlace, signal: AbortSignal): Promise<string | undefined> {
  const { clock, cwd, env, temporary, behind } = place;
  mkdirSync(temporary, { recursive: true, mode: 0o700 });
  const program = { argv: await behind(argv, temporary), cwd, env: { ...env, HOME: temporary, TMPDIR: temporary }, shown: false };
  const { exitCode, stderr, cut } = await runProgram(program, { clock, temporary, signal, onOutput: () => undefined });
  if (cut !== undefined) return `'${argv.join(' ')}': ${cut.message}`;
  return exitCode === 0 ? undefined : `'${argv.join(' ')}' ends with ${exitCode ?? 'a signal'}${lastLine(stderr)}`;
}

function lastLine(text: string): string {
  const line = text.trim().split('\n').at(-1) ?? '';
  return line === '' ? '' : `: ${line.slice(0, 200)}`;
}

function describe(error: unknown): string {
  const { cause, message } = error as Error & { cause?: { code?: string } };
  return cause?.code === undefined ? message : `no answer (${cause.code})`;
}
