// Whether the journal takes writes. After one that failed for the environment (a full disk, a lock) the node counts as not ready
// until the next one is confirmed, and tries again less and less often (K11).
import type { Clock } from './clock.ts';
import { JournalFailure } from './journal.ts';

const FIRST_PAUSE_MS = 20;
const LONGEST_PAUSE_MS = 2_000;
const PROBE_MS = 1_000;

export class JournalWrites {
  #failures = 0;
  #fault: string | undefined;
  #waiting = false;
  /** Told of each write that fails, of each try in vain to reach the journal again, and when writes are confirmed again. */
  onChange: (fault: string | undefined) => void = () => undefined;

  /** Why writes are not trusted at present. */
  get fault(): string | undefined {
    return this.#fault;
  }

  /** Before the next try; the first one is made at once. */
  get pauseMs(): number {
    return this.#failures < 2 ? 0 : Math.min(FIRST_PAUSE_MS * 2 ** (this.#failures - 2), LONGEST_PAUSE_MS);
  }

  /** Calls back once, after a while; a call that waits already is enough. */
  later(clock: Clock, probe: () => void): void {
    if (this.#waiting) return;
    this.#waiting = true;
    clock.after(PROBE_MS, () => {
      this.#waiting = false;
      probe();
    });
  }

  confirmed(): void {
    this.#failures = 0;
    if (this.#fault === undefined) return;
    this.#fault = undefined;
    this.onChange(undefined);
  }

  /** The journal does not answer, after a write that failed. */
  unanswered(): void {
    if (this.#fault !== undefined) this.onChange(this.#fault);
  }

  failed(error: unknown): void {
    if (!(error instanceof JournalFailure) || (error.kind !== 'environment' && error.kind !== 'damaged')) return;
    this.#failures += 1;
    this.#fault = error.message;
    this.onChange(this.#fault);
  }
}
