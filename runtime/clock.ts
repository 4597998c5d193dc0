// The only reader of real time. Everything else takes a Clock, so tests and the simulator own time.

export interface Clock {
  /** Wall time in ms since 1970; may step. For people and for rows. */
  now(): number;
  /** Monotonic ms; never steps. For deadlines and measured durations. */
  monotonic(): number;
  /** Runs `due` once after `delayMs` (at least 0). Returns its cancellation, harmless when late. */
  after(delayMs: number, due: () => void): () => void;
}

const LONGEST_TIMEOUT_MS = 2_147_000_000;

/** Real time. A delay beyond setTimeout's range is waited in stretches. */
export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  after(delayMs, due) {
    let timer: NodeJS.Timeout;
    const arm = (left: number): void => {
      const stretch = Math.min(left, LONGEST_TIMEOUT_MS);
      timer = setTimeout(() => (left > stretch ? arm(left - stretch) : due()), Math.max(0, stretch));
    };
    arm(delayMs);
    return () => clearTimeout(timer);
  },
};
