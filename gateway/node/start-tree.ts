// Starts the tree of actors. While the journal takes no writes it does not come up: that is said, and whoever asks for an end is heard.
import { type Clock, codedError, type System } from '../../runtime/index.ts';
import type { Log } from '../log.ts';
import { waitUntil } from './wait-until.ts';

export interface TreeStart {
  readonly system: System;
  readonly clock: Clock;
  readonly log: Pick<Log, 'warn'>;
  readonly signal: AbortSignal | undefined;
}

/** Rejects as the start does, or with `NodeStopped` once the signal says so: whoever called stops the system then. */
export async function startTree({ system, clock, log, signal }: TreeStart): Promise<void> {
  const told = new Set<string>();
  const tell = (): void => {
    for (const { id, severity, text } of system.alerts()) {
      if (severity !== 'critical' || told.has(id)) continue;
      told.add(id);
      log.warn({ alert: id }, `the node does not start yet: ${text}`);
    }
  };
  let over = false;
  const end = (): void => {
    over = true;
  };
  const started = system.start();
  started.then(end, end);
  const look = (): boolean => {
    if (!over) tell();
    return over || signal?.aborted === true;
  };
  await Promise.race([started, waitUntil(clock, look, Number.POSITIVE_INFINITY)]);
  if (!over) throw codedError('NodeStopped');
  await started;
}
