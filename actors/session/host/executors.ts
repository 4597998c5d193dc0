// Runs one granted request by the gate's executors, which are loaded with the first one: an idle host stays small.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Clock } from '../../../runtime/clock.ts';
import type { ExecuteOrder, ExecuteResult } from '../../work/types.ts';

export interface ExecutorIo {
  readonly clock: Clock;
  readonly signal: AbortSignal;
  onOutput(stream: 'stdout' | 'stderr', text: string): void;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** Each execution has a temporary folder of its own within its session's, gone afterwards; what it starts is known by it. */
export async function executeOrder(order: ExecuteOrder, { clock, signal, onOutput, env }: ExecutorIo): Promise<ExecuteResult> {
  const { execute } = await import('../../gate/execute/index.ts');
  const temporary = await mkdtemp(join(env.TROUPE_TEMPORARY ?? tmpdir(), 'step-'));
  try {
    return await execute(order, { clock, signal, onOutput, path: env.PATH ?? '/usr/bin:/bin', temporary });
  } finally {
    await rm(temporary, { recursive: true, force: true });
  }
}
