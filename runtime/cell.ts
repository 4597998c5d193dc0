// What all cells share: an address, a mailbox, a snapshot, a history. A cell runs one actor, one step at a time (K1).
import type { Address } from './address.ts';
import type { Behaviour } from './behaviour.ts';
import type { ChildSpec } from './child-spec.ts';
import type { Message } from './envelope.ts';
import { History } from './history.ts';
import type { Mail } from './mail.ts';
import type { Mailbox } from './mailbox.ts';
import type { Snapshot } from './step.ts';
import type { SteppingCell } from './step-scope.ts';

export type CellState = 'starting' | 'running' | 'ending' | 'down';

let serials = 0;

export abstract class Cell implements SteppingCell {
  // What each message touches comes first: of many actors it is in no cache.
  state: CellState = 'starting';
  /** In a scheduler's queue. */
  queued = false;
  readonly history = new History();
  step = 0;
  abstract snapshot: Snapshot | undefined;
  abstract readonly mailbox: Mailbox;
  abstract readonly durable: boolean;
  readonly address: Address;
  readonly parent: Address;
  readonly spec: ChildSpec;
  readonly behaviour: Behaviour;
  /** Wall time, ms. */
  readonly startedAt: number;
  epoch = 1;
  incarnation = 1;
  /** Tells this run from others at the same address. */
  readonly serial = ++serials;

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
  /** Mail in its mailbox. */
  abstract get mailCount(): number;
  /** Mail that it has not taken yet, postponed or not. */
  abstract get waiting(): number;
  /** Timers that the clock will call. */
  abstract get armedTimers(): number;
  /** Takes out what waits and matches, postponed or not. */
  abstract takeOut(meant: (mail: Mail) => boolean): Mail[];
}
