// Signs of life of what waits for a person: clients give a silent call up after a minute. The first comes at once, then one every ten seconds.
import type { Clock } from '../../runtime/index.ts';
import type { Asking } from './offer.ts';

export const PROGRESS_EVERY_MS = 10_000;

/** Nothing is told to a client that asked for no progress. */
export async function withProgress<T>(clock: Clock, { context, signal }: Asking, message: string, work: Promise<T>): Promise<T> {
  const progressToken = context?.mcpReq._meta?.progressToken;
  if (context === undefined || progressToken === undefined) return work;
  let progress = 0;
  let cancel = (): void => undefined;
  const tell = (): void => {
    if (signal.aborted) return;
    progress += 1;
    context.mcpReq.notify({ method: 'notifications/progress', params: { progressToken, progress, message } }).catch(() => undefined);
    cancel = clock.after(PROGRESS_EVERY_MS, tell);
  };
  tell();
  try {
    return await work;
  } finally {
    cancel();
  }
}
