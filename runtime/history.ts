// The last transitions of an actor, for people and for the inspector. A ring: old ones fall out. Steps that differ in nothing but number
// and time share one object, since what is kept of each step is what a collection of garbage has to copy.

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

export class History {
  /** Of each step all but its number and time. */
  #kinds: Transition[] = [];
  /** Number and time of each step, in turn. */
  #times: number[] = [];
  /** Where the next one goes once the ring is full. */
  #next = 0;
  #last: Transition | undefined;

  add(transition: Transition): void {
    if (this.#last === undefined || !isAlike(this.#last, transition)) this.#last = transition;
    if (this.#kinds.length < HISTORY_KEPT) {
      this.#kinds.push(this.#last);
      this.#times.push(transition.step, transition.at);
      return;
    }
    const place = this.#next;
    this.#kinds[place] = this.#last;
    this.#times[2 * place] = transition.step;
    this.#times[2 * place + 1] = transition.at;
    this.#next = (place + 1) % HISTORY_KEPT;
  }

  /** Takes back steps that were never committed. */
  forgetAfter(step: number): void {
    const kept = this.list().filter((transition) => transition.step <= step);
    this.#kinds = kept;
    this.#times = kept.flatMap(({ step, at }) => [step, at]);
    this.#next = 0;
    this.#last = undefined;
  }

  /** Oldest first. */
  list(): Transition[] {
    const all = this.#kinds.map((kind, place) => ({ ...kind, step: this.#times[2 * place] as number, at: this.#times[2 * place + 1] as number }));
    return [...all.slice(this.#next), ...all.slice(0, this.#next)];
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
