// How far a node has come, from its first step to its last: what is opened early asks here for what comes later.
import { setMaxListeners } from 'node:events';
import { codedError, type System } from '../../runtime/index.ts';
import type { Phase, RunningNode } from './running-node.ts';

/** Epochs of hosts grow over restarts: a node's own epoch, then its sessions. */
const EPOCHS_PER_NODE = 1_000_000;

export class NodeLife {
  phase: Phase = 'starting';
  node: RunningNode | undefined;
  system: System | undefined;
  /** Aborts when the node begins to stop. */
  readonly ending = new AbortController();
  readonly #signal: AbortSignal | undefined;
  #hostEpoch = 0;

  /** The signal ends a start that goes on. */
  constructor(signal: AbortSignal | undefined) {
    this.#signal = signal;
    // Each stream and socket listens.
    setMaxListeners(0, this.ending.signal);
  }

  /** Throws `NodeStarting` while there is none. */
  readonly systemNow = (): System => {
    if (this.system === undefined) throw codedError('NodeStarting');
    return this.system;
  };

  readonly nextHostEpoch = (): number => ++this.#hostEpoch;

  /** From now on epochs of hosts are above those that any node before has given. */
  ownEpochs(nodeEpoch: number): void {
    this.#hostEpoch = nodeEpoch * EPOCHS_PER_NODE;
  }

  /** Throws `NodeStopped` when somebody has ended the start. */
  goOn(): void {
    if (this.#signal?.aborted === true) throw codedError('NodeStopped');
  }
}
