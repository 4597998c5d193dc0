// Waits for what shows only by looking.
import type { Clock } from '../../runtime/index.ts';

const LOOK_EVERY_MS = 50;

/** Resolves with whether it came true in time. */
export async function waitUntil(clock: Clock, isTrue: () => boolean, withinMs: number): Promise<boolean> {
  const until = clock.monotonic() + withinMs;
  while (!isTrue()) {
    if (clock.monotonic() >= until) return false;
    await pause(clock, LOOK_EVERY_MS);
  }
  return true;
}

export function pause(clock: Clock, delayMs: number): Promise<void> {
  return new Promise((resolve) => void clock.after(delayMs, resolve));
}
