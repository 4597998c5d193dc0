// What XState sees while a cell takes a step: one ActorScope and one system object serve all cells of a node (K1). Everything a
// step wants to do is collected here as data; nothing happens until the cell says so (K2).
import type { Address } from './address.ts';
import type { Clock } from './clock.ts';
import type { Message } from './envelope.ts';
import { endLoops } from './loop-limit.ts';
import { type Collected, CollectingScope } from './outputs.ts';
import { ActorLink, REQUEST, type SendRequest } from './target.ts';

/** What a scope needs to know of the cell that is stepping. */
export interface SteppingCell {
  readonly address: Address;
  readonly parent: Address;
  getSnapshot(): unknown;
  /** A message to itself from outside a step: a custom action or a volatile child. */
  receive(message: Message): void;
}

/**
 * `self` inside a step. Made anew at each read, so that XState's silent fallback from an undefined target to self can be told
 * from a deliberate send to self (K4). Has no `ref`, or XState would persist it as one of its children.
 */
export class SelfRef {
  readonly id: Address;
  readonly sessionId: string;
  readonly #cell: SteppingCell;
  readonly #scope: StepScope;

  constructor(cell: SteppingCell, scope: StepScope) {
    this.id = cell.address;
    this.sessionId = cell.address;
    this.#cell = cell;
    this.#scope = scope;
  }
  get address(): Address {
    return this.#cell.address;
  }
  get system(): SharedSystem {
    return this.#scope.system;
  }
  get _parent(): ActorLink {
    return this.#scope.system.get(this.#cell.parent);
  }
  getSnapshot(): unknown {
    return this.#cell.getSnapshot();
  }
  send(message: Message): void {
    if (this.#scope.cell === this.#cell) this.#scope.collectSend(this, message);
    else this.#cell.receive(message);
  }
  /** Called by XState's children of volatile cells. */
  _send(message: Message): void {
    this.#cell.receive(message);
  }
  toJSON(): unknown {
    return new ActorLink(this.#cell.address, () => undefined).toJSON();
  }
}

interface Receiver {
  _send?(event: unknown, source?: unknown): void;
}

/** What one cell scheduled through XState: only children of volatile cells do (a cell's own delays are collected). */
class Scheduler {
  readonly #clock: Clock;
  readonly #pending = new Map<unknown, Map<string, () => void>>();
  #generated = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }
  schedule(source: unknown, target: Receiver, event: unknown, delay: number, id = `generated:${++this.#generated}`): void {
    this.cancel(source, id);
    const own = this.#pending.get(source) ?? new Map<string, () => void>();
    this.#pending.set(source, own);
    own.set(
      id,
      this.#clock.after(delay, () => {
        own.delete(id);
        target._send?.(event, source);
      }),
    );
  }
  cancel(source: unknown, id: string): void {
    const own = this.#pending.get(source);
    own?.get(id)?.();
    own?.delete(id);
  }
  cancelAll(source: unknown): void {
    for (const cancel of this.#pending.get(source)?.values() ?? []) cancel();
    this.#pending.delete(source);
  }
}

interface InspectionEvent {
  readonly type: string;
  readonly actorRef: unknown;
  readonly _transitions?: readonly unknown[];
}

/** XState's actor system, as far as XState calls it. */
export class SharedSystem {
  readonly scheduler: Scheduler;
  readonly _clock: { setTimeout(due: () => void, ms: number): () => void; clearTimeout(cancel: () => void): void };
  readonly _logger = (): void => undefined;
  readonly _snapshot = { _scheduledEvents: {} };
  readonly #scope: StepScope;
  readonly #link: (address: Address, message: Message) => void;
  #booked = 0;
  /** A send through a link is part of the step in progress: it leaves with its commit, or not at all (K9). */
  readonly #send = (address: Address, message: Message): void => {
    if (this.#scope.cell === undefined) this.#link(address, message);
    else this.#scope.collectSend(this.get(address), message);
  };

