// Hands deliveries over in order, outside the publisher's call, and lets the event loop breathe: a long exchange of messages
// must not hold up timers and sockets.

/** Deliveries between two turns of the event loop. */
const BURST = 256;

export class DeliveryQueue {
  readonly #waiting: Array<() => void> = [];
  #scheduled = false;
  #left = BURST;
  #refilling = false;

  /** `deliver` must not throw. */
  add(deliver: () => void): void {
    this.#waiting.push(deliver);
    if (this.#scheduled) return;
    this.#scheduled = true;
    if (this.#left > 0) queueMicrotask(() => this.#run());
    else setImmediate(() => this.#run());
  }

  #run(): void {
    this.#refill();
    while (this.#left > 0 && this.#waiting.length > 0) {
      const burst = this.#waiting.splice(0, this.#left);
      this.#left -= burst.length;
      for (const deliver of burst) deliver();
    }
    this.#scheduled = this.#waiting.length > 0;
    if (this.#scheduled) setImmediate(() => this.#run());
  }

  /** Each turn of the event loop allows another burst. */
  #refill(): void {
    if (this.#refilling) return;
    this.#refilling = true;
    this.#left = BURST;
    setImmediate(() => {
      this.#refilling = false;
      this.#left = BURST;
    });
  }

  /** Resolves when what was added before has been handed over. */
  idle(): Promise<void> {
    return new Promise((resolve) => this.add(resolve));
  }
}
