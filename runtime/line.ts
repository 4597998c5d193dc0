// First come, first served. To take one costs the same however many wait: what `shift` of a long array moves, nobody moves here.

/** Taken ones that are kept at most, or as many as wait. */
const MOST_TAKEN = 1_024;

export class Line<T> {
  #items: (T | undefined)[] = [];
  #head = 0;

  get size(): number {
    return this.#items.length - this.#head;
  }

  add(item: T): void {
    this.#items.push(item);
  }

  take(): T | undefined {
    if (this.#head === this.#items.length) return undefined;
    const item = this.#items[this.#head];
    this.#items[this.#head] = undefined;
    this.#head += 1;
    if (this.#head === this.#items.length) {
      this.#items.length = 0;
      this.#head = 0;
    } else if (this.#head > MOST_TAKEN && this.#head * 2 > this.#items.length) {
      this.#items = this.#items.slice(this.#head);
      this.#head = 0;
    }
    return item;
  }

  /** All that wait, in their order; nobody waits afterwards. */
  takeAll(): readonly T[] {
    const waiting = this.#items.slice(this.#head) as T[];
    this.#items = [];
    this.#head = 0;
    return waiting;
  }
}
