// What a committed durable step leaves: effects begun and ended, timers, sends, replies, facts, child rows; the rest after the commit.
import { type Address, childAddress } from './address.ts';
import type { Batch } from './batch.ts';
import type { DurableCell, EffectEntry } from './durable-cell.ts';
import { classifySource, type SourceKind } from './effect.ts';
import { codedError } from './errors.ts';
import { crash } from './exit-reason.ts';
import type { EffectRow } from './journal.ts';
import { Mail } from './mail.ts';
import type { ChildActor, Snapshot } from './step.ts';
import type { StepEngine } from './step-engine.ts';
import { childDifference, type StepOutput } from './step-output.ts';
import { changeTie } from './tie-changes.ts';

/** How long the id of a tell that may be repeated is remembered. */
export const RECEIPT_KEPT_MS = 24 * 3_600_000;

export function changeChildren(engine: StepEngine, batch: Batch, cell: DurableCell, before: Snapshot | undefined, after: Snapshot): string[] {
  const { begun, ended } = childDifference(before, after);
  for (const child of ended) {
    const entry = cell.effects.get(child.id);
    if (entry === undefined) continue;
    cell.effects.delete(child.id);
    leaveEffect(engine, batch, entry);
  }
  return begun.map((child) => beginEffect(engine, batch, cell, child));
}

/** An effect whose result nobody will take any more: what is known of it is a fact of this commit (K16). */
export function leaveEffect(engine: Pick<StepEngine, 'effects'>, batch: Batch, entry: EffectEntry): void {
  const { key, address, childId, outcome, state } = entry.row;
  batch.after.push(() => engine.effects.stop(entry));
  if (!isJournalled(entry)) return;
  batch.effects.set(key, null);
  const begun = state === 'started' || engine.effects.isRunning(entry);
  batch.facts.push({ kind: 'effect.outcome', body: { address, key, id: childId, outcome: outcome ?? (begun ? 'unknown' : 'not_started') } });
}

/** Whether running it again does no harm. A plain promise says nothing, so it is not (K17). */
export function isIdempotent(source: SourceKind, input: unknown): boolean {
  if (source.kind !== 'effect') return false;
  const { idempotent } = source.spec;
  return typeof idempotent === 'function' ? idempotent(input) : idempotent;
}

export function isJournalled(entry: EffectEntry): boolean {
  return entry.source.kind === 'effect' || entry.source.kind === 'promise';
}

function beginEffect(engine: StepEngine, batch: Batch, cell: DurableCell, child: ChildActor): string {
  const entry = describeEffect(cell, child, engine.era, engine.nextEffect());
  cell.effects.set(child.id, entry);
  if (isJournalled(entry)) batch.effects.set(entry.row.key, entry.row);
  batch.after.push(() => engine.effects.start(cell, entry));
  return child.id;
}

export function nestedMachine(childId: string, kind: string): Error {
  return codedError('InvalidBehaviour', { address: childId, problem: `a nested ${kind} in a durable actor: make it a child of a supervisor (K17)` });
}

function describeEffect(cell: DurableCell, child: ChildActor, era: string, seq: number): EffectEntry {
  const source = classifySource(child.logic);
  const { address, incarnation, epoch } = cell;
  if (source.kind === 'machine' || source.kind === 'transition') {
    throw nestedMachine(child.id, source.kind);
  }
  cell.effectCount += 1;
  const input = child.options.input;
  const row: EffectRow = {
    key: `${address}/${incarnation}/${era}/${cell.effectCount}`,
    address,
    incarnation,
    epoch,
    seq,
    childId: child.id,
    src: typeof child.src === 'string' ? child.src : '',
    input: JSON.stringify(input ?? null),
    idempotent: isIdempotent(source, input),
    state: 'scheduled',
    outcome: null,
    result: null,
  };
  return { row, source, logic: child.logic, input };
}

export function applyOutput(engine: StepEngine, batch: Batch, cell: DurableCell, mail: Mail, output: StepOutput, now: number): void {
  const { defers, replies, facts } = output;
  // A loop over nothing is not free, and most steps want an answer or a fact and no more.
  if (defers.length > 0) for (const name of defers) cell.deferred.set(name, { ask: mail.ask ?? null, receipt: mail.receipt ? (mail.id ?? null) : null });
  if (replies.length > 0) for (const { name, value } of replies) answer(engine, batch, cell, mail, name, value, now);
  if (doesMore(output)) doMore(engine, batch, cell, mail, output, now);
  if (facts.length > 0) for (const { kind, body } of facts) batch.facts.push({ kind, address: cell.address, body });
}

