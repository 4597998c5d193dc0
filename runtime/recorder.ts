// Facts without an actor: refusals at the doors and the like (K34). They ride in the next batch and nobody waits for them. Whoever
// causes them by the thousand fills no disk: a burst is recorded, the rest is counted in one fact, ever more rarely while it goes on.
import type { Clock } from './clock.ts';
import { codedError } from './errors.ts';
import { findNonJson } from './plain-json.ts';

export interface RecordedFact {
  readonly kind: string;
  /** Plain JSON. */
  readonly body: unknown;
}

export const BURST = 20;
/** Facts that wait for a journal which does not answer. */
const MOST_WAITING = 200;
const WINDOW_MS = 1_000;
const LONGEST_WINDOW_MS = 60_000;
const KIND = /^[a-z]+(_[a-z]+)*\.[a-z]+(_[a-z]+)*$/;

export interface RecorderOptions {
  readonly clock: Clock;
  /** Calls back between two batches, again when that batch is lost, and never on a node that can write no more. */
  atBoundary(write: (facts: RecordedFact[]) => void): void;
}

export class Recorder {
  readonly #options: RecorderOptions;
  #waiting: RecordedFact[] = [];
  #asked = false;
  #left = BURST;
  #suppressed = new Map<string, number>();
  #windowMs = WINDOW_MS;
  #endWindow: (() => void) | undefined;
  #closed = false;

  constructor(options: RecorderOptions) {
    this.#options = options;
  }

  /** Throws `InvalidMessage` for what is no plain JSON or no kind, such as `access.refused`: a mistake in code. */
  record(kind: string, body: Readonly<Record<string, unknown>>): void {
    if (!KIND.test(kind)) throw codedError('InvalidMessage', { field: 'kind', problem: `'${kind}' is no kind of fact` });
    const flaw = findNonJson(body, 'body');
    if (flaw !== undefined) throw codedError('InvalidMessage', { field: flaw, problem: 'a fact is plain JSON (K3)' });
    if (this.#closed) return;
    this.#openWindow();
    if (this.#left === 0 || this.#waiting.length >= MOST_WAITING) this.#suppressed.set(kind, (this.#suppressed.get(kind) ?? 0) + 1);
    else this.#write({ kind, body });
  }

  /** What was only counted is said now; nothing is recorded any more. */
  close(): void {
    this.#endWindow?.();
    this.#sayCount();
    this.#closed = true;
  }

  #openWindow(): void {
    this.#endWindow ??= this.#options.clock.after(this.#windowMs, () => this.#windowOver());
  }

  /** A window that was too small is followed by a longer one. */
  #windowOver(): void {
    this.#endWindow = undefined;
    this.#left = BURST;
    const flooded = this.#suppressed.size > 0;
    this.#sayCount();
    this.#windowMs = flooded ? Math.min(2 * this.#windowMs, LONGEST_WINDOW_MS) : WINDOW_MS;
    if (flooded) this.#openWindow();
  }

  #sayCount(): void {
    if (this.#suppressed.size === 0 || this.#waiting.length >= MOST_WAITING) return;
    const kinds = Object.fromEntries(this.#suppressed);
    this.#suppressed.clear();
    this.#write({ kind: 'facts.suppressed', body: { count: Object.values(kinds).reduce((sum, count) => sum + count, 0), kinds, withinMs: this.#windowMs } });
  }

  #write(fact: RecordedFact): void {
    this.#left = Math.max(0, this.#left - 1);
    this.#waiting.push(fact);
    if (this.#asked) return;
    this.#asked = true;
    let taken: RecordedFact[] | undefined;
    this.#options.atBoundary((facts) => {
      taken ??= this.#waiting.splice(0);
      this.#asked = false;
      facts.push(...taken);
    });
  }
}
