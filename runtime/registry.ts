// Which actors run here, who is in which group, and who watches whom.
import type { Address } from './address.ts';
import type { Cell } from './cell.ts';
import type { ExitReason } from './exit-reason.ts';

/** One-way notice of death. */
export interface Down {
  readonly type: 'DOWN';
  readonly address: Address;
  readonly reason: ExitReason;
}

export class Registry {
  readonly #cells = new Map<Address, Cell>();
  readonly #groups = new Map<string, Set<Address>>();
  readonly #monitors = new Map<Address, Set<(down: Down) => void>>();

  get(address: Address): Cell | undefined {
    return this.#cells.get(address);
  }

  get size(): number {
    return this.#cells.size;
  }

  cells(): IterableIterator<Cell> {
    return this.#cells.values();
  }

  add(cell: Cell): void {
    this.#cells.set(cell.address, cell);
    if (cell.behaviour.kind !== 'worker') return;
    for (const group of cell.behaviour.groups) {
      const members = this.#groups.get(group) ?? new Set();
      this.#groups.set(group, members);
      members.add(cell.address);
    }
  }

  /** Group membership of a durable actor outlives a restart: a broadcast meanwhile waits in its mailbox. */
  remove(cell: Cell): void {
    if (this.#cells.get(cell.address) === cell) this.#cells.delete(cell.address);
  }

  leaveGroups(address: Address): void {
    for (const members of this.#groups.values()) members.delete(address);
  }

  members(group: string): readonly Address[] {
    return [...(this.#groups.get(group) ?? [])];
  }

  monitor(address: Address, notify: (down: Down) => void): () => void {
    const watchers = this.#monitors.get(address) ?? new Set();
    this.#monitors.set(address, watchers);
    watchers.add(notify);
    return () => void watchers.delete(notify);
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
