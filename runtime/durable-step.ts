// One step of a durable cell inside a batch: take a mail, transition, turn every output into rows or into things to do after the
// commit. A step that fails leaves no trace but its attempt (K12).
import type { Address } from './address.ts';
import type { Batch } from './batch.ts';
import { maySendControl } from './control.ts';
import type { DurableCell, EffectEntry } from './durable-cell.ts';
import { applyOutput, changeChildren, isIdempotent, nestedMachine, RECEIPT_KEPT_MS } from './durable-output.ts';
import { classifySource } from './effect.ts';
import { isInternalType, isReservedType, isSignalType } from './envelope.ts';
import { codedError } from './errors.ts';
import { crash, type ExitReason } from './exit-reason.ts';
import { isFate } from './exit-signals.ts';
import type { DeadLetterReason } from './journal.ts';
import { Mail } from './mail.ts';
import { deepFreeze, findNonJson, findNonJsonChange } from './plain-json.ts';
import { isNewState, type Snapshot } from './step.ts';
import type { StepEngine } from './step-engine.ts';
import { NO_OUTPUT, type StepOutput } from './step-output.ts';
import { nameFlaw } from './tie-changes.ts';

export const MAX_ATTEMPTS = 3;
export const MAX_POISON = 3;

const NO_EFFECTS: readonly string[] = [];

export function takeStep(engine: StepEngine, batch: Batch, cell: DurableCell, mail: Mail): void {
  const now = engine.kernel.clock.now();
  batch.stepped.add(cell);
  if (mail.kind !== 'message') {
    if (!isCurrent(cell, mail)) {
      engine.drop(mail);
      return;
    }
  } else if (mail.expiresAt !== undefined && mail.expiresAt <= now) {
    refuse(engine, batch, cell, mail, 'expired', '');
    return;
  } else if (isFate(mail.message, cell)) {
    meetFate(batch, cell, mail);
    return;
  } else if (mail.priority === 'control' && !admitControl(engine, batch, cell, mail, now)) {
    return;
  }
  if (mail.attempts >= MAX_ATTEMPTS) {
    bury(engine, batch, cell, mail, mail.failure ?? new Error(`the process ended while it was taken, ${mail.attempts} times`));
    return;
  }
  batch.steps += 1;
  if (engine.kernel.freeze) deepFreeze(mail.message);
  if (forward(engine, batch, cell, mail)) return;
  const before = cell.snapshot as Snapshot;
  const result = engine.kernel.stepper.transition(cell, cell.worker.logic, before, mail.message);
  const flaw = result.ok ? findFlaw(engine, cell, result.snapshot, before, result.output) : result.error;
  if (!result.ok || flaw !== undefined) {
    failStep(engine, batch, cell, mail, flaw);
  } else if (!result.handled && !isInternalType(mail.message.type)) {
    unhandled(engine, batch, cell, mail);
  } else if (result.snapshot.status === 'error') {
    // An effect's error that no transition took: the actor crashes from its last good state, the result stays on disk (K15).
    engine.putBack(cell, [mail]);
    fall(batch, cell, result.snapshot.error);
  } else {
    commitStep(engine, batch, cell, mail, before, result.snapshot, result.output, now);
  }
}

/** Outputs of an actor's first step, which no mail caused. */
export function applyInitial(engine: StepEngine, batch: Batch, cell: DurableCell, snapshot: Snapshot, output: StepOutput): void {
  const flaw = findFlaw(engine, cell, snapshot, undefined, output);
  if (flaw !== undefined) throw flaw;
  commitStep(engine, batch, cell, new Mail('kernel', null, { type: 'troupe.init' }), undefined, snapshot, output, engine.kernel.clock.now());
}

/** One that it is linked to has ended, and so does it; a normal end is no reason to (OTP). */
function meetFate(batch: Batch, cell: DurableCell, mail: Mail): void {
  batch.consume(mail, cell.address);
  const reason = mail.message.reason as ExitReason;
  if (reason.kind === 'normal') return;
  cell.state = 'ending';
  batch.exits.push({ cell, reason });
}

function isCurrent(cell: DurableCell, mail: Mail): boolean {
  if (mail.kind === 'timer') return cell.timers.get(mail.source ?? '')?.generation === mail.generation;
  if (mail.kind === 'effect' || mail.kind === 'subscription') return findEffect(cell, mail) !== undefined;
  return true;
}

function findEffect(cell: DurableCell, mail: Mail): EffectEntry | undefined {
  for (const entry of cell.effects.values()) {
    if (entry.row.key === mail.source && entry.row.epoch === mail.generation) return entry;
  }
  return undefined;
}

