// A supervisor's children, by id and in start order (K24: not in a statechart's context, which would copy them at every change).
// Every operation on one child costs the same at ten children and at ten thousand; lists are built only when somebody reads them.
import { type Address, type ChildCounts, type ChildInfo, type ChildSpec, type ChildTableView, childAddress } from '../runtime/index.ts';
import type { Strategy } from './restart-plan.ts';

export type ChildState = 'starting' | 'running' | 'restarting' | 'stopped';

export interface ChildEntry {
  readonly spec: ChildSpec;
  /** Has a durable row (K25). */
  readonly row: boolean;
  readonly state: ChildState;
  /** Of the present run; 0 when none counts. */
  readonly serial: number;
  readonly restarts: number;
  /** Restarts in a row, for backoff. */
  readonly failures: number;
  /** It has left memory, alive (K27); only of children without a row, which keep their place here. */
  readonly resting: boolean;
  /** Monotonic ms; undefined when its last start failed. */
  readonly runningSince: number | undefined;
}

type Writable<T> = { -readonly [K in keyof T]: T[K] };

export class ChildTable implements ChildTableView {
  /** `dynamic`: children come and go in no order. */
  readonly strategy: Strategy | 'dynamic';
  readonly #address: Address;
  readonly #children = new Map<string, Writable<ChildEntry>>();
  #shown: readonly ChildInfo[] | undefined;

  constructor(address: Address, strategy: Strategy | 'dynamic') {
    this.#address = address;
    this.strategy = strategy;
  }

  add(spec: ChildSpec, row = false): ChildEntry {
    const entry = { spec, row, state: 'stopped' as const, serial: 0, restarts: 0, failures: 0, resting: false, runningSince: undefined };
    this.#children.set(spec.id, entry);
    this.#shown = undefined;
    return entry;
  }

  /** The only way an entry changes. One that has left the table meanwhile is left alone. */
  change(id: string, change: Partial<Omit<ChildEntry, 'spec' | 'row'>>): void {
    const entry = this.#children.get(id);
    if (entry === undefined) return;
    Object.assign(entry, change);
    this.#shown = undefined;
  }

  get(id: string): ChildEntry | undefined {
    return this.#children.get(id);
  }

  delete(id: string): void {
    this.#children.delete(id);
    this.#shown = undefined;
  }

  get size(): number {
    return this.#children.size;
  }

  /** In start order. */
  ids(): string[] {
    return [...this.#children.keys()];
  }

  entries(): ChildEntry[] {
    return [...this.#children.values()];
  }

  spec(id: string): ChildSpec | undefined {
    return this.#children.get(id)?.spec;
  }

  which(): readonly ChildInfo[] {
    this.#shown ??= this.entries().map((entry) => this.#show(entry));
    return this.#shown;
  }

  info(id: string): ChildInfo | undefined {
    const entry = this.#children.get(id);
    return entry === undefined ? undefined : this.#show(entry);
  }

  #show({ spec, state, restarts }: ChildEntry): ChildInfo {
    const shown = state === 'starting' ? 'restarting' : state;
    return { id: spec.id, address: childAddress(this.#address, spec.id), type: spec.type, state: shown, restarts };
  }

  /** A child with a row is found by that again; one without keeps its place. */
  rest(id: string, serial: number): boolean {
    const entry = this.#children.get(id);
    if (entry?.state !== 'running' || entry.serial !== serial) return false;
    if (entry.row) this.delete(id);
    else this.change(id, { resting: true });
    return true;
  }

  count(): ChildCounts {
    let active = 0;
    let supervisors = 0;
    for (const { spec, state } of this.#children.values()) {
      if (state === 'running') active += 1;
      if (spec.type === 'supervisor') supervisors += 1;
    }
    return { specs: this.size, active, supervisors, workers: this.size - supervisors };
  }
}
