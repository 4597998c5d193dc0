// An actor has gone: those that are linked to it, watch it, wait for its answer or supervise it are told, in this order.
import { type Address, childId, ROOT_ADDRESS } from './address.ts';
import type { Cell } from './cell.ts';
import type { ChildHosts } from './child-host.ts';
import type { DurableEngine } from './durable-engine.ts';
import { describeExit, type ExitReason } from './exit-reason.ts';
import { signalExit } from './exit-signals.ts';
import type { Kernel } from './kernel.ts';
import { Mail } from './mail.ts';

export interface DepartureOptions {
  readonly kernel: Kernel;
  readonly engine: DurableEngine;
  readonly hosts: ChildHosts;
  /** The whole node is stopping: ends are not passed on to those that are linked. */
  isStopping(): boolean;
  rootGone(reason: ExitReason): void;
}

export class Departures {
  readonly #options: DepartureOptions;

  constructor(options: DepartureOptions) {
    this.#options = options;
  }

  exited(cell: Cell, reason: ExitReason): void {
    const { kernel, engine, hosts, isStopping, rootGone } = this.#options;
    const { registry, telemetry, asks } = kernel;
    signalExit(engine, cell, reason, isStopping());
    registry.remove(cell);
    if (telemetry.observed) telemetry.emit({ kind: 'actor.exited', address: cell.address, reason });
    registry.notifyDown(cell.address, reason);
    if (!cell.durable || !engine.places.known.has(cell.address)) {
      asks.actorDown(cell.address, describeExit(reason));
    }
    if (hosts.cellGone(cell, reason)) return;
    if (cell.address === ROOT_ADDRESS) rootGone(reason);
    else registry.get(cell.parent)?.enqueue(new Mail('kernel', null, { type: 'troupe.child_exit', id: childId(cell.address), serial: cell.serial, reason }));
  }

  /** One that had left memory is gone with its supervisor, or was stopped by it. */
  endedAbsent(address: Address, reason: ExitReason): void {
    const { kernel, engine, isStopping } = this.#options;
    signalExit(engine, { address, durable: true }, reason, isStopping());
    kernel.registry.notifyDown(address, reason);
  }
}
