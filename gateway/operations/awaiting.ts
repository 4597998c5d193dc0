// Waits for the end of something by the facts that tell of it, so that waiting leaves nothing in an actor.
import type { OperationContext } from './operation.ts';

export interface Awaited<T> {
  /** Whether a fact of this kind may be news of it. */
  isNews(kind: string): boolean;
  read(): Promise<T>;
  isEnded(value: T): boolean;
  readonly timeoutMs: number;
}

/** What is read once it has ended, or when the time is over, the asker gone, or the node stops. */
export async function awaitEnd<T>({ node, signal }: OperationContext, { isNews, read, isEnded, timeoutMs }: Awaited<T>): Promise<T> {
  const { facts, clock, stopping } = node;
  let wake = (): void => undefined;
  const forget = facts.listen(({ kind }) => (isNews(kind) ? wake() : undefined));
  const until = clock.monotonic() + timeoutMs;
  try {
    for (;;) {
      const news = new Promise<void>((resolve) => {
        wake = resolve;
      });
      const value = await read();
      const left = until - clock.monotonic();
      if (isEnded(value) || left <= 0 || signal.aborted || stopping.aborted) return value;
      const cancel = clock.after(left, wake);
      signal.addEventListener('abort', wake, { once: true });
      stopping.addEventListener('abort', wake, { once: true });
      await news;
      cancel();
      signal.removeEventListener('abort', wake);
      stopping.removeEventListener('abort', wake);
    }
  } finally {
    forget();
  }
}
