// Writes a signed checkpoint of the facts' chain every 1,000 facts, every 60 s when there is something new, and at the orderly end (K34).
// What was cut off behind the last one is known to the read model alone.
import { closeSync, fstatSync, fsyncSync, openSync, readSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import type { Clock, System } from '../../runtime/index.ts';
import { readText } from '../private-file.ts';
import { readCheckpoints, signCheckpoint } from './checkpoint.ts';
import type { NodeKey } from './node-key.ts';

export const checkpointFile = (dataDir: string): string => join(dataDir, 'checkpoints.jsonl');

const EVERY_FACTS = 1_000;
const EVERY_MS = 60_000;

export interface CheckpointsOptions {
  readonly dataDir: string;
  readonly key: NodeKey;
  readonly era: string;
  readonly clock: Clock;
  readonly system: Pick<System, 'chainHead' | 'onTelemetry'>;
  /** It could not be written; the next one is tried in its time. */
  onFault(error: unknown): void;
}

/** Call once the system has started. Returns what writes the last one and ends. */
export function openCheckpoints({ dataDir, key, era, clock, system, onFault }: CheckpointsOptions): () => void {
  const file = checkpointFile(dataDir);
  let last = readCheckpoints(readText(file) ?? '').at(-1)?.fact ?? 0;
  const write = (): void => {
    const { fact, hash } = system.chainHead;
    if (fact === last || fact === 0) return;
    try {
      appendLine(file, JSON.stringify(signCheckpoint({ at: clock.now(), era, fact, hash }, key)));
      last = fact;
    } catch (error) {
      onFault(error);
    }
  };
  const ignore = system.onTelemetry((event) => {
    if (event.kind === 'journal.committed' && event.lastFact - last >= EVERY_FACTS) write();
  });
  let cancel = (): void => undefined;
  const again = (): void => {
    cancel = clock.after(EVERY_MS, () => {
      write();
      again();
    });
  };
  again();
  return () => {
    ignore();
    cancel();
    write();
  };
}

/** On disk when it returns. Begins a line of its own also behind one that a crash has torn. */
export function appendLine(file: string, line: string): void {
  const handle = openSync(file, 'a+', 0o600);
  try {
    const { size } = fstatSync(handle);
    const end = Buffer.alloc(1);
    const torn = size > 0 && readSync(handle, end, 0, 1, size - 1) === 1 && end.toString() !== '\n';
    writeSync(handle, `${torn ? '\n' : ''}${line}\n`);
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}
