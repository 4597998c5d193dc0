// What waits to run between two batches, in order. Whoever asked is either run, again when the batch that carried his rows was lost,
// or told that the node can write no more.
import type { Batch, BoundaryOperation } from './batch.ts';

export class BoundaryOperations {
  #waiting: BoundaryOperation[] = [];

  get size(): number {
    return this.#waiting.length;
  }

  add(operation: BoundaryOperation): void {
    this.#waiting.push(operation);
  }

  /** Runs those that wait, in order, for as long as `goesOn` says behind each. What one of them adds is for the next batch. */
  run(batch: Batch, goesOn: () => boolean): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    let at = 0;
    while (at < waiting.length) {
      const operation = waiting[at] as BoundaryOperation;
      at += 1;
      batch.operations.push(operation);
      operation.run(batch);
      if (!goesOn()) break;
    }
    if (at < waiting.length) this.putBack(waiting.slice(at));
  }

  /** Their batch was lost: they come first. */
  putBack(operations: readonly BoundaryOperation[]): void {
    this.#waiting.unshift(...operations);
  }

  /** The node can write no more. */
  endAll(): void {
    for (const { down } of this.#waiting.splice(0)) down();
  }

  /** Only those that wait for no journal that is out of order (K22). */
  endThoseThatEnd(): void {
    const ends = this.#waiting.filter((operation) => operation.ends);
    this.#waiting = this.#waiting.filter((operation) => !operation.ends);
    for (const { down } of ends) down();
  }
}
