// The node's event loop under watch: what blocks it is in the log, in telemetry and an alert; what never came back is told by the next start.
import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { type Clock, describeBlock, type System, watchLoop } from '../../runtime/index.ts';
import type { Log } from '../log.ts';

export interface WatchOptions {
  readonly clock: Clock;
  readonly system: System;
  readonly log: Log;
  /** The folder of logs. */
  readonly logs: string;
  /** Null: a step that never ends is only told of. */
  readonly endAfterMs: number | null;
}

const Report = z.object({
  step: z.object({ address: z.string(), type: z.string() }).nullable(),
  where: z.array(z.string()),
  ms: z.number(),
});

/** Returns the end of it. */
export function watchNode({ clock, system, log, logs, endAfterMs }: WatchOptions): () => Promise<void> {
  const file = join(logs, 'blocked.json');
  const before = lastBlock(file);
  if (before !== undefined) {
    log.warn({ ...before }, `the node before was blocked for ${before.ms / 1_000} s by ${describeBlock(before)}`);
    system.reportBlocked(before);
  }
  return watchLoop({
    clock,
    file,
    runningStep: () => system.runningStep,
    onBlocked: (report) => {
      log.warn({ ...report }, `the event loop was blocked for ${report.ms} ms by ${describeBlock(report)}`);
      system.reportBlocked(report);
    },
    limits: endAfterMs === null ? {} : { endAfterMs },
  });
}

function lastBlock(file: string) {
  try {
    return Report.parse(JSON.parse(readFileSync(file, 'utf8')));
  } catch {
    // There was none, or it was cut off while it was written.
    return undefined;
  } finally {
    rmSync(file, { force: true });
  }
}
