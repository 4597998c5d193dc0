// A supervisor's children, by id and in start order (K24: not in a statechart's context, which would copy them at every change).
import { type Address, type ChildCounts, type ChildInfo, type ChildSpec, type ChildTableView, childAddress } from '../runtime/index.ts';

export interface ChildEntry {
  readonly spec: ChildSpec;
  state: 'starting' | 'running' | 'restarting' | 'stopped';
  serial: number;
  restarts: number;
  /** Restarts in a row, for backoff. */
  failures: number;
  /** Monotonic ms. */
  runningSince: number;
  /** Has a durable row (K25). */
  readonly row: boolean;
}

export class ChildTable implements ChildTableView {
  readonly #address: Address;
  readonly #children = new Map<string, ChildEntry>();

  constructor(address: Address) {
    this.#address = address;
  }

  add(spec: ChildSpec, row = false): ChildEntry {
    const entry: ChildEntry = { spec, state: 'stopped', serial: 0, restarts: 0, failures: 0, runningSince: 0, row };
    this.#children.set(spec.id, entry);
    return entry;
  }

  get(id: string): ChildEntry | undefined {
    return this.#children.get(id);
  }

  delete(id: string): void {
    this.#children.delete(id);
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
    return this.entries().map(({ spec, state, restarts }) => {
      const shown = state === 'starting' ? 'restarting' : state;
      return { id: spec.id, address: childAddress(this.#address, spec.id), type: spec.type, state: shown, restarts };
    });
  }

  count(): ChildCounts {
    const entries = this.entries();
    const supervisors = entries.filter((entry) => entry.spec.type === 'supervisor').length;
    return { specs: entries.length, active: entries.filter((entry) => entry.state === 'running').length, supervisors, workers: entries.length - supervisors };
  }
}
