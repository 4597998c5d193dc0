// One step: XState's pure transition over a snapshot, with every output as data. A throw leaves the snapshot as it was (K1, K2).
import type { AnyActorLogic } from 'xstate';
import type { Clock } from './clock.ts';
import type { Message } from './envelope.ts';
import { LeanSteps, plainlyPersisted } from './lean-step.ts';
import { endLoops } from './loop-limit.ts';
import { readOutput, type StepOutput } from './step-output.ts';
import { type SteppingCell, StepScope } from './step-scope.ts';
import { type ActorLink, reviveLinks } from './target.ts';

/** XState's snapshot as far as the kernel looks into it. */
export interface Snapshot {
  readonly status: 'active' | 'done' | 'error' | 'stopped';
  readonly value?: unknown;
  readonly context?: unknown;
  readonly output?: unknown;
  readonly error?: unknown;
  readonly children?: Readonly<Record<string, ChildActor>>;
}

/** XState's child actor: never started by a durable cell, started for real by a volatile one. */
export interface ChildActor {
  readonly id: string;
  readonly src: unknown;
  readonly logic: AnyActorLogic;
  readonly options: { readonly input?: unknown };
  getSnapshot(): Snapshot;
  start(): void;
  _stop(): void;
  _send(event: unknown): void;
}

export type StepResult =
  /** `handled` is false when no transition took the message. */
  { readonly ok: true; readonly snapshot: Snapshot; readonly handled: boolean; readonly output: StepOutput } | { readonly ok: false; readonly error: unknown };

/** XState builds the value of nested states anew at each step: only what it says tells whether the state has changed. */
export function isNewState(before: unknown, after: unknown): boolean {
  return before !== after && (typeof before !== 'object' || JSON.stringify(before) !== JSON.stringify(after));
}

interface OpenLogic {
  transition(snapshot: Snapshot, event: Message, scope: StepScope): Snapshot;
  getInitialSnapshot(scope: StepScope, input: unknown): Snapshot;
  getPersistedSnapshot(snapshot: Snapshot): unknown;
  restoreSnapshot?(persisted: unknown, scope: StepScope): Snapshot;
}

/** Runs the steps of all cells of a node, one at a time. */
export class Stepper {
  readonly scope: StepScope;
  readonly #lean = new LeanSteps();

  constructor(clock: Clock, link: (address: string, message: Message) => void) {
    this.scope = new StepScope(clock, link);
  }

  /** Who steps now, and on what. */
  get running(): { readonly address: string; readonly type: string } | null {
    const { cell, type } = this.scope;
    return cell === undefined ? null : { address: cell.address, type };
  }

  transition(cell: SteppingCell, logic: AnyActorLogic, snapshot: Snapshot, message: Message): StepResult {
    const scope = this.scope;
    scope.begin(cell, message.type);
    try {
      const next = this.#lean.take(logic, snapshot, message, scope) ?? this.#generalStep(cell, logic, snapshot, message);
      return { ok: true, snapshot: next, handled: scope.selected !== 0, output: readOutput(scope, cell.address, snapshot, next) };
    } catch (error) {
      return { ok: false, error };
    } finally {
      scope.end();
    }
  }

  /**
   * A step that does nothing but assign, of an actor whose state is the snapshot's and whose context is apart from it: the next context. Undefined
   * of every other message, which takes a transition then, as one that throws does.
   */
  contextAfter(cell: SteppingCell, logic: AnyActorLogic, inState: Snapshot, context: object, message: Message): object | undefined {
    if ((inState as { readonly machine?: unknown }).machine === undefined) return undefined;
    const scope = this.scope;
    scope.begin(cell, message.type);
    const next = this.#lean.contextAfter(logic, inState, context, message, scope);
    const isAll = scope.out.length === 0 && scope.astray === undefined;
    scope.end();
    return isAll ? next : undefined;
  }

  /** A snapshot that an actor whose context is apart from it can share with others; undefined: its own is none. */
  shared(snapshot: Snapshot): Snapshot | undefined {
    return this.#lean.shared(snapshot);
  }

  initial(cell: SteppingCell, logic: AnyActorLogic, input: unknown): StepResult {
    const scope = this.scope;
    endLoops(logic);
    scope.begin(cell, 'troupe.init');
    try {
      const snapshot = this.#lean.begin(logic, input, scope) ?? this.#generalStart(cell, logic, input);
      // XState turns a throw of the initial step into a snapshot; for us it is a failed start.
      return snapshot.status === 'error'
        ? { ok: false, error: snapshot.error }
        : { ok: true, snapshot, handled: true, output: readOutput(scope, cell.address, undefined, snapshot) };
    } catch (error) {
      return { ok: false, error };
    } finally {
      scope.end();
    }
  }

  #generalStep(cell: SteppingCell, logic: AnyActorLogic, snapshot: Snapshot, message: Message): Snapshot {
    const scope = this.scope;
    // What a lean step collected that turned out to be none is not wanted twice.
    if (scope.out.length > 0 || scope.selected !== undefined) scope.begin(cell, message.type);
    return (logic as unknown as OpenLogic).transition(snapshot, message, scope);
  }

  #generalStart(cell: SteppingCell, logic: AnyActorLogic, input: unknown): Snapshot {
    if (this.scope.out.length > 0) this.scope.begin(cell, 'troupe.init');
    const snapshot = (logic as unknown as OpenLogic).getInitialSnapshot(this.scope, input);
    this.#lean.began(logic, snapshot);
    return snapshot;
  }

  /** Makes the refs in plain JSON live again, in place (K3). */
  revive(plain: unknown): unknown {
    return reviveLinks(plain, (address): ActorLink => this.scope.system.get(address));
  }

  /** Rebuilds a snapshot from its persisted form; starts nothing. Throws when the form does not fit the logic. */
  restore(cell: SteppingCell, logic: AnyActorLogic, persisted: unknown): Snapshot {
    const scope = this.scope;
    endLoops(logic);
    scope.begin(cell, 'troupe.restore');
    try {
      const plain = this.revive(persisted);
      return (logic as unknown as OpenLogic).restoreSnapshot?.(plain, scope) ?? (plain as Snapshot);
    } finally {
      scope.end();
    }
  }

  /** Plain data of a snapshot, children included; for JSON, in which links say themselves what they are. */
  persist(logic: AnyActorLogic, snapshot: Snapshot): unknown {
    return plainlyPersisted(logic, snapshot) ?? (logic as unknown as OpenLogic).getPersistedSnapshot(snapshot);
  }
}
