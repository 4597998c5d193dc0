// Runs effects and subscriptions of durable actors, after the commit that scheduled them (K15–K18). What it does is volatile: the
// truth of an effect is its row, and the engine checks every result against it.
import type { Address } from './address.ts';
import { effectAction } from './boot-action.ts';
import type { DurableCell, EffectEntry } from './durable-cell.ts';
import type { Adoption, EffectArgs, EffectSpec, PresentedOutcome } from './effect.ts';
import { isReservedType, type Message } from './envelope.ts';
import { codedError } from './errors.ts';
import type { EffectOutcome } from './journal.ts';
import type { Kernel } from './kernel.ts';
import { Mail } from './mail.ts';
import { findNonJson } from './plain-json.ts';

export interface EffectHost {
  readonly kernel: Kernel;
  /** A result or a subscription's message, for the actor's mailbox. */
  deliver(address: Address, kind: 'effect' | 'subscription', key: string, epoch: number, message: Message): void;
  /** A run ended that nobody waits for any more (K16). */
  late(address: Address, key: string, id: string, outcome: EffectOutcome): void;
  /** Commits `started`, then calls back if the effect is still wanted. */
  markStarted(cell: DurableCell, key: string, then: () => void): void;
  tell(from: Address, to: Address, message: Message, id: string): Promise<void>;
  cellAt(address: Address): DurableCell | undefined;
  /** The effect as the actor knows it now; undefined when it moved on. */
  current(address: Address, key: string): EffectEntry | undefined;
}

interface Running {
  readonly address: Address;
  readonly stop: () => void;
  readonly listeners: Array<(message: Message) => void>;
}

/** An error as plain JSON, for `xstate.error.actor.*`. */
export function plainError(error: unknown): { readonly name: string; readonly message: string; readonly code?: string } {
  if (!(error instanceof Error)) return { name: 'Error', message: String(error) };
  const code = (error as { code?: unknown }).code;
  return { name: error.name, message: error.message, ...(typeof code === 'string' ? { code } : {}) };
}

export function doneMessage(childId: string, output: unknown): Message {
  return { type: `xstate.done.actor.${childId}`, output, actorId: childId };
}

export function errorMessage(childId: string, error: unknown): Message {
  return { type: `xstate.error.actor.${childId}`, error: plainError(error), actorId: childId };
}

export class EffectRunner {
  readonly #host: EffectHost;
  readonly #running = new Map<string, Running>();
  /** Runs of earlier epochs that are asked about, or may be presented yet (K19): whose they are, and how not to wait for them any more. */
  readonly #awaited = new Map<string, { readonly address: Address; readonly cancel: () => void }>();

  constructor(host: EffectHost) {
    this.#host = host;
  }

  /** Of a step that has just committed. */
  start(cell: DurableCell, entry: EffectEntry): void {
    const { key, idempotent } = entry.row;
    if (this.#running.has(key) || this.#host.current(cell.address, key) === undefined) return;
    if (entry.source.kind === 'callback' || entry.source.kind === 'observable') this.#subscribe(entry);
    else if (idempotent) this.#run(entry);
    else this.#host.markStarted(cell, key, () => this.#run(entry));
  }

  /**
   * Of an actor that was restored: unfinished ones run again, are reported as interrupted, or have their result delivered again.
   * Those that are `answered` have their result in the mailbox.
   */
  resume(cell: DurableCell, answered: ReadonlySet<string> = new Set()): void {
    this.#stopOthers(cell);
    const entries = [...cell.effects.values()].sort((a, b) => a.row.seq - b.row.seq);
    for (const entry of entries) {
      const { row } = entry;
      if (this.#running.has(row.key) || this.#awaited.has(row.key) || answered.has(row.key)) continue;
      const action = effectAction('restore', row);
      if (action === 'deliver') this.#host.deliver(cell.address, 'effect', row.key, row.epoch, this.#host.kernel.stepper.revive(JSON.parse(row.result ?? 'null')) as Message);
      else if (action === 'ask') this.#awaitAdoption(entry);
      else this.start(cell, entry);
    }
  }

  get size(): number {
    return this.#running.size;
  }

  isRunning(entry: EffectEntry): boolean {
    return this.#running.has(entry.row.key);
  }

  /** What runs for the address and is no effect of its present state: a subscription that was described anew. */
  #stopOthers(cell: DurableCell): void {
    const keys = new Set([...cell.effects.values()].map(({ row }) => row.key));
    for (const [key, running] of this.#running) {
      if (running.address !== cell.address || keys.has(key)) continue;
      this.#running.delete(key);
      running.stop();
    }
  }

  stop(entry: EffectEntry): void {
    this.#giveUp(entry.row.key);
    this.#running.get(entry.row.key)?.stop();
    this.#running.delete(entry.row.key);
  }

  /** Settles the last attempt that was begun, once, under the new epoch (K19). */
  adopt({ key, epoch, outcome }: PresentedOutcome): Adoption {
    const awaited = this.#awaited.get(key);
    const entry = awaited === undefined ? undefined : this.#host.current(awaited.address, key);
    if (awaited === undefined || entry === undefined) return { ok: false, reason: 'not_awaited' };
    if (entry.scheduledIn !== epoch) return { ok: false, reason: 'stale' };
    this.#giveUp(key);
    const { address, childId } = entry.row;
    if (outcome.status === 'not_started') this.#begin(entry);
    else this.#host.deliver(address, 'effect', key, entry.row.epoch, outcome.status === 'done' ? checkedOutput(childId, outcome.output) : errorMessage(childId, outcome.error));
    const { telemetry } = this.#host.kernel;
    if (telemetry.observed) telemetry.emit({ kind: 'effect.adopted', address, key });
    return { ok: true, epoch: entry.row.epoch };
  }

  #awaitAdoption(entry: EffectEntry): void {
    const withinMs = entry.source.kind === 'effect' ? entry.source.spec.adoptWithinMs : undefined;
    const { key, address } = entry.row;
    const interrupted = (): void => {
      this.#awaited.delete(key);
      void this.#interrupted(entry);
    };
    if (withinMs === undefined) interrupted();
    else this.#awaited.set(key, { address, cancel: this.#host.kernel.clock.after(withinMs, interrupted) });
  }

