// SIGTERM and SIGINT ask for an orderly end, once; SIGHUP too, since a terminal that goes must not leave a node half alive.

const ASKED: readonly NodeJS.Signals[] = ['SIGTERM', 'SIGINT', 'SIGHUP'];

/** Calls back at the first of them. Returns the way to stop listening. */
export function onSignal(listener: (signal: NodeJS.Signals) => void): () => void {
  let asked = false;
  const hear = (signal: NodeJS.Signals): void => {
    if (asked) return;
    asked = true;
    listener(signal);
  };
  for (const signal of ASKED) process.on(signal, hear);
  return () => {
    for (const signal of ASKED) process.off(signal, hear);
  };
}

/** Whether somebody in this process hears them and ends what it has begun. */
export function endsInOrder(): boolean {
  return process.listenerCount('SIGTERM') > 0;
}
