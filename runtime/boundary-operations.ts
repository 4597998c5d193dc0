// What waits to run between two batches, in order. Whoever asked is either run, again when the batch that carried his rows was lost,
// or told that the node can write no more.
import type { BoundaryOperation } from './batch.ts';

export class BoundaryOperations {
  #waiting: BoundaryOperation[] = [];

  get size(): number {
    return this.#waiting.length;
  }

  add(operation: BoundaryOperation): void {
    this.#waiting.push(operation);
  }

  /** The first of them, or all. */
  take(one: boolean): readonly BoundaryOperation[] {
    return this.#waiting.splice(0, one ? 1 : this.#waiting.length);
  }

  /** Their batch was lost: they come first. */
  putBack(operations: readonly BoundaryOperation[]): void {
    this.#waiting.unshift(...operations);
  }

  /** The node can write no more. */
  endAll(): void {
    for (const { down } of this.take(false)) down();
  }

  /** Only those that wait for no journal that is out of order (K22). */
  endThoseThatEnd(): void {
    const ends = this.#waiting.filter((operation) => operation.ends);
    this.#waiting = this.#waiting.filter((operation) => !operation.ends);
    for (const { down } of ends) down();
  }
}
