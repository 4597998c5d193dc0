// A cell without a journal: its outputs take effect right after each step, XState's own children run for real, and a throw is
// an exit, as in OTP (K12). Supervisors run in such cells too.
import type { AnyActorLogic } from 'xstate';
import type { Address } from './address.ts';
import type { AskRef } from './asks.ts';
import type { ChildSpec } from './child-spec.ts';
import { maySendControl } from './control.ts';
import { isInternalType, type Message } from './envelope.ts';
import { crash, type ExitReason, NORMAL } from './exit-reason.ts';
import { isFate } from './exit-signals.ts';
import type { Kernel } from './kernel.ts';
import { askerOf, Mail, plainMail } from './mail.ts';
import { isNewState, type Snapshot } from './step.ts';
import { type ChildChange, NO_OUTPUT, type StepOutput } from './step-output.ts';
import type { SupervisorMessage } from './supervisor-host.ts';
import { VolatileState } from './volatile-state.ts';

const NOTHING: readonly string[] = [];
const NO_MAIL: readonly Mail[] = [];

export class VolatileCell extends VolatileState {
  readonly durable = false;
  readonly #kernel: Kernel;
  readonly #logic: AnyActorLogic;
  /** Of a supervisor: takes what the kernel tells it, but for the order to end. */
  administration: ((message: SupervisorMessage) => void) | undefined;
  // Made when first used: most actors of a large family never do.
  #timers: Map<string, { readonly generation: number; readonly cancel: () => void }> | undefined;
  #deferred: Map<string, AskRef> | undefined;
  #postponed: readonly Mail[] = NO_MAIL;
  #generation = 0;
  #ask: AskRef | undefined;

  constructor(kernel: Kernel, address: Address, parent: Address, spec: ChildSpec, logic: AnyActorLogic) {
    super(address, parent, spec, kernel.clock.now());
    this.#kernel = kernel;
    this.#logic = logic;
  }

  /** Takes the initial step. Returns the error of a failed start. */
  begin(input: unknown): ExitReason | undefined {
    const result = this.#kernel.stepper.initial(this, this.#logic, input);
    if (!result.ok) {
      this.state = 'down';
      return crash(result.error);
    }
    this.snapshot = result.snapshot;
    this.state = 'running';
    this.#applySafely(result.output);
    return undefined;
  }

  /** What follows the initial step: its end, or its mail. Separate, so that the starter can register the cell first. */
  proceed(): void {
    this.#settle();
    if (this.mailCount > 0) this.#kernel.scheduler.schedule(this);
  }

  receive(message: Message): void {
    this.enqueue(new Mail('child', this.address, message));
  }

  enqueue(mail: Mail): void {
    if (this.state === 'down') {
      if (mail.kind === 'kernel') this.#kernel.unanswered(mail);
      else if (mail.kind === 'message') this.#kernel.deadLetter('noproc', '', mail, this.address);
      return;
    }
    this.put(mail);
    if (this.state !== 'starting') this.#kernel.scheduler.schedule(this);
  }

  run(most: number): number {
    for (let steps = 0; steps < most; steps += 1) {
      const mail = this.state === 'running' ? this.next() : undefined;
      if (mail === undefined) return steps;
      this.#take(mail);
    }
    return most;
  }

  get waiting(): number {
    return this.mailCount + this.#postponed.length;
  }

  get armedTimers(): number {
    return this.#timers?.size ?? 0;
  }

  takeOut(meant: (mail: Mail) => boolean): Mail[] {
    const kept = this.#postponed.filter(meant);
    this.#postponed = this.#postponed.filter((mail) => !meant(mail));
    return [...kept, ...this.takeAll(meant)];
  }

  /** Whether its present state names the type and would take it: such a worker is asked to shut down, others are stopped. A wildcard asks for nothing. */
  accepts(message: Message): boolean {
    if (this.behaviour.kind === 'supervisor') return true;
    const snapshot = this.snapshot as { can?(event: Message): boolean; readonly _nodes?: ReadonlyArray<{ readonly ownEvents: readonly string[] }> } | undefined;
    const named = snapshot?._nodes?.some((node) => node.ownEvents.includes(message.type)) === true;
    return named && snapshot?.can?.(message) === true;
  }