/** A delayed send to somebody else: due, it is a send, not a step of the sender's statechart. */
function forward(engine: StepEngine, batch: Batch, cell: DurableCell, mail: Mail): boolean {
  if (mail.kind !== 'timer') return false;
  const row = cell.timers.get(mail.source ?? '');
  if (row === undefined || row.to === cell.address) return false;
  cell.timers.delete(row.key);
  batch.timerChanged(cell, row.key);
  batch.touch(cell);
  engine.send(batch, new Mail('message', cell.address, mail.message), row.to);
  return true;
}

function findFlaw(engine: StepEngine, cell: DurableCell, after: Snapshot, before: Snapshot | undefined, output: StepOutput): unknown {
  const inContext = findNonJsonChange(before?.context, after.context);
  if (inContext !== undefined) return codedError('InvalidBehaviour', { address: 'context', problem: `${inContext}: a durable actor keeps plain JSON (K3)` });
  return output === NO_OUTPUT ? undefined : findOutputFlaw(engine, cell, output);
}

function findOutputFlaw(engine: StepEngine, cell: DurableCell, output: StepOutput): unknown {
  // Each part is looked for first: most steps want one thing, and lists of nothing would be the larger part of what they leave behind.
  if (output.sends.length > 0 || output.timers.length > 0) {
    const inSends = findSendFlaw(engine, cell, output);
    if (inSends !== undefined) return inSends;
  }
  const others = findNonJsonOf(output);
  if (others !== undefined) return codedError('InvalidMessage', { field: others, problem: 'a fact, reply or child input is not plain JSON (K3)' });
  return output.children.length > 0 ? findChildFlaw(output) : undefined;
}

function findNonJsonOf({ facts, administration, replies }: StepOutput): string | undefined {
  const inFacts = facts.length > 0 ? findNonJson(facts, 'fact') : undefined;
  const inStarts = administration.length > 0 ? findNonJson(administration, 'child') : undefined;
  const inReplies =
    replies.length > 0
      ? findNonJson(
          replies.map(({ value }) => value),
          'reply',
        )
      : undefined;
  return inFacts ?? inStarts ?? inReplies;
}

function findSendFlaw(engine: StepEngine, cell: DurableCell, output: StepOutput): unknown {
  for (const { message } of [...output.sends, ...output.timers.filter((change) => change.op === 'set')]) {
    const inMessage = findNonJson(message);
    if (inMessage !== undefined) return codedError('InvalidMessage', { field: inMessage, problem: `'${message.type}' is not plain JSON (K3)` });
  }
  const toOthers = output.timers.filter((change) => change.op === 'set' && change.to !== cell.address) as Array<{ readonly message: Mail['message'] }>;
  for (const { message } of [...output.sends, ...toOthers]) {
    if (isReservedType(message.type)) return codedError('InvalidMessage', { field: 'type', problem: `'${message.type}' is reserved for the kernel (K5)` });
  }
  for (const { kind, to } of output.sends) {
    const flaw = kind === 'register' ? nameFlaw(engine, to, cell.address, true) : undefined;
    if (flaw !== undefined) return flaw;
  }
  return undefined;
}

/** What would throw once the step is taken: an effect's input that is no JSON, or a question about it that fails. */
function findChildFlaw(output: StepOutput): unknown {
  for (const change of output.children) {
    if (change.op !== 'start') continue;
    const { id, logic, options } = change.child;
    const source = classifySource(logic);
    if (source.kind === 'machine' || source.kind === 'transition') return nestedMachine(id, source.kind);
    const inInput = findNonJson(options.input, 'input');
    if (inInput !== undefined) return codedError('InvalidMessage', { field: inInput, problem: `'${id}' is given what is not plain JSON (K3)` });
    try {
      isIdempotent(source, options.input);
    } catch (error) {
      return error;
    }
  }
  return undefined;
}

function admitControl(engine: StepEngine, batch: Batch, cell: DurableCell, mail: Mail, now: number): boolean {
  if (!maySendControl(mail.from, cell)) {
    refuse(engine, batch, cell, mail, 'invalid', 'only supervisors, the owner and operators may send control');
    return false;
  }
  if (mail.about === undefined) return true;
  for (const queued of cell.takeOut((other) => other.id === mail.about)) refuse(engine, batch, cell, queued, 'cancelled', `by ${mail.message.type}`);
  const expiresAt = mail.expiresAt ?? now + RECEIPT_KEPT_MS;
  batch.receipts.set(`${cell.address}\n${mail.about}`, { address: cell.address, id: mail.about, reply: '{"cancelled":true}', expiresAt });
  return true;
}

/** The mail ends as a dead letter of this batch. */
export function refuse(engine: StepEngine, batch: Batch, cell: { readonly address: Address }, mail: Mail, reason: DeadLetterReason, detail: string): void {
  batch.consume(mail, cell.address);
  // Of one who is gone to one who is gone: nobody misses it.
  if (reason === 'noproc' && isSignalType(mail.message.type)) return;
  batch.deadLetters.push({ letter: engine.kernel.deadLetters.build(reason, detail, mail, cell.address), mail });
}

