// Work that takes much of a machine, so much of it at once and the rest in a line: whoever ends hands the turn to the first of the line, so that
// nobody who comes meanwhile takes it as well.
import { codedError } from '../../runtime/index.ts';

export interface Turns {
  readonly atOnce: number;
  readonly mostWaiting: number;
}

const RETRY_S = 5;

/** What it returns throws `TooManyAttempts` when the line is full. */
export function takingTurns({ atOnce, mostWaiting }: Turns): <T>(work: () => Promise<T>) => Promise<T> {
  const waiting: Array<() => void> = [];
  let running = 0;
  const begin = (): Promise<void> | undefined => {
    if (running >= atOnce) return new Promise((resolve) => waiting.push(resolve));
    running += 1;
    return undefined;
  };
  const end = (): void => {
    const next = waiting.shift();
    if (next === undefined) running -= 1;
    else next();
  };
  return async (work) => {
    if (waiting.length >= mostWaiting) throw codedError('TooManyAttempts', { seconds: RETRY_S });
    await begin();
    try {
      return await work();
    } finally {
      end();
    }
  };
}
