// At most `intensity` restarts in any `periodMs`; one more and the supervisor gives up (OTP "Maximum Restart Intensity").

export interface Intensity {
  readonly intensity: number;
  readonly periodMs: number;
}

/** The restarts that still count. A restart costs the same in a storm of them: what is over is let go of in one piece. */
export class RestartWindow {
  readonly #limit: Intensity;
  /** Monotonic ms, oldest first. */
  #times: number[] = [];
  #head = 0;

  constructor(limit: Intensity) {
    this.#limit = limit;
  }

  /** How many count at present. */
  get size(): number {
    return this.#times.length - this.#head;
  }

  /** Counts a restart. False: it is one too many. Both ends of the period count, as in OTP (`Now =< Then + Period`). */
  admit(now: number): boolean {
    const { intensity, periodMs } = this.#limit;
    while (this.size > 0 && now - (this.#times[this.#head] as number) > periodMs) this.#head += 1;
    if (this.#head * 2 > this.#times.length) {
      this.#times = this.#times.slice(this.#head);
      this.#head = 0;
    }
    if (this.size >= intensity) return false;
    this.#times.push(now);
    return true;
  }
}
