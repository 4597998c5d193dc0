// Which actors run here, and who outside of all actors watches whom.
import type { Address } from './address.ts';
import type { Cell } from './cell.ts';
import type { ExitReason } from './exit-reason.ts';
import type { Ties } from './ties.ts';

/** One-way notice of death. */
export interface Down {
  readonly type: 'DOWN';
  readonly address: Address;
  readonly reason: ExitReason;
}

export class Registry {
  readonly #cells = new Map<Address, Cell>();
  readonly #monitors = new Map<Address, Set<(down: Down) => void>>();
  readonly #ties: Ties;

  constructor(ties: Ties) {
    this.#ties = ties;
  }

  get(address: Address): Cell | undefined {
    return this.#cells.get(address);
  }

  get size(): number {
    return this.#cells.size;
  }

  cells(): IterableIterator<Cell> {
    return this.#cells.values();
  }

  /** Joins the groups of its spec, at each start. */
  add(cell: Cell): void {
    this.#cells.set(cell.address, cell);
    if (cell.behaviour.kind !== 'worker') return;
    for (const group of cell.behaviour.groups) this.#ties.put({ kind: 'group', holder: cell.address, other: group, rowed: false });
  }

  /** What a durable actor is tied to outlives a restart: a broadcast meanwhile waits in its mailbox. */
  remove(cell: Cell): void {
    if (this.#cells.get(cell.address) !== cell) return;
    this.#cells.delete(cell.address);
    if (!cell.durable && this.#ties.size > 0) for (const tie of this.#ties.of(cell.address)) this.#ties.remove(tie);
  }

  /** Callbacks that wait for the end of an actor. */
  get watchers(): number {
    return [...this.#monitors.values()].reduce((sum, { size }) => sum + size, 0);
  }

  /** Returns the way to stop watching, which says whether there was something to stop. */
  monitor(address: Address, notify: (down: Down) => void): () => boolean {
    const watchers = this.#monitors.get(address) ?? new Set();
    this.#monitors.set(address, watchers);
    watchers.add(notify);
    return () => {
      const stopped = watchers.delete(notify);
      if (watchers.size === 0 && this.#monitors.get(address) === watchers) this.#monitors.delete(address);
      return stopped;
    };
  }

  /** Tells each watcher once. One that throws disturbs nobody; its error is dropped. */
  notifyDown(address: Address, reason: ExitReason): void {
    const watchers = this.#monitors.get(address);
    if (watchers === undefined) return;
    this.#monitors.delete(address);
    for (const notify of watchers) {
      try {
        notify({ type: 'DOWN', address, reason });
      } catch {}
    }
  }
}
