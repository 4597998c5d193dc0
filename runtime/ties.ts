// Who is tied to what: monitors, links, memberships of groups, registered names. Each tie has one holder; a link is two ties.
// True including the running batch; those that durable actors hold have rows, and are read back when a batch fails (K10).
import type { Address } from './address.ts';
import type { TieKind, TieRow } from './journal.ts';

/** What an actor asks of its ties, in OTP's words. */
export const TIE_OPS = ['monitor', 'demonitor', 'link', 'unlink', 'join', 'leave', 'register', 'unregister'] as const;
export type TieOp = (typeof TIE_OPS)[number];

export interface Tie extends TieRow {
  /** Held by a durable actor, and not by its spec: it has a row. */
  readonly rowed: boolean;
}

export class Ties {
  /** By holder, then by what it is tied to. */
  readonly #held = new Map<Address, Map<string, Tie>>();
  /** By what they are tied to, then by holder. */
  readonly #to = new Map<string, Map<Address, Tie>>();
  /** Names let go by a batch that is not written yet: only what falls with that batch may take them. */
  readonly #leaving = new Set<string>();
  /** Durable actors whose run is over, while the commit that ends its links is not there yet. */
  readonly #over = new Set<Address>();
  #size = 0;

  get size(): number {
    return this.#size;
  }

  has(tie: TieRow): boolean {
    return this.get(tie) !== undefined;
  }

  get({ kind, holder, other }: TieRow): Tie | undefined {
    return this.#to.get(`${kind} ${other}`)?.get(holder);
  }

  /** A tie that is there already stays as it is. */
  put(tie: Tie): void {
    if (this.has(tie)) return;
    this.#size += 1;
    within(this.#to, `${tie.kind} ${tie.other}`).set(tie.holder, tie);
    within(this.#held, tie.holder).set(`${tie.kind} ${tie.other}`, tie);
  }

  remove({ kind, holder, other }: TieRow): void {
    if (!this.has({ kind, holder, other })) return;
    this.#size -= 1;
    leave(this.#to, `${kind} ${other}`, holder);
    leave(this.#held, holder, `${kind} ${other}`);
  }

  /** Who is tied to it, in the order in which they were. */
  to(kind: TieKind, other: string): readonly Tie[] {
    return [...(this.#to.get(`${kind} ${other}`)?.values() ?? [])];
  }

  /** What an actor holds, in the order in which it took it. */
  of(holder: Address): readonly Tie[] {
    return [...(this.#held.get(holder)?.values() ?? [])];
  }

  members(group: string): readonly Address[] {
    return [...(this.#to.get(`group ${group}`)?.keys() ?? [])];
  }

  whereis(name: string): Address | undefined {
    return this.#to.get(`name ${name}`)?.keys().next().value;
  }

  /** Whether the name is somebody's other than the holder's, or still may be when the running batch fails. */
  isTaken(name: string, { holder, rowed }: Pick<Tie, 'holder' | 'rowed'>): boolean {
    const owner = this.whereis(name);
    return (owner !== undefined && owner !== holder) || (!rowed && this.#leaving.has(name));
  }

  leaving(name: string): void {
    this.#leaving.add(name);
  }

  left(name: string): void {
    this.#leaving.delete(name);
  }

  /** No end of another is for this run any more, nor for the one that follows it. */
  runOver(address: Address): void {
    this.#over.add(address);
  }

  linksEnded(address: Address): void {
    this.#over.delete(address);
  }

  isOver(address: Address): boolean {
    return this.#over.has(address);
  }

  /** What the journal holds takes the place of all that has rows. */
  readBack(rows: readonly TieRow[]): void {
    this.#leaving.clear();
    for (const held of [...this.#held.values()]) for (const tie of [...held.values()]) if (tie.rowed) this.remove(tie);
    for (const row of rows) this.put({ ...row, rowed: true });
  }
}

function within<Key, Inner>(index: Map<Key, Map<Inner, Tie>>, key: Key): Map<Inner, Tie> {
  const found = index.get(key) ?? new Map<Inner, Tie>();
  index.set(key, found);
  return found;
}

function leave<Key, Inner>(index: Map<Key, Map<Inner, Tie>>, key: Key, inner: Inner): void {
  const found = index.get(key);
  found?.delete(inner);
  if (found?.size === 0) index.delete(key);
}