function unhandled(engine: StepEngine, batch: Batch, cell: DurableCell, mail: Mail): void {
  const { type } = mail.message;
  if (cell.worker.postpone.includes(type)) {
    cell.postponed.push(mail);
    batch.postpone(mail, cell.address, true);
    return;
  }
  dropSource(batch, cell, mail);
  if (cell.worker.ignore.includes(type)) batch.consume(mail, cell.address);
  else refuse(engine, batch, cell, mail, 'unhandled', '');
}

function failStep(engine: StepEngine, batch: Batch, cell: DurableCell, mail: Mail, error: unknown): void {
  if (!batch.attempted.has(mail)) batch.attempted.set(mail, mail.attempts);
  mail.attempts += 1;
  const text = error instanceof Error ? error.message : String(error);
  const { telemetry } = engine.kernel;
  // Read now: the next attempt may be in the same batch.
  const failed = { kind: 'actor.failed_step', address: cell.address, messageId: mail.id ?? null, type: mail.message.type, attempts: mail.attempts, error: text } as const;
  if (telemetry.observed) batch.after.push(() => telemetry.emit(failed));
  if (mail.attempts < MAX_ATTEMPTS) {
    if (mail.kind === 'message') batch.changed.set(mail, cell.address);
    engine.putBack(cell, [mail]);
    return;
  }
  bury(engine, batch, cell, mail, error);
}

/** No attempt is left: a dead letter with its error, and the actor goes on (K12). */
export function bury(engine: StepEngine, batch: Batch, cell: DurableCell, mail: Mail, error: unknown): void {
  dropSource(batch, cell, mail);
  refuse(engine, batch, cell, mail, 'poisoned', error instanceof Error ? error.message : String(error));
  batch.touch(cell);
  cell.poisoned += 1;
  if (cell.poisoned < MAX_POISON) return;
  cell.poisoned = 0;
  const text = `'${cell.address}' could not take ${MAX_POISON} messages in a row, the last of them ${mail.message.type}, and was restarted: see \`troupe dead-letters\` for what it could not take and why`;
  batch.after.push(() => engine.kernel.alerts.raise({ kind: 'poison', severity: 'warning', address: cell.address, text }));
  fall(batch, cell, error);
}

/** As `bury`, where not even the dead letter can be written. */
export function discard(engine: StepEngine, batch: Batch, cell: DurableCell, mail: Mail, error: unknown): void {
  const { deadLetters } = engine.kernel;
  dropSource(batch, cell, mail);
  batch.consume(mail, cell.address);
  batch.after.push(() => deadLetters.announce(deadLetters.build('poisoned', error instanceof Error ? error.message : String(error), mail, cell.address), mail));
}

function fall(batch: Batch, cell: DurableCell, error: unknown): void {
  cell.state = 'ending';
  batch.exits.push({ cell, reason: crash(error) });
}

/** The timer or effect behind an internal mail is spent. */
function dropSource(batch: Batch, cell: DurableCell, mail: Mail): void {
  if (mail.kind === 'timer') {
    cell.timers.delete(mail.source ?? '');
    batch.timerChanged(cell, mail.source ?? '');
  } else if (mail.kind === 'effect') {
    const entry = findEffect(cell, mail);
    if (entry === undefined) return;
    cell.effects.delete(entry.row.childId);
    batch.effects.set(entry.row.key, null);
  }
}

function commitStep(engine: StepEngine, batch: Batch, cell: DurableCell, mail: Mail, before: Snapshot | undefined, after: Snapshot, output: StepOutput, now: number): void {
  const { kernel } = engine;
  dropSource(batch, cell, mail);
  batch.consume(mail, cell.address);
  if (kernel.freeze) deepFreeze(after.context);
  cell.snapshot = after;
  cell.step += 1;
  cell.poisoned = 0;
  if (kernel.alerts.any && mail.kind === 'message' && kernel.alerts.isOpen('poison', cell.address)) batch.after.push(() => kernel.alerts.clear('poison', cell.address));
  batch.touch(cell);
  const begun = before?.children === after.children && after.status === 'active' ? NO_EFFECTS : changeChildren(engine, batch, cell, before, after);
  if (output !== NO_OUTPUT) applyOutput(engine, batch, cell, mail, output, now);
  const { type } = mail.message;
  const transition = {
    step: cell.step,
    at: now,
    epoch: cell.epoch,
    messageId: mail.id ?? null,
    type,
    from: before?.value ?? null,
    to: after.value ?? null,
    cause: mail.causationId ?? null,
    effects: begun,
  };
  cell.history.add(transition);
  batch.stepFacts.push({ address: cell.address, transition });
  if (cell.postponed.length > 0 && isNewState(before?.value, after.value)) {
    for (const again of cell.postponed) batch.postpone(again, cell.address, false);
    engine.putBack(cell, cell.postponed);
    cell.postponed = [];
  }
  if (after.status !== 'active') engine.end(batch, cell);
}
