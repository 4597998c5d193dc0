// One table of the journal in memory: rows by key, and by their owner in the order of their keys' first arrival.

export class MemoryTable<Key, Row extends object> {
  readonly #keyOf: (row: Row) => Key;
  readonly #ownerOf: (row: Row) => string;
  readonly #rows = new Map<Key, Row>();
  readonly #owned = new Map<string, Map<Key, Row>>();

  constructor(keyOf: (row: Row) => Key, ownerOf: (row: Row) => string) {
    this.#keyOf = keyOf;
    this.#ownerOf = ownerOf;
  }

  put(row: Row): void {
    const key = this.#keyOf(row);
    const owner = this.#ownerOf(row);
    const before = this.#rows.get(key);
    if (before !== undefined && this.#ownerOf(before) !== owner) this.remove(key);
    this.#rows.set(key, row);
    const owned = this.#owned.get(owner) ?? new Map<Key, Row>();
    this.#owned.set(owner, owned.set(key, row));
  }

  remove(key: Key): void {
    const row = this.#rows.get(key);
    if (row === undefined) return;
    this.#rows.delete(key);
    const owner = this.#ownerOf(row);
    const owned = this.#owned.get(owner);
    owned?.delete(key);
    if (owned?.size === 0) this.#owned.delete(owner);
  }

  get(key: Key): Row | undefined {
    return this.#rows.get(key);
  }

  of(owner: string): Row[] {
    return [...(this.#owned.get(owner)?.values() ?? [])];
  }

  owners(): Iterable<string> {
    return this.#owned.keys();
  }

  /** In no order of meaning. */
  all(): Iterable<Row> {
    return this.#rows.values();
  }
}