  /** Ends the cell at once: children and timers stop, mail is dead, late results are ignored. */
  exit(reason: ExitReason): void {
    if (this.state === 'down') return;
    this.state = 'down';
    for (const { cancel } of this.#timers?.values() ?? []) cancel();
    this.#timers = undefined;
    for (const child of Object.values(this.snapshot?.children ?? {})) child?._stop();
    const left = [...this.#postponed, ...this.takeAll(() => true)];
    this.#kernel.exited(this, reason);
    for (const mail of left) {
      if (mail.kind === 'kernel') this.#kernel.unanswered(mail);
      else if (mail.kind === 'message') this.#kernel.deadLetter('noproc', '', mail, this.address);
    }
  }

  #take(mail: Mail): void {
    const kernel = this.#kernel;
    if (mail.kind === 'timer' && !this.#consumeTimer(mail)) return;
    if (mail.kind === 'kernel' && this.administration !== undefined && mail.message.type !== 'troupe.shutdown') return this.#administer(mail);
    if (mail.kind === 'signal' && isFate(mail.message, this)) {
      this.exit(mail.message.reason as ExitReason);
      return;
    }
    if (mail.priority === 'control' && mail.kind === 'message' && !this.#admitControl(mail)) return;
    if (this.assigns(kernel.stepper, this.#logic, mail.message)) return this.#record(mail, this.value, this.value);
    const before = this.snapshot as Snapshot;
    this.#ask = askerOf(mail);
    const result = kernel.stepper.transition(this, this.#logic, before, mail.message);
    if (!result.ok) {
      if (this.#ask !== undefined) kernel.asks.reject(this.#ask, result.error instanceof Error ? result.error : new Error(String(result.error)));
      this.#fall(crash(result.error));
      return;
    }
    this.snapshot = result.snapshot;
    if (!result.handled && mail.kind !== 'kernel' && !isInternalType(mail.message.type)) this.#unhandled(mail);
    else this.#taken(mail, before);
    if (result.output !== NO_OUTPUT) this.#applySafely(result.output);
    this.#settle();
  }

  #taken(mail: Mail, before: Snapshot): void {
    const after = this.snapshot as Snapshot;
    this.#record(mail, before.value ?? null, after.value ?? null);
    if (this.#postponed.length > 0 && isNewState(before.value, after.value)) {
      this.mailbox.putBack(this.#postponed);
      this.#postponed = NO_MAIL;
    }
  }

  #record(mail: Mail, from: unknown, to: unknown): void {
    this.step += 1;
    const at = this.#kernel.scheduler.stepTime();
    const { telemetry } = this.#kernel;
    const { id, causationId } = mail;
    const { type } = mail.message;
    if (!telemetry.observed && from === to && id === undefined && causationId === undefined && this.history.again(type, to, at)) return;
    const transition = { step: this.step, at, epoch: this.epoch, messageId: id ?? null, type, from, to, cause: causationId ?? null, effects: NOTHING };
    this.history.add(transition);
    if (telemetry.observed) telemetry.emit({ kind: 'actor.step', address: this.address, transition });
  }

  #unhandled(mail: Mail): void {
    const { behaviour } = this;
    const { type } = mail.message;
    if (behaviour.kind === 'worker' && behaviour.postpone.includes(type)) this.#postponed = [...this.#postponed, mail];
    else if (behaviour.kind === 'worker' && behaviour.ignore.includes(type)) return;
    else this.#kernel.deadLetter('unhandled', '', mail, this.address);
  }

  #settle(): void {
    const snapshot = this.snapshot;
    if (this.state !== 'running' || snapshot === undefined) return;
    if (snapshot.status === 'done') this.exit(NORMAL);
    else if (snapshot.status === 'error') this.#fall(crash(snapshot.error));
  }

  /** An exit by failure. A supervisor takes nothing more, and its work nothing more in hand, while its children end (K24). */
  #fall(reason: ExitReason): void {
    if (this.behaviour.kind !== 'supervisor') {
      this.exit(reason);
      return;
    }
    this.state = 'ending';
    for (const child of Object.values(this.snapshot?.children ?? {})) child?._stop();
    this.#kernel.supervisorFailed(this, reason);
  }

  /** Not a step: the statechart of a supervisor holds phases only (K24). */
  #administer({ message }: Mail): void {
    try {
      this.administration?.(message as unknown as SupervisorMessage);
    } catch (error) {
      this.#fall(crash(error));
    }
  }

  /** Control about an id takes along what is queued under it; nothing is kept of it, as of nothing here (K22). */
  #admitControl(mail: Mail): boolean {
    const { deadLetter } = this.#kernel;
    if (!maySendControl(mail.from, this)) {
      deadLetter('invalid', 'only supervisors, the owner and operators may send control', mail, this.address);
      return false;
    }
    if (mail.about === undefined) return true;
    for (const queued of this.takeOut((other) => other.id === mail.about)) deadLetter('cancelled', `by ${mail.message.type}`, queued, this.address);
    return true;
  }

  /** A custom action that throws is an exit, while the step stands (K2). */
  #applySafely(output: StepOutput): void {
    try {
      this.#apply(output);
    } catch (error) {
      this.#fall(crash(error));
    }
  }

