// SIGTERM and SIGINT ask for an orderly end, once; SIGHUP too, since a terminal that goes must not leave a node half alive.

const ASKED: readonly NodeJS.Signals[] = ['SIGTERM', 'SIGINT', 'SIGHUP'];

/** Calls back at the first of them. Returns the way to stop listening. */
export function onSignal(listener: (signal: NodeJS.Signals) => void, asked: readonly NodeJS.Signals[] = ASKED): () => void {
  let heard = false;
  const hear = (signal: NodeJS.Signals): void => {
    if (heard) return;
    heard = true;
    listener(signal);
  };
  for (const signal of asked) process.on(signal, hear);
  return () => {
    for (const signal of asked) process.off(signal, hear);
  };
}

/** Whether somebody in this process hears them and ends what it has begun. */
export function endsInOrder(): boolean {
  return process.listenerCount('SIGTERM') > 0;
}