  constructor(scope: StepScope, clock: Clock, link: (address: Address, message: Message) => void) {
    this.#scope = scope;
    this.#link = link;
    this.scheduler = new Scheduler(clock);
    this._clock = { setTimeout: (due, ms) => clock.after(ms, due), clearTimeout: (cancel) => cancel() };
  }
  /** Always a link: whether somebody is there shows when the message is delivered (K4). */
  get(address: Address): ActorLink {
    return new ActorLink(address, this.#send);
  }
  _bookId(): string {
    this.#booked += 1;
    return `x:${this.#booked}`;
  }
  _register(): void {}
  _unregister(): void {}
  _set(): void {}
  start(): void {}
  getAll(): Record<string, never> {
    return {};
  }
  getSnapshot(): Record<string, never> {
    return {};
  }
  inspect(): { unsubscribe(): void } {
    return { unsubscribe: () => undefined };
  }
  _relay(source: unknown, target: Receiver, event: unknown): void {
    target._send?.(event, source);
  }
  /** The first microstep of a step says whether any transition was selected (K6). XState's own children are told of before their first step. */
  _sendInspectionEvent(event: InspectionEvent): void {
    if (event.type === '@xstate.microstep') this.#scope.microstep(event.actorRef, event._transitions?.length ?? 0);
    else if (event.type === '@xstate.actor') endLoops((event.actorRef as { readonly logic: unknown }).logic);
  }
}

/** XState's ActorScope. Its callbacks are bound, since XState calls them detached. */
export class StepScope extends CollectingScope {
  readonly system: SharedSystem;
  cell: SteppingCell | undefined;
  /** Of the message that the cell takes. */
  type = '';
  /** Transitions selected by the step's message; undefined when XState did not say (not a machine). */
  selected: number | undefined;
  /** The `self` handed out last. */
  lastSelf: SelfRef | undefined;
  /** What the first send with an undefined target wanted to send (K4). */
  astray: Message | undefined;
  readonly logger = (): void => undefined;

  constructor(clock: Clock, link: (address: Address, message: Message) => void) {
    super();
    this.system = new SharedSystem(this, clock, link);
  }
  protected get stepping(): boolean {
    return this.cell !== undefined;
  }
  actionExecutor = (action: Collected): void => {
    const request = (action.exec as { readonly [REQUEST]?: (args: unknown) => SendRequest } | undefined)?.[REQUEST];
    if (request !== undefined) {
      this.collect(request(action.info));
      return;
    }
    if (action.type === 'xstate.sendTo' && this.#fellBack(action)) this.astray ??= (action.params as { event: Message }).event;
    this.out.push(action);
  };
  /** XState resolves a send's target last of all: the `self` it has just read, and no action was given, stands for nobody. */
  #fellBack({ info, params }: Collected): boolean {
    const { to, targetId } = params as { to: unknown; targetId?: string };
    return to === this.lastSelf && to !== info?.self && targetId === undefined;
  }
  /** XState defers what it wants done after the step; we have it as data already. */
  readonly defer = (): void => undefined;
  readonly stopChild = (): void => undefined;
  readonly emit = (event: unknown): void => {
    this.out.push({ type: 'xstate.emit', info: undefined, params: { event }, exec: undefined });
  };
  get self(): SelfRef {
    if (this.cell === undefined) throw new Error('no step in progress');
    this.lastSelf = new SelfRef(this.cell, this);
    return this.lastSelf;
  }
  get id(): Address {
    return this.cell?.address ?? '';
  }
  get sessionId(): string {
    return this.id;
  }
  collectSend(to: unknown, event: Message): void {
    this.collect({ to, event });
  }
  microstep(actor: unknown, transitions: number): void {
    if (this.selected === undefined && actor instanceof SelfRef && actor.id === this.cell?.address) this.selected = transitions;
  }
  begin(cell: SteppingCell, type: string): void {
    this.cell = cell;
    this.type = type;
    // What the step before collected is read by then, and may be kept; an empty list is nobody's.
    if (this.out.length > 0) this.out = [];
    this.selected = undefined;
    this.astray = undefined;
  }
  end(): void {
    this.cell = undefined;
    this.lastSelf = undefined;
  }
}