  #apply(output: StepOutput): void {
    const kernel = this.#kernel;
    for (const name of output.defers) if (this.#ask !== undefined) this.#defer(name, this.#ask);
    for (const { name, value } of output.replies) this.#reply(name, value);
    for (const change of output.timers) {
      if (change.op === 'cancel') this.#cancelTimer(change.key);
      else this.#setTimer(change.key, change.delayMs, change.to, change.message);
    }
    for (const change of output.children) this.#applyChild(change);
    for (const { kind, to, message, priority } of output.sends) {
      if (kind === 'group') kernel.postGroup(to, this.address, message, priority);
      else if (kind !== 'actor') kernel.changeTie(this, kind, to);
      else kernel.post(priority === 'normal' ? plainMail(this.address, message) : new Mail('message', this.address, message, priority), to);
    }
    for (const act of output.administration) {
      if (act.op === 'start') kernel.startChildRow(act.supervisor, act.child, this.address);
      else kernel.stopChildAt(act.address);
    }
    for (const custom of output.customs) custom();
    if (!kernel.telemetry.observed) return;
    for (const event of output.emits) kernel.telemetry.emit({ kind: 'actor.emitted', address: this.address, event });
    for (const fact of output.facts) kernel.telemetry.emit({ kind: 'actor.fact', address: this.address, name: fact.kind, body: fact.body });
  }

  #applyChild(change: ChildChange): void {
    if (change.op === 'send') change.child._send(change.message);
    else if (change.op === 'stop') change.child._stop();
    else if (Object.values(this.snapshot?.children ?? {}).includes(change.child)) change.child.start();
  }

  #defer(name: string, ask: AskRef): void {
    this.#deferred ??= new Map();
    this.#deferred.set(name, ask);
  }

  #reply(name: string, value: unknown): void {
    const ask = name === '' ? this.#ask : this.#deferred?.get(name);
    if (name !== '') this.#deferred?.delete(name);
    if (ask !== undefined) this.#kernel.asks.resolve(ask, value);
  }

  #setTimer(id: string | undefined, delayMs: number, to: Address, message: Message): void {
    this.#generation += 1;
    const generation = this.#generation;
    const key = id ?? `generated:${generation}`;
    this.#cancelTimer(key);
    const due = (): void => {
      const mail = new Mail('timer', this.address, message);
      mail.source = key;
      mail.generation = generation;
      if (to === this.address) this.enqueue(mail);
      else if (this.#consumeTimer(mail)) this.#kernel.post(new Mail('message', this.address, message), to);
    };
    this.#timers ??= new Map();
    this.#timers.set(key, { generation, cancel: this.#kernel.clock.after(delayMs, due) });
  }

  /** False when the timer was cancelled or replaced after it fell due (K20). */
  #consumeTimer(mail: Mail): boolean {
    const key = mail.source ?? '';
    return this.#timers?.get(key)?.generation === mail.generation && this.#timers.delete(key);
  }

  #cancelTimer(key: string): void {
    this.#timers?.get(key)?.cancel();
    this.#timers?.delete(key);
  }
}