  #giveUp(key: string): void {
    this.#awaited.get(key)?.cancel();
    this.#awaited.delete(key);
  }

  /** A new attempt, which the journal is told of under its own epoch: what an older one comes to counts no more. */
  #begin(entry: EffectEntry): void {
    const cell = this.#host.cellAt(entry.row.address);
    if (cell === undefined) return;
    entry.row = { ...entry.row, state: 'scheduled' };
    this.start(cell, entry);
  }

  send(entry: EffectEntry, message: Message): void {
    for (const listener of this.#running.get(entry.row.key)?.listeners ?? []) listener(message);
  }

  #run(entry: EffectEntry): void {
    const { key, address, epoch, childId } = entry.row;
    if (this.#host.current(address, key) === undefined || this.#running.has(key)) return;
    const { telemetry, clock } = this.#host.kernel;
    const deadlineMs = deadlineOf(entry);
    if (deadlineMs instanceof Error) {
      this.#host.deliver(address, 'effect', key, epoch, errorMessage(childId, deadlineMs));
      return;
    }
    const controller = new AbortController();
    let settled = false;
    const settle = (outcome: EffectOutcome, message: Message): void => {
      // An activation that has not committed yet shares its epoch with the next one (K27): who runs now is told apart by the run itself.
      const late = settled || this.#running.get(key) !== run || this.#host.current(address, key)?.row.epoch !== epoch;
      if (telemetry.observed) telemetry.emit({ kind: 'effect.ended', address, key, outcome, late });
      if (late) this.#host.late(address, key, childId, outcome);
      if (settled) return;
      settled = true;
      cancelDeadline();
      if (this.#running.get(key) === run) this.#running.delete(key);
      if (!late) this.#host.deliver(address, 'effect', key, epoch, message);
    };
    const expire = (): void => {
      controller.abort();
      settle('failed', errorMessage(childId, codedError('EffectDeadline', { key, deadlineMs })));
    };
    const cancelDeadline = deadlineMs === undefined ? () => undefined : clock.after(deadlineMs, expire);
    const stop = (): void => {
      cancelDeadline();
      controller.abort();
    };
    const run: Running = { address, stop, listeners: [] };
    this.#running.set(key, run);
    if (telemetry.observed) telemetry.emit({ kind: 'effect.started', address, key });
    this.#call(entry, controller.signal).then(
      (output) => settle('done', checkedOutput(childId, output)),
      (error: unknown) => settle('failed', errorMessage(childId, error)),
    );
  }

  async #call(entry: EffectEntry, signal: AbortSignal): Promise<unknown> {
    const { key, epoch, address } = entry.row;
    const { input, source } = entry;
    let ordinal = 0;
    const tell = (to: Address, message: Message): Promise<void> => {
      ordinal += 1;
      return this.#host.tell(address, to, message, `${key}:${ordinal}`);
    };
    const { system } = this.#host.kernel.stepper.scope;
    const self = { id: entry.row.childId, address, send: (message: Message) => void tell(address, message) };
    if (source.kind === 'effect') return source.spec.run({ input, signal, key, epoch, earlier: epoch - (entry.scheduledIn ?? epoch), address, tell } as EffectArgs<unknown>);
    if (source.kind === 'promise') return source.run({ input, signal, self, system, emit: () => undefined });
    return undefined;
  }

  /** K17: what is known of the earlier run decides; nothing known means that nobody may repeat it silently. */
  async #interrupted(entry: EffectEntry): Promise<void> {
    const { key, address, epoch, childId } = entry.row;
    const asking = new AbortController();
    const awaited = { address, cancel: () => asking.abort() };
    this.#awaited.set(key, awaited);
    const known = await askCheck(entry, asking.signal);
    if (this.#awaited.get(key) !== awaited) return;
    this.#awaited.delete(key);
    if (this.#host.current(address, key) === undefined) return;
    if (known.outcome === 'done') {
      this.#host.deliver(address, 'effect', key, epoch, checkedOutput(childId, known.output));
    } else if (known.outcome === 'not_started') {
      this.#begin(entry);
    } else {
      const { telemetry } = this.#host.kernel;
      if (telemetry.observed) telemetry.emit({ kind: 'effect.interrupted', address, key });
      this.#host.deliver(address, 'effect', key, epoch, errorMessage(childId, codedError('EffectInterrupted', { key })));
    }
  }

  #subscribe(entry: EffectEntry): void {
    const { key, address, epoch, childId } = entry.row;
    const listeners: Array<(message: Message) => void> = [];
    const send = (message: Message): void => {
      if (this.#running.get(key)?.listeners !== listeners) return;
      const flaw = flawOf(message);
      if (flaw === undefined) this.#host.deliver(address, 'subscription', key, epoch, message);
      else this.#host.kernel.deadLetter('invalid', flaw, new Mail('message', address, message), address);
    };
    const end = (message: Message): void => {
      if (this.#running.get(key)?.listeners === listeners) this.#host.deliver(address, 'effect', key, epoch, message);
    };
    let stop: (() => void) | undefined;
    this.#running.set(key, { address, stop: () => stop?.(), listeners });
    try {
      stop = this.#open(entry, send, end, listeners);
    } catch (error) {
      end(errorMessage(childId, error));
    }
  }

  #open(entry: EffectEntry, sendBack: (message: Message) => void, end: (message: Message) => void, listeners: Array<(message: Message) => void>): (() => void) | undefined {
    const { source, input } = entry;
    const { key, address, epoch, childId } = entry.row;
    const { system } = this.#host.kernel.stepper.scope;
    const self = { id: childId, address, send: sendBack };
    const emit = (): void => undefined;
    if (source.kind === 'callback') return source.run({ input, self, system, sendBack, receive: (listener) => void listeners.push(listener), emit });
    if (source.kind !== 'observable') return undefined;
    const snapshot = (context: unknown): void =>
      this.#host.deliver(address, 'subscription', key, epoch, { type: `xstate.snapshot.${childId}`, snapshot: { status: 'active', context } });
    const next = source.events ? (message: unknown): void => sendBack(message as Message) : snapshot;
    const complete = (): void => end(doneMessage(childId, undefined));
    const subscription = source.run({ input, self, system, emit }).subscribe({ next, error: (error) => end(errorMessage(childId, error)), complete });
    return () => subscription.unsubscribe();
  }
}

