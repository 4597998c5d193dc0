// What programs around the actors ask of supervisors: to start, end, restart and delete children, and who these are.
import { type Address, childId, parentAddress } from './address.ts';
import { type ChildPage, childCounts, childPage } from './addressable.ts';
import type { ChildHosts } from './child-host.ts';
import type { ChildSpec } from './child-spec.ts';
import type { DurableEngine } from './durable-engine.ts';
import { codedError } from './errors.ts';
import type { Page } from './journal.ts';
import type { Kernel } from './kernel.ts';
import type { ChildAnswer, ChildCounts, ChildTableView } from './supervisor-host.ts';

export class ChildAdmin {
  readonly #kernel: Kernel;
  readonly #engine: DurableEngine;
  readonly #hosts: ChildHosts;

  constructor(kernel: Kernel, engine: DurableEngine, hosts: ChildHosts) {
    this.#kernel = kernel;
    this.#engine = engine;
    this.#hosts = hosts;
  }

  start(supervisor: Address, child: ChildSpec | { template: string; id: string; input: unknown }): Promise<ChildAnswer> {
    return this.#ask(supervisor, 'behaviour' in child ? { type: 'troupe.start_child', spec: child } : { type: 'troupe.start_child', row: child });
  }

  async terminate(supervisor: Address, id: string): Promise<ChildAnswer> {
    return this.#ask(supervisor, { type: 'troupe.terminate_child', id });
  }

  async restart(supervisor: Address, id: string): Promise<ChildAnswer> {
    return this.#ask(supervisor, { type: 'troupe.restart_child', id });
  }

  async delete(supervisor: Address, id: string): Promise<ChildAnswer> {
    return this.#ask(supervisor, { type: 'troupe.delete_child', id });
  }

  /** By its address, for good when it is dynamic. */
  stop(address: Address): Promise<ChildAnswer> {
    return this.terminate(parentAddress(address), childId(address));
  }

  page(supervisor: Address, page: Page): Promise<ChildPage> {
    return childPage(this.#engine, supervisor, this.view(supervisor), page);
  }

  countAll(supervisor: Address): Promise<ChildCounts> {
    return childCounts(this.#engine, supervisor, this.view(supervisor));
  }

  /** Those in memory. Throws `NoSuchActor`. */
  view(supervisor: Address): ChildTableView {
    const view = this.#hosts.view(supervisor);
    if (view === undefined) throw codedError('NoSuchActor', { address: supervisor });
    return view;
  }

  #ask(address: Address, message: { readonly type: string; readonly [field: string]: unknown }): Promise<ChildAnswer> {
    const cell = this.#kernel.registry.get(address);
    if (cell?.behaviour.kind !== 'supervisor') return Promise.resolve({ ok: false, reason: 'not_found', detail: `no supervisor at '${address}'` });
    return this.#hosts.ask(cell, message);
  }
}