function doesMore({ timers, administration, sends, children, customs, emits }: StepOutput): boolean {
  return timers.length + administration.length + sends.length + children.length + customs.length + emits.length > 0;
}

function doMore(engine: StepEngine, batch: Batch, cell: DurableCell, mail: Mail, output: StepOutput, now: number): void {
  const { kernel } = engine;
  for (const change of output.timers) changeTimer(batch, cell, change, now);
  // Before the sends: a child can be told something by the step that starts it.
  if (output.administration.length > 0) administer(engine, batch, cell, output.administration);
  if (output.sends.length > 0) sendAll(engine, batch, cell, mail, output.sends);
  for (const change of output.children) {
    const entry = change.op === 'send' ? cell.effects.get(change.child.id) : undefined;
    if (change.op === 'send' && entry !== undefined) batch.after.push(() => engine.effects.send(entry, change.message));
  }
  for (const custom of output.customs) batch.after.push(() => runCustom(engine, cell, custom));
  if (kernel.telemetry.observed) for (const event of output.emits) batch.after.push(() => kernel.telemetry.emit({ kind: 'actor.emitted', address: cell.address, event }));
}

function sendAll(engine: StepEngine, batch: Batch, cell: DurableCell, mail: Mail, sends: StepOutput['sends']): void {
  for (const { kind, to, message, priority, about } of sends) {
    if (kind !== 'actor' && kind !== 'group') {
      changeTie(engine, batch, { address: cell.address, durable: true, cell }, kind, to);
      continue;
    }
    for (const address of kind === 'group' ? engine.kernel.ties.members(to) : [to]) {
      const sent = new Mail('message', cell.address, message, priority);
      sent.about = about;
      sent.causationId = mail.id;
      engine.send(batch, sent, address);
    }
  }
}

function administer(engine: StepEngine, batch: Batch, cell: DurableCell, acts: StepOutput['administration']): void {
  for (const [index, act] of acts.entries()) {
    if (act.op === 'start') engine.startChild(batch, cell.address, act.supervisor, act.child);
    else engine.stopChild(batch, act.address, isRenewed(act.address, acts.slice(index + 1)));
  }
}

/** Whether a step that stops a child starts one under its address again. */
function isRenewed(address: Address, behind: StepOutput['administration']): boolean {
  return behind.some((act) => act.op === 'start' && childAddress(act.supervisor, act.child.id) === address);
}

/** After the commit, once; a throw is an exit while the step stands (K2). */
function runCustom(engine: StepEngine, cell: DurableCell, custom: () => void): void {
  try {
    custom();
  } catch (error) {
    engine.exit(cell, crash(error));
  }
}

function answer(engine: StepEngine, batch: Batch, cell: DurableCell, mail: Mail, name: string, value: unknown, now: number): void {
  const kept = name === '' ? { ask: mail.ask ?? null, receipt: mail.receipt ? (mail.id ?? null) : null } : cell.deferred.get(name);
  if (kept === undefined) return;
  cell.deferred.delete(name);
  const { ask, receipt } = kept;
  if (receipt !== null) {
    batch.receipts.set(`${cell.address}\n${receipt}`, { address: cell.address, id: receipt, reply: JSON.stringify({ value: value ?? null }), expiresAt: now + RECEIPT_KEPT_MS });
  }
  if (ask !== null) batch.after.push(() => engine.kernel.asks.resolve(ask, value));
}

function changeTimer(batch: Batch, cell: DurableCell, change: StepOutput['timers'][number], now: number): void {
  if (change.op === 'cancel') {
    if (cell.timers.delete(change.key)) batch.timerChanged(cell, change.key);
    return;
  }
  cell.timerCount += 1;
  const generation = cell.epoch * 1_000_000 + cell.timerCount;
  const key = change.key ?? `generated:${generation}`;
  const { address, incarnation } = cell;
  cell.timers.set(key, { address, key, incarnation, generation, dueAt: now + change.delayMs, delayMs: change.delayMs, to: change.to, event: JSON.stringify(change.message) });
  batch.timerChanged(cell, key);
}

/** Keeps the ids of tells that may be repeated, from acceptance on. */
export function acknowledge(batch: Batch, mail: Mail, to: Address, now: number): void {
  if (!mail.receipt || mail.id === undefined) return;
  const key = `${to}\n${mail.id}`;
  if (!batch.receipts.has(key)) batch.receipts.set(key, { address: to, id: mail.id, reply: null, expiresAt: now + RECEIPT_KEPT_MS });
}
