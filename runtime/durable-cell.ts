// A cell whose state lives in the journal. It holds what is true including the running batch; the engine writes it (K8–K10).
import type { AnyActorLogic } from 'xstate';
import type { Address } from './address.ts';
import type { WorkerBehaviour } from './behaviour.ts';
import { Cell } from './cell.ts';
import type { ChildSpec } from './child-spec.ts';
import type { SourceKind } from './effect.ts';
import type { Message } from './envelope.ts';
import type { ExitReason } from './exit-reason.ts';
import type { ActorRow, EffectRow, TimerRow } from './journal.ts';
import { Mail } from './mail.ts';
import { Mailbox } from './mailbox.ts';
import type { Snapshot, Stepper } from './step.ts';

/** An effect or subscription of the present state. */
export interface EffectEntry {
  row: EffectRow;
  readonly source: SourceKind;
  readonly logic: AnyActorLogic;
  readonly input: unknown;
  /** The activation that scheduled it, when that was an earlier one. */
  readonly scheduledIn?: number;
}

/** Return address kept by deferReply: an ask of this process, and a receipt that outlives it. */
export interface DeferredReply {
  readonly ask: string | null;
  readonly receipt: string | null;
}

export class DurableCell extends Cell {
  readonly durable = true;
  snapshot: Snapshot | undefined;
  readonly mailbox = new Mailbox();
  readonly worker: WorkerBehaviour;
  readonly version: string;
  readonly timers = new Map<string, TimerRow>();
  /** By XState's child id. Subscriptions have no row in the journal. */
  readonly effects = new Map<string, EffectEntry>();
  readonly armed = new Map<string, { readonly generation: number; readonly cancel: () => void }>();
  readonly deferred = new Map<string, DeferredReply>();
  effectCount = 0;
  timerCount = 0;
  poisoned = 0;
  postponed: Mail[] = [];
  /** A child of a dynamic supervisor, with a row (K25). */
  dynamic = false;
  /** What the journal says of whether a boot must start it; undefined when that is not known. */
  awake: boolean | undefined;
  /** Whom it has sent more than that one could take: its normal mail waits until then (K21). */
  waitsFor: DurableCell | undefined;
  /** Somebody waits for its end: it does not leave memory before that (K27). */
  doomed = false;
  /** Why it is gone. */
  ended: ExitReason | undefined;
  /** The journal may hold rows of it: a commit was to write them, or one before it at the address has left some. */
  rowed = true;
  /** Length of the last written snapshot: what one more costs a batch. */
  bytes = 256;
  readonly #accept: (mail: Mail, to: Address) => void;

  constructor(address: Address, parent: Address, spec: ChildSpec, worker: WorkerBehaviour, version: string, startedAt: number, accept: (mail: Mail, to: Address) => void) {
    super(address, parent, spec, startedAt);
    this.worker = worker;
    this.version = version;
    this.#accept = accept;
  }

  receive(message: Message): void {
    this.#accept(new Mail('message', this.address, message), this.address);
  }

  enqueue(mail: Mail): void {
    this.#accept(mail, this.address);
  }

  get mailCount(): number {
    return this.mailbox.size;
  }

  get waiting(): number {
    return this.mailbox.size + this.postponed.length;
  }

  get armedTimers(): number {
    return this.armed.size;
  }

  takeOut(meant: (mail: Mail) => boolean): Mail[] {
    const kept = this.postponed.filter(meant);
    this.postponed = this.postponed.filter((mail) => !meant(mail));
    return [...kept, ...this.mailbox.remove(meant)];
  }

  /** The actor row as of now. Throws when the snapshot cannot be written. */
  row(stepper: Stepper, now: number): ActorRow {
    const snapshot = JSON.stringify(stepper.persist(this.worker.logic, this.snapshot as Snapshot));
    this.bytes = snapshot.length;
    this.rowed = true;
    const { address, incarnation, epoch, version, step, effectCount, poisoned } = this;
    const deferred = this.deferred.size === 0 ? '{}' : JSON.stringify(Object.fromEntries(this.deferred));
    return { address, incarnation, epoch, version, status: 'active', snapshot, step, effectCount, deferred, poisoned, updatedAt: now };
  }

  disarm(): void {
    for (const { cancel } of this.armed.values()) cancel();
    this.armed.clear();
  }
}
