// What a node shows of itself to its own process: its tree, its actors, its names, its alerts. Reading changes nothing and is no step.
import { type Address, parentAddress } from './address.ts';
import { type ChildPage, inspectStored } from './addressable.ts';
import type { ChainPosition } from './chain-flaw.ts';
import { countKernel, type KernelCounts } from './counts.ts';
import type { DeadLetter } from './dead-letters.ts';
import { CHAIN_START } from './fact-chain.ts';
import type { Transition } from './history.ts';
import { type Inspection, inspectCell } from './inspection.ts';
import type { AlertRow, Page } from './journal.ts';
import type { BlockReport } from './loop-sight.ts';
import type { NodeBuild } from './node-build.ts';
import type { Down } from './registry.ts';
import { settledContext } from './settled.ts';
import type { ChildCounts, ChildInfo, ChildTableView } from './supervisor-host.ts';
import type { TelemetryListener } from './telemetry.ts';

export class SystemSight {
  readonly #node: NodeBuild;

  constructor(node: NodeBuild) {
    this.#node = node;
  }

  /** Number of the last committed fact: what a reader waits for after an acceptance (K13). */
  get position(): number {
    return this.#node.engine.head?.counters.fact ?? 0;
  }

  /** Where the chain of facts ends: a fact's number and the hash over all up to it (K34). */
  get chainHead(): ChainPosition {
    return { fact: this.position, hash: this.#node.engine.head?.lastHash ?? CHAIN_START };
  }

  childTable(supervisor: Address): ChildTableView | undefined {
    return this.#node.parts.hosts.view(supervisor);
  }

  /** Of a dynamic supervisor with rows: those in memory. `childPage` has all. */
  whichChildren(supervisor: Address): readonly ChildInfo[] {
    return this.#node.parts.children.view(supervisor).which();
  }

  countChildren(supervisor: Address): ChildCounts {
    return this.#node.parts.children.view(supervisor).count();
  }

  /** All children, a page at a time, in start order: also those that are not in memory, which count as running (K27). */
  childPage(supervisor: Address, page: Page): Promise<ChildPage> {
    return this.#node.parts.children.page(supervisor, page);
  }

  /** As `countChildren`, with those that are not in memory. */
  countAll(supervisor: Address): Promise<ChildCounts> {
    return this.#node.parts.children.countAll(supervisor);
  }

  onTelemetry(listener: TelemetryListener): () => void {
    return this.#node.kernel.telemetry.listen(listener);
  }

  history(address: Address): readonly Transition[] {
    return this.#node.kernel.registry.get(address)?.history.list() ?? [];
  }

  inspect(address: Address): Inspection | undefined {
    const cell = this.#node.kernel.registry.get(address);
    const { places } = this.#node.engine;
    return inspectCell(
      address,
      cell,
      this.#node.parts.hosts.view(parentAddress(address)),
      places.quarantined.get(address),
      places.heldCount(address),
      this.#node.kernel.ties.of(address),
    );
  }

  /** As `inspect`, and of an actor that is not in memory what the journal holds (K27). */
  async look(address: Address): Promise<Inspection | undefined> {
    const seen = this.inspect(address);
    return seen === undefined || seen.state === 'passivated' ? ((await inspectStored(this.#node.engine, address)) ?? seen) : seen;
  }

  /** Of a durable actor in memory for whom nothing waits and nothing is on its way to the journal: its context, not to be changed. Else undefined: ask it. */
  settled(address: Address): object | undefined {
    return settledContext(this.#node.engine, this.#node.kernel.registry.get(address));
  }

  /** What the kernel holds in memory, by number: all that waits for something ends, or it is a leak. */
  counts(): KernelCounts {
    return countKernel(this.#node.kernel, this.#node.engine, this.#node.intake);
  }

  /** The step that runs at this moment; for whoever looks on from another thread. */
  get runningStep(): BlockReport['step'] {
    return this.#node.kernel.stepper.running;
  }

  /** How often the event loop was blocked, and for how long at most. */
  get blocked(): { readonly count: number; readonly longestMs: number } {
    const { count, longestMs } = this.#node.loops;
    return { count, longestMs };
  }

  /** Open now, the oldest first. */
  alerts(): readonly AlertRow[] {
    return this.#node.kernel.alerts.list();
  }

  /** Dead letters since the process began, oldest first. Older ones are in the journal. */
  deadLetters(): readonly DeadLetter[] {
    return this.#node.kernel.deadLetters.recent();
  }

  whereis(name: string): Address | undefined {
    return this.#node.kernel.ties.whereis(name);
  }

  groupMembers(group: string): readonly Address[] {
    return this.#node.kernel.ties.members(group);
  }

  /** Calls back once when the actor goes down, or at once when there is none. Returns the way to stop watching. */
  monitor(address: Address, notify: (down: Down) => void): () => void {
    const { registry } = this.#node.kernel;
    if (registry.get(address) !== undefined || this.#node.engine.holds(address)) return registry.monitor(address, notify);
    if (this.#node.engine.presumes(address)) {
      const stop = registry.monitor(address, notify);
      // A look-up that fails says nothing of the actor.
      const nobody = (found: boolean): void => void (!found && stop() && notify({ type: 'DOWN', address, reason: { kind: 'noproc' } }));
      this.#node.engine.activations.find(address).then(nobody, () => undefined);
      return () => void stop();
    }
    this.#node.kernel.turns.soon(() => notify({ type: 'DOWN', address, reason: { kind: 'noproc' } }));
    return () => undefined;
  }
}
