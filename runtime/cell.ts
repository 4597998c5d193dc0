// What all cells share: an address, a mailbox, a snapshot, a history. A cell runs one actor, one step at a time (K1).
import type { Address } from './address.ts';
import type { Behaviour } from './behaviour.ts';
import type { ChildSpec } from './child-spec.ts';
import type { Message } from './envelope.ts';
import { History } from './history.ts';
import type { Mail } from './mail.ts';
import { Mailbox } from './mailbox.ts';
import type { Snapshot } from './step.ts';
import type { SteppingCell } from './step-scope.ts';

export type CellState = 'starting' | 'running' | 'ending' | 'down';

let serials = 0;

export abstract class Cell implements SteppingCell {
  readonly address: Address;
  readonly parent: Address;
  readonly spec: ChildSpec;
  readonly behaviour: Behaviour;
  readonly mailbox = new Mailbox();
  readonly history = new History();
  abstract readonly durable: boolean;
  /** Wall time, ms. */
  readonly startedAt: number;
  snapshot: Snapshot | undefined;
  state: CellState = 'starting';
  step = 0;
  epoch = 1;
  incarnation = 1;
  /** Tells this run from others at the same address. */
  readonly serial = ++serials;
  /** In a scheduler's queue. */
  queued = false;

  constructor(address: Address, parent: Address, spec: ChildSpec, startedAt: number) {
    this.address = address;
    this.parent = parent;
    this.spec = spec;
    this.behaviour = spec.behaviour;
    this.startedAt = startedAt;
  }

  getSnapshot(): Snapshot | undefined {
    return this.snapshot;
  }

  abstract receive(message: Message): void;
  abstract enqueue(mail: Mail): void;
  /** Mail that it has not taken yet, postponed or not. */
  abstract get waiting(): number;
  /** Timers that the clock will call. */
  abstract get armedTimers(): number;
  /** Takes out what waits and matches, postponed or not. */
  abstract takeOut(meant: (mail: Mail) => boolean): Mail[];
}
