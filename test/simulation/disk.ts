// The disk under a run. It outlives every node on it. What has landed is what reads see; on an honest disk it is flushed by then, a lying one
// flushes later, and what it had not flushed is gone when the power is. A batch is there whole or not at all.
import { type CommitBatch, type Journal, type MemoryStore, memoryStore } from '../../runtime/index.ts';
import { applyBatch } from '../../runtime/persistence/memory-store.ts';
import type { Chance } from './chance.ts';
import { DiskConnection } from './disk-connection.ts';
import { ALWAYS, type Owner, type Timeline } from './timeline.ts';
import type { Trace } from './trace.ts';
import type { Weather } from './weather.ts';

/** What the disk and its connections have in common with the rest of a run. */
export interface Surroundings {
  readonly time: Timeline;
  readonly chance: Chance;
  readonly trace: Trace;
  weather: Weather;
  /** A moment inside the kernel at which the node may die. True: it just has. */
  mayDie(owner: Owner, where: string): boolean;
}

const ERA = 'simulated';

export class SimulatedDisk {
  store: MemoryStore = memoryStore(ERA);
  /** It answers nothing before this time. */
  downUntil = 0;
  readonly around: Surroundings;
  readonly #flushed: CommitBatch[] = [];
  #unflushed: CommitBatch[] = [];
  #flushing = false;
  #connections: DiskConnection[] = [];

  constructor(around: Surroundings) {
    this.around = around;
  }

  /** `tookOver` is told of the epoch that its node got. */
  connect(owner: Owner, name: string, tookOver: (nodeEpoch: number) => void): Journal {
    const connection = new DiskConnection(this, owner, name, tookOver);
    this.#connections.push(connection);
    return connection.journal;
  }

  landed(batch: CommitBatch): void {
    this.#unflushed.push(batch);
    const { weather, time, chance } = this.around;
    if (!weather.lying) this.flush();
    else if (!this.#flushing) {
      this.#flushing = true;
      time.after(chance.between(2, 80), ALWAYS, () => this.flush());
    }
  }

  flush(): void {
    this.#flushing = false;
    this.#flushed.push(...this.#unflushed);
    this.#unflushed = [];
  }

  /** The process has died: what it was writing is there or not. */
  cut(owner: Owner): void {
    for (const connection of this.#connections) if (connection.owner === owner) connection.cut();
    this.#connections = this.#connections.filter((connection) => connection.owner !== owner);
  }

  /** All processes have died before this. Returns the number of the last batch that is still there, when some are not. */
  losePower(): number | undefined {
    const { chance, trace } = this.around;
    const kept = this.#unflushed.slice(0, chance.whole(0, this.#unflushed.length));
    const lost = this.#unflushed.length - kept.length;
    this.#flushed.push(...kept);
    this.#unflushed = [];
    if (lost === 0) return undefined;
    this.#rebuild();
    trace.note(`disk: the power was gone, ${lost} batches that it had called written are lost; the last one there is ${this.store.lastBatch}`);
    return this.store.lastBatch;
  }

  #rebuild(): void {
    const { nodeEpoch } = this.store;
    const store = memoryStore(ERA);
    for (const batch of this.#flushed) applyBatch(store, batch);
    store.nodeEpoch = nodeEpoch;
    store.cleanStop = false;
    this.store = store;
  }
}
