// What leaves for the same reason leaves together. A write to somebody who sleeps wakes them, which takes longer than most answers take to
// make; one to somebody who is awake already does not. So a write waits for as long as looks find more of them, but only for a few others
// and about a millisecond.
import type { Clock } from '../../runtime/index.ts';

const MOST = 16;
const LONGEST_MS = 1;
/** In a row, that find no other: whoever asks for many things at once may be writing the next one just then. */
const EMPTY_LOOKS = 2;

/** In order, in a later turn of the event loop. A write must not throw. */
export type Depart = (write: () => void) => void;

/** `next` runs something in a later turn; the event loop does unless a test says otherwise. */
export function departures(clock: Clock, next: (run: () => void) => void = setImmediate): Depart {
  let waiting: Array<() => void> = [];
  let seen = 0;
  let empty = 0;
  let since = 0;
  let looking = false;
  const leave = (): void => {
    const leaving = waiting;
    waiting = [];
    seen = 0;
    for (const write of leaving) write();
  };
  const look = (): void => {
    empty = waiting.length > seen ? 0 : empty + 1;
    if (empty < EMPTY_LOOKS && clock.monotonic() - since < LONGEST_MS) {
      seen = waiting.length;
      return next(look);
    }
    looking = false;
    leave();
  };
  return (write) => {
    if (waiting.length === 0) since = clock.monotonic();
    waiting.push(write);
    if (waiting.length >= MOST) return leave();
    if (looking) return;
    looking = true;
    empty = 0;
    next(look);
  };
}
