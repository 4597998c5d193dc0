// Looks for the node that comes after the one that is gone: where its file says, again and again, for a bounded time.
import { readFileSync } from 'node:fs';
import type { Clock } from '../../../runtime/clock.ts';
import { codedError, isCoded } from '../../../runtime/errors.ts';
import type { NodeSearch, Wire } from './agent-host.ts';

export interface SearchPlace {
  readonly clock: Clock;
  readonly agent: string;
  /** Holds the URL of the node that runs. */
  readonly urlFile: string;
  readonly withinMs: number;
  open(url: string): Promise<Wire>;
}

const EVERY_MS = 300;

/** Resolves once a node has taken the host over. Rejects with `SessionLost` when none did in time, and with `HostRefused` when one does not know it. */
export async function findNextNode({ clock, agent, urlFile, withinMs, open }: SearchPlace, { signal, hello }: NodeSearch): Promise<void> {
  const until = clock.monotonic() + withinMs;
  while (clock.monotonic() < until) {
    await new Promise<void>((resolve) => void clock.after(EVERY_MS, resolve));
    signal.throwIfAborted();
    try {
      return await hello(await open(readFileSync(urlFile, 'utf8').trim()));
    } catch (error) {
      if (isCoded(error) && error.code === 'HostRefused') throw error;
    }
  }
  throw codedError('SessionLost', { agent, why: `no next node took it over within ${withinMs} ms` });
}
