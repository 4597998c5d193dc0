// The last transitions of an actor, for people and for the inspector. A ring: old ones fall out. Steps that differ in nothing but number
// and time share one object, also over actors, and as long as all are alike that object is kept once: what is kept of each step is what
// a collection of garbage has to copy, and what a step has to find in memory.

export const HISTORY_KEPT = 200;

export interface Transition {
  readonly step: number;
  /** Wall time, ms. */
  readonly at: number;
  readonly epoch: number;
  readonly messageId: string | null;
  readonly type: string;
  /** State values before and after; null for logic without states. */
  readonly from: unknown;
  readonly to: unknown;
  readonly cause: string | null;
  /** Ids of effects that the step began. */
  readonly effects: readonly string[];
}

/** What some actor's step was just now: that of the next actor is often alike. */
let recent: Transition | undefined;

export class History {
  /** The last step, but for its number and time. */
  #last: Transition | undefined;
  #step = 0;
  /** The step whose time is the first in the ring. */
  #first = 1;
  /** Of each step. */
  #times: number[] = [];
  /** Of each step all but its number and time; made when a step differs from the one before it. */
  #kinds: Transition[] | undefined;

  /** The number of the step is the next one, or the history begins anew with it. */
  add(transition: Transition): void {
    if (transition.step !== this.#step + 1 || this.#last === undefined) this.#begin(transition.step);
    if (this.#last === undefined || !isAlike(this.#last, transition)) this.#change(transition);
    this.#note(transition.at);
  }

  /**
   * Adds the last step once more, at a later time: the next message of the same type, of which nothing else is known, and which left the
   * state as it was. False when the last one was another; then nothing is added.
   */
  again(type: string, state: unknown, at: number): boolean {
    const last = this.#last;
    if (last === undefined || last.type !== type || last.to !== state || last.from !== state) return false;
    if (last.messageId !== null || last.cause !== null || last.effects.length > 0) return false;
    this.#note(at);
    return true;
  }

  #begin(step: number): void {
    this.#step = step - 1;
    this.#first = step;
    this.#times = [];
    this.#kinds = undefined;
    this.#last = undefined;
  }

  #change(transition: Transition): void {
    const before = this.#last;
    if (recent === undefined || !isAlike(recent, transition)) recent = transition;
    this.#last = recent;
    if (before !== undefined) this.#kinds ??= this.#times.map(() => before);
  }

  #note(at: number): void {
    const place = this.#placeOf(this.#step + 1);
    this.#step += 1;
    this.#times[place] = at;
    if (this.#kinds !== undefined) this.#kinds[place] = this.#last as Transition;
  }

  /** Takes back steps that were never committed. */
  forgetAfter(step: number): void {
    const kept = this.list().filter((transition) => transition.step <= step);
    this.#begin(kept[0]?.step ?? step + 1);
    for (const transition of kept) this.add(transition);
  }

  /** Oldest first. */
  list(): Transition[] {
    const told: Transition[] = [];
    for (let step = Math.max(this.#first, this.#step - HISTORY_KEPT + 1); step <= this.#step; step += 1) {
      const place = this.#placeOf(step);
      told.push({ ...((this.#kinds?.[place] ?? this.#last) as Transition), step, at: this.#times[place] as number });
    }
    return told;
  }

  #placeOf(step: number): number {
    return (step - this.#first) % HISTORY_KEPT;
  }
}

function isAlike(one: Transition, other: Transition): boolean {
  return (
    one.type === other.type &&
    one.to === other.to &&
    one.from === other.from &&
    one.effects === other.effects &&
    one.messageId === other.messageId &&
    one.cause === other.cause &&
    one.epoch === other.epoch
  );
}