/** An error when the effect's own answer fails: that is the effect's failure, not the node's. */
function deadlineOf(entry: EffectEntry): number | undefined | Error {
  if (entry.source.kind !== 'effect') return undefined;
  const { deadlineMs } = entry.source.spec;
  try {
    return typeof deadlineMs === 'function' ? deadlineMs(entry.input) : deadlineMs;
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error));
  }
}

function checkedOutput(childId: string, output: unknown): Message {
  const flaw = findNonJson(output, 'output');
  if (flaw === undefined) return doneMessage(childId, output ?? null);
  return errorMessage(childId, codedError('InvalidMessage', { field: flaw, problem: 'an effect returns plain JSON (K3)' }));
}

/** Why a subscription's message is not taken (K3, K5). */
function flawOf(message: Message): string | undefined {
  if (typeof message?.type !== 'string' || isReservedType(message.type)) return 'reserved type';
  return findNonJson(message);
}

type Known = Awaited<ReturnType<NonNullable<EffectSpec<unknown, unknown>['check']>>>;

async function askCheck({ row, source, input, scheduledIn }: EffectEntry, signal: AbortSignal): Promise<Known> {
  const check = source.kind === 'effect' ? source.spec.check : undefined;
  if (check === undefined) return { outcome: 'unknown' };
  try {
    return await check({ key: row.key, input, epoch: scheduledIn ?? row.epoch, signal });
  } catch {
    return { outcome: 'unknown' };
  }
}
