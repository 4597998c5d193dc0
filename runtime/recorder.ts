// Facts without an actor: refusals at the doors and the like (K34). They ride in the next batch and nobody waits for them. Whoever
// causes them by the thousand fills no disk: a burst of each kind is recorded, the rest is counted in one fact, ever more rarely while
// it goes on. A flood of one kind hides nothing of another.
import type { Clock } from './clock.ts';
import { codedError } from './errors.ts';
import { findNonJson } from './plain-json.ts';

export interface RecordedFact {
  readonly kind: string;
  /** Plain JSON. */
  readonly body: unknown;
}

/** Of one kind in one window. */
export const BURST = 20;
/** Facts of one kind that wait for a journal which does not answer. */
const MOST_WAITING = 200;
const WINDOW_MS = 1_000;
const LONGEST_WINDOW_MS = 60_000;
const SUPPRESSED = 'facts.suppressed';
const KIND = /^[a-z]+(_[a-z]+)*\.[a-z]+(_[a-z]+)*$/;

export interface RecorderOptions {
  readonly clock: Clock;
  /** Calls back between two batches, again when that batch is lost, and never on a node that can write no more. */
  atBoundary(write: (facts: RecordedFact[]) => void): void;
}

export class Recorder {
  readonly #options: RecorderOptions;
  #waiting: RecordedFact[] = [];
  readonly #waitingOf = new Map<string, number>();
  #asked = false;
  readonly #written = new Map<string, number>();
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
    if ((this.#written.get(kind) ?? 0) >= BURST || (this.#waitingOf.get(kind) ?? 0) >= MOST_WAITING) this.#suppressed.set(kind, (this.#suppressed.get(kind) ?? 0) + 1);
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
    this.#written.clear();
    const flooded = this.#suppressed.size > 0;
    // One count that waits is enough.
    if (!this.#waitingOf.has(SUPPRESSED)) this.#sayCount();
    this.#windowMs = flooded ? Math.min(2 * this.#windowMs, LONGEST_WINDOW_MS) : WINDOW_MS;
    if (flooded) this.#openWindow();
  }

  #sayCount(): void {
    if (this.#suppressed.size === 0) return;
    const kinds = Object.fromEntries(this.#suppressed);
    this.#suppressed.clear();
    this.#write({ kind: SUPPRESSED, body: { count: Object.values(kinds).reduce((sum, count) => sum + count, 0), kinds, withinMs: this.#windowMs } });
  }

  #write(fact: RecordedFact): void {
    this.#written.set(fact.kind, (this.#written.get(fact.kind) ?? 0) + 1);
    this.#waitingOf.set(fact.kind, (this.#waitingOf.get(fact.kind) ?? 0) + 1);
    this.#waiting.push(fact);
    if (this.#asked) return;
    this.#asked = true;
    let taken: RecordedFact[] | undefined;
    this.#options.atBoundary((facts) => {
      taken ??= this.#take();
      this.#asked = false;
      facts.push(...taken);
    });
  }

  #take(): RecordedFact[] {
    this.#waitingOf.clear();
    return this.#waiting.splice(0);
  }
}
