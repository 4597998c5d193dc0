// How often somebody may try something that could be guessed or could fill the disk: so many times in a stretch of time, by address.
import { type Clock, codedError } from '../../runtime/index.ts';

export interface Attempts {
  /** Counts one more of this stretch. */
  add(who: string): { readonly count: number; readonly leftMs: number };
  /** Counts one. Throws `TooManyAttempts`. */
  count(who: string): void;
}

interface Stretch {
  readonly until: number;
  count: number;
}

/** Whoever comes under more names than these is forgotten, oldest first: memory is bounded. */
const MOST_KNOWN = 10_000;

export function attempts(clock: Clock, { most, withinMs }: { readonly most: number; readonly withinMs: number }): Attempts {
  // In the order in which their stretches end.
  const known = new Map<string, Stretch>();
  const makeRoom = (now: number): void => {
    for (const [who, { until }] of known) {
      if (until > now && known.size < MOST_KNOWN) return;
      known.delete(who);
    }
  };
  const add = (who: string) => {
    const now = clock.monotonic();
    let stretch = known.get(who);
    if (stretch === undefined || stretch.until <= now) {
      if (known.size >= MOST_KNOWN) makeRoom(now);
      known.delete(who);
      stretch = { until: now + withinMs, count: 0 };
      known.set(who, stretch);
    }
    stretch.count += 1;
    return { count: stretch.count, leftMs: stretch.until - now };
  };
  return {
    add,
    count(who) {
      const { count, leftMs } = add(who);
      if (count > most) throw codedError('TooManyAttempts', { seconds: Math.ceil(leftMs / 1_000) });
    },
  };
}
