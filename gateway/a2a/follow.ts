// A task as it changes, told by the facts that tell of it, so that following one leaves nothing in an actor.
import type { NodeNow } from '../http/dispatch.ts';

export interface Followed<T> {
  read(): Promise<T>;
  isLast(seen: T): boolean;
}

const NEWS: readonly string[] = ['task.changed', 'plan.changed'];

/** What is read each time there is news, up to and with the last; ends when the asker has gone or the node stops. */
export async function* follow<T>(nodeNow: NodeNow, signal: AbortSignal, { read, isLast }: Followed<T>): AsyncGenerator<T, void, undefined> {
  let wake = (): void => undefined;
  const stopping = nodeNow()?.stopping;
  const forget = nodeNow()?.facts.listen(({ kind }) => (NEWS.includes(kind) ? wake() : undefined));
  const gone = (): void => wake();
  signal.addEventListener('abort', gone);
  stopping?.addEventListener('abort', gone);
  try {
    while (!signal.aborted) {
      const news = new Promise<void>((resolve) => {
        wake = resolve;
      });
      const seen = await read();
      yield seen;
      if (isLast(seen) || stopping?.aborted === true) return;
      await news;
    }
  } finally {
    forget?.();
    signal.removeEventListener('abort', gone);
    stopping?.removeEventListener('abort', gone);
  }
}
