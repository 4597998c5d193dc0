// Effects: what a statechart invokes that touches the world. They start after the commit, under an idempotency key (K15–K18).
import { type AnyActorLogic, fromPromise, type PromiseActorLogic } from 'xstate';
import type { Address } from './address.ts';
import type { Message } from './envelope.ts';

export interface EffectArgs<TInput> {
  readonly input: TInput;
  /** Aborts at exit, kill, leaving the state, and the deadline. */
  readonly signal: AbortSignal;
  /** The same in every run of this effect; see KERNEL K18. */
  readonly key: string;
  /** The activation that runs it. */
  readonly epoch: number;
  /** How many activations had it before this one: each may have begun it. 0 the first time. */
  readonly earlier: number;
  /** The actor that invoked it. */
  readonly address: Address;
  /** A message that leaves at once; its id is derived from key and ordinal, so a rerun repeats no message. */
  tell(to: Address, message: Message): Promise<void>;
}

export interface CheckArgs<TInput> {
  readonly key: string;
  readonly input: TInput;
  /** The activation that began the last run. */
  readonly epoch: number;
  /** Aborts when nobody wants to know any more: the actor left the state or was killed. What still runs then is to be ended. */
  readonly signal: AbortSignal;
}

export interface EffectSpec<TOutput, TInput> {
  /** Whether running it again under the same key does no harm. */
  readonly idempotent: boolean | ((input: TInput) => boolean);
  readonly deadlineMs?: number | ((input: TInput) => number);
  /** Asked before an interrupted non-idempotent effect is reported: what is known of the earlier run. May take as long as that run still goes on (K19). */
  readonly check?: (args: CheckArgs<TInput>) => Promise<{ readonly outcome: 'done'; readonly output: TOutput } | { readonly outcome: 'not_started' | 'unknown' }>;
  /** What carries it out may outlive this process and present how it ended (K19, `system.adopt`): so long an interruption waits for that. */
  readonly adoptWithinMs?: number;
  readonly run: (args: EffectArgs<TInput>) => Promise<TOutput>;
}

/** How a run ended that somebody outside kept up while its node was gone, under the key and the epoch that it was given. */
export interface PresentedOutcome {
  readonly key: string;
  readonly epoch: number;
  readonly outcome: { readonly status: 'done'; readonly output: unknown } | { readonly status: 'failed'; readonly error: unknown } | { readonly status: 'not_started' };
}

/**
 * `epoch` is the new one: who is not shown it starts nothing any more. `not_awaited`: settled, interrupted or left meanwhile, or its actor
 * is not up yet. `stale`: a later attempt was begun.
 */
export type Adoption = { readonly ok: true; readonly epoch: number } | { readonly ok: false; readonly reason: 'not_awaited' | 'stale' };

const SPECS = new WeakMap<object, EffectSpec<unknown, unknown>>();

/** An actor source for `invoke`. In a volatile actor it runs as a plain promise actor. */
export function effect<TOutput, TInput = undefined>(spec: EffectSpec<TOutput, TInput>): PromiseActorLogic<TOutput, TInput> {
  const logic = fromPromise<TOutput, TInput>(({ input, signal, self }) =>
    spec.run({
      input,
      signal,
      key: self.id,
      epoch: 0,
      earlier: 0,
      address: self.id,
      tell: () => Promise.reject(new Error('tell inside an effect needs a durable actor')),
    }),
  );
  SPECS.set(logic, spec as EffectSpec<unknown, unknown>);
  return logic;
}

/** How the kernel treats an invoked or spawned source. */
export type SourceKind =
  | { readonly kind: 'effect'; readonly spec: EffectSpec<unknown, unknown> }
  | { readonly kind: 'promise'; readonly run: (args: { input: unknown; signal: AbortSignal; self: unknown; system: unknown; emit: () => void }) => PromiseLike<unknown> }
  | { readonly kind: 'callback'; readonly run: (args: CallbackArgs) => (() => void) | undefined }
  /** `events`: what it gives are messages for the actor, as of `fromEventObservable`. */
  | { readonly kind: 'observable'; readonly events: boolean; readonly run: (args: { input: unknown; self: unknown; system: unknown; emit: () => void }) => ObservableLike }
  | { readonly kind: 'machine' | 'transition' };

export interface CallbackArgs {
  readonly input: unknown;
  readonly self: unknown;
  readonly system: unknown;
  readonly sendBack: (message: Message) => void;
  readonly receive: (listener: (message: Message) => void) => void;
  readonly emit: () => void;
}

export interface ObservableLike {
  subscribe(observer: { next(value: unknown): void; error(error: unknown): void; complete(): void }): { unsubscribe(): void };
}

interface OpenLogic {
  readonly config?: unknown;
  readonly start?: unknown;
  readonly __xstatenode?: true;
  transition(snapshot: unknown, event: unknown, scope: unknown): { status?: string; context?: unknown };
}

/**
 * Tells XState's logic creators apart. XState 5 does not mark them, so their pure transition functions are probed with the
 * internal event that only one of them answers (pinned by test/runtime/xstate-internals.test.ts).
 */
export function classifySource(logic: AnyActorLogic): SourceKind {
  const spec = SPECS.get(logic);
  if (spec !== undefined) return { kind: 'effect', spec };
  const open = logic as unknown as OpenLogic;
  if (open.__xstatenode === true) return { kind: 'machine' };
  if (typeof open.start !== 'function' || typeof open.config !== 'function') return { kind: 'transition' };
  const run = open.config as never;
  if (probe(open, { type: 'xstate.promise.resolve', data: 1 })?.status === 'done') return { kind: 'promise', run };
  if (probe(open, { type: 'xstate.observable.complete' })?.status !== 'done') return { kind: 'callback', run };
  return { kind: 'observable', events: probe(open, { type: 'xstate.observable.next', data: 1 })?.context !== 1, run };
}

/** Undefined when it throws: a callback's looks for an instance that is not there. */
function probe(logic: OpenLogic, event: unknown): { readonly status?: string; readonly context?: unknown } | undefined {
  try {
    return logic.transition({ status: 'active' }, event, { self: {} });
  } catch {
    return undefined;
  }
}
