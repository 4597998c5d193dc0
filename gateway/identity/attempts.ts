// How often somebody may try something that could be guessed or could fill the disk: so many times in a stretch of time, by address.
import { type Clock, codedError } from '../../runtime/index.ts';

export interface Attempts {
  /** Counts one. Throws `TooManyAttempts`. */
  count(who: string): void;
}

interface Stretch {
  readonly until: number;
  count: number;
}

const MOST_KNOWN = 10_000;

export function attempts(clock: Clock, { most, withinMs }: { readonly most: number; readonly withinMs: number }): Attempts {
  const known = new Map<string, Stretch>();
  const forgetOld = (): void => {
    for (const [who, { until }] of known) if (until <= clock.monotonic()) known.delete(who);
    if (known.size >= MOST_KNOWN) known.delete(known.keys().next().value as string);
  };
  return {
    count(who) {
      const now = clock.monotonic();
      let stretch = known.get(who);
      if (stretch === undefined || stretch.until <= now) {
        if (known.size >= MOST_KNOWN) forgetOld();
        known.delete(who);
        stretch = { until: now + withinMs, count: 0 };
        known.set(who, stretch);
      }
      stretch.count += 1;
      if (stretch.count > most) throw codedError('TooManyAttempts', { seconds: Math.ceil((stretch.until - now) / 1_000) });
    },
  };
}
