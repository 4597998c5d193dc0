// Actors that do not run but can be told things (K25, K27): who an address means is looked up in the journal, and whoever is meant is
// started by its supervisor. Nothing is kept in memory of an actor that nobody speaks to.
import { type Address, childId, parentAddress } from './address.ts';
import type { DurableEngine } from './durable-engine.ts';
import { forget } from './durable-lifecycle.ts';
import { NOPROC } from './exit-reason.ts';
import type { ChildRow } from './journal.ts';
import { Mail } from './mail.ts';

/** Before a look-up is made again that the journal did not answer. */
const RETRY_MS = 250;

interface Waking {
  readonly done: Promise<void>;
  readonly settle: () => void;
}

export class Activations {
  readonly #engine: DurableEngine;
  readonly #waking = new Map<Address, Waking>();
  /** Addresses that are being looked up because somebody ties himself to them. */
  readonly #presumed = new Set<Address>();

  constructor(engine: DurableEngine) {
    this.#engine = engine;
  }

  /** Whether anybody lives at the address, running or not. Rejects while the journal cannot be read. */
  async find(address: Address): Promise<boolean> {
    if (this.#engine.holds(address)) return true;
    const row = this.#engine.kernel.rowAbove(address);
    return row !== undefined && (this.#engine.places.rowChildren.has(row) || (await this.row(row)) !== undefined);
  }

  /** Takes somebody to live at the address of a dynamic child, and looks: who is tied to nobody is told so (K27). */
  presume(address: Address): boolean {
    if (!this.#engine.presumes(address)) return false;
    if (this.#presumed.has(address)) return true;
    this.#presumed.add(address);
    const look = async (): Promise<void> => {
      if (!(await this.find(address))) await this.#discard(address, this.#engine.kernel.rowAbove(address) ?? address);
    };
    // A journal that cannot be read says nothing of the actor.
    void look()
      .catch(() => undefined)
      .finally(() => this.#presumed.delete(address));
    return true;
  }

  /**
   * A child row as of now: when rows came or went during the look-up it is made again. One that a batch takes away is there until that
   * is written, and stays when the batch is lost: nothing is said of it before.
   */
  async row(address: Address): Promise<ChildRow | undefined> {
    const { places, journal } = this.#engine;
    for (;;) {
      while (places.rowsGone.has(address)) if (!(await this.#engine.boundary())) return undefined;
      const { rowChanges } = places;
      const row = await journal.child(parentAddress(address), childId(address));
      if (rowChanges === places.rowChanges) return row;
    }
  }

  /** Has the actor started for which mail waits or a timer is due. Resolves when it runs, or when it is known that it will not. `row`: its row, just written. */
  wake(address: Address, row?: ChildRow): Promise<void> {
    const { places } = this.#engine;
    if (places.cells.has(address) || places.quarantined.has(address)) return Promise.resolve();
    const under = this.#waking.get(address);
    if (under !== undefined) return under.done;
    let settle = (): void => undefined;
    const done = new Promise<void>((resolve) => {
      settle = resolve;
    });
    this.#waking.set(address, { done, settle });
    if (row === undefined) void this.#wake(address);
    else this.#start(address, row);
    return done;
  }

  /** Whether it is being looked up or started: what is told to it is soon taken, or stored behind that. */
  isWaking(address: Address): boolean {
    return this.#waking.has(address);
  }

  /** It runs, or could not be started. */
  settled(address: Address): void {
    const waking = this.#waking.get(address);
    this.#waking.delete(address);
    waking?.settle();
  }

  /** A supervisor begins (again): what it had been asked before is void, and whoever has mail in memory is to be started. */
  begin(supervisor: Address): void {
    for (const address of [...this.#waking.keys()]) if (parentAddress(address) === supervisor) this.settled(address);
    for (const address of this.#engine.places.heldBelow(supervisor)) void this.wake(address);
  }

  async #wake(address: Address): Promise<void> {
    const { kernel, places } = this.#engine;
    const above = kernel.rowAbove(address);
    if (above === undefined) {
      if (places.resting.has(address)) this.#ask(address, { type: 'troupe.wake_child', id: childId(address) });
      else this.settled(address);
      return;
    }
    try {
      const row = await this.row(above);
      if (row !== undefined) this.#start(address, row);
      else if (places.rowChildren.has(above)) this.settled(address);
      else await this.#discard(address, above);
    } catch {
      this.#later(address);
    }
  }

  #start(address: Address, row: ChildRow): void {
    const above = `${row.parent}/${row.id}`;
    this.#engine.places.rowFound(above);
    this.#ask(above, { type: 'troupe.child_row', row });
    // What lives below a child is started by that child.
    if (above !== address) this.settled(address);
  }

  #ask(address: Address, message: { readonly type: string; readonly [field: string]: unknown }): void {
    const supervisor = parentAddress(address);
    if (this.#engine.kernel.registry.get(supervisor) === undefined) this.settled(address);
    else this.#engine.kernel.post(new Mail('kernel', null, message), supervisor);
  }

  /** Nobody is there: the mail that was kept on presumption is dead, and what an earlier life left goes. */
  async #discard(address: Address, above: Address): Promise<void> {
    const { places } = this.#engine;
    await forget(this.#engine, address, { detail: '', reason: NOPROC, unless: () => places.cells.has(address) || places.rowChildren.has(above) });
    this.settled(address);
    if (places.rowChildren.has(above) && places.heldCount(address) > 0) void this.wake(address);
  }

  #later(address: Address): void {
    const { kernel, state } = this.#engine;
    if (state === 'closed' || state === 'fenced') this.settled(address);
    else kernel.clock.after(RETRY_MS, () => void this.#wake(address));
  }
}
