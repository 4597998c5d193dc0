// Builds a durable cell from what the journal holds of it. Whatever does not fit is quarantined, never started anew over its
// history (K28).
import { createHash } from 'node:crypto';
import type { AnyActorLogic } from 'xstate';
import type { WorkerBehaviour } from './behaviour.ts';
import type { DeferredReply, DurableCell, EffectEntry } from './durable-cell.ts';
import { classifySource } from './effect.ts';
import type { Message } from './envelope.ts';
import type { ActorImage, ActorRow, EffectRow, MailRow } from './journal.ts';
import { Mail } from './mail.ts';
import { findNonJson } from './plain-json.ts';
import { isNewer, renamedInvoke, rootOf, type StateNode, timerFlaw, valueFlaw } from './restore-check.ts';
import type { ChildActor, Snapshot, Stepper } from './step.ts';

/** The version of a behaviour's state: as given, else a hash of the statechart's states and invokes. */
export function behaviourVersion(worker: WorkerBehaviour): string {
  return worker.version ?? hashOf(worker.logic);
}

const HASHES = new WeakMap<AnyActorLogic, string>();

function hashOf(logic: AnyActorLogic): string {
  const known = HASHES.get(logic);
  if (known !== undefined) return known;
  const root = rootOf(logic);
  const hash =
    root === undefined
      ? 'unversioned'
      : `hash:${createHash('sha256')
          .update(JSON.stringify(shapeOf(root)))
          .digest('hex')
          .slice(0, 16)}`;
  HASHES.set(logic, hash);
  return hash;
}

function shapeOf(node: StateNode): unknown {
  const invokes = node.invoke.map(({ id, src }) => [id, typeof src === 'string' ? src : 'inline']);
  return [node.key, node.type, invokes, Object.values(node.states).map(shapeOf)];
}

export function mailOf(row: MailRow, stepper: Stepper): Mail {
  const { envelope } = row;
  const mail = new Mail('message', envelope.from, stepper.revive(envelope.message) as Message, envelope.priority);
  mail.seq = row.seq;
  mail.rowed = true;
  mail.attempts = row.attempts;
  mail.postponed = row.state === 'postponed';
  mail.id = envelope.id;
  mail.sentAt = envelope.sentAt;
  mail.ask = envelope.replyTo;
  mail.correlationId = envelope.correlationId;
  mail.causationId = envelope.causationId;
  mail.expiresAt = envelope.expiresAt;
  mail.about = envelope.about;
  mail.receipt = envelope.receipt ?? false;
  mail.trace = envelope.trace;
  return mail;
}

/** Fills the cell from a row. Returns why it cannot be restored, or undefined. */
export function restoreCell(stepper: Stepper, cell: DurableCell, actor: ActorRow, image: ActorImage): string | undefined {
  try {
    cell.snapshot = readSnapshot(stepper, cell, actor);
    if (cell.snapshot.status !== 'active') return `its state has status '${cell.snapshot.status}'`;
    cell.incarnation = actor.incarnation;
    cell.step = actor.step;
    cell.effectCount = actor.effectCount;
    cell.poisoned = actor.poisoned;
    cell.awake = undefined;
    cell.deferred.clear();
    for (const [name, kept] of Object.entries(JSON.parse(actor.deferred) as Record<string, DeferredReply>)) cell.deferred.set(name, kept);
    cell.timers.clear();
    for (const row of image.timers) cell.timers.set(row.key, row);
    return timerFlaw(cell.snapshot, image.timers) ?? restoreEffects(stepper, cell, image.effects);
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

function readSnapshot(stepper: Stepper, cell: DurableCell, actor: ActorRow): Snapshot {
  const { worker } = cell;
  const persisted = actor.version === cell.version ? (JSON.parse(actor.snapshot) as unknown) : migrated(cell, actor);
  const root = rootOf(worker.logic);
  const flaw = root === undefined ? undefined : valueFlaw(root, (persisted as { value?: unknown }).value);
  if (flaw !== undefined) throw new Error(`its state is none of this behaviour: ${flaw}`);
  const snapshot = stepper.restore(cell, worker.logic, persisted);
  const children = (persisted as { children?: Record<string, { src?: unknown }> }).children ?? {};
  for (const id of Object.keys(children)) {
    if (snapshot.children?.[id] === undefined) throw new Error(`its child '${id}' has no source any more`);
  }
  const renamed = renamedInvoke(snapshot, children);
  if (renamed !== undefined) throw new Error(renamed);
  return snapshot;
}

/** What the snapshot is under this version. A newer one was written by a behaviour that knows more than this one: nothing is guessed. */
function migrated({ worker, version }: DurableCell, { version: from, snapshot }: ActorRow): unknown {
  const written = `written by version '${from}', this is '${version}'`;
  if (isNewer(from, version)) throw new Error(`${written}, which is older`);
  if (worker.migrate === undefined) throw new Error(`${written}, and there is no migrate`);
  const after = worker.migrate(JSON.parse(snapshot), from);
  const flaw = findNonJson(after, 'snapshot');
  if (flaw !== undefined || typeof after !== 'object' || after === null)
    throw new Error(`${written}: migrate gave no snapshot of plain JSON${flaw === undefined ? '' : ` (${flaw})`}`);
  return after;
}

/** Keeps what runs in this process already (after a failed commit); everything else is described anew, under the cell's epoch. */
function restoreEffects(stepper: Stepper, cell: DurableCell, rows: readonly EffectRow[]): string | undefined {
  const before = new Map(cell.effects);
  cell.effects.clear();
  const children = cell.snapshot?.children ?? {};
  for (const row of rows) {
    const child = children[row.childId];
    if (child === undefined) return `effect ${row.key} belongs to no child of its state`;
    const kept = before.get(row.childId);
    const isKept = kept?.row.key === row.key;
    const epoch = isKept ? kept.row.epoch : cell.epoch;
    const scheduledIn = isKept ? (kept.scheduledIn ?? row.epoch) : row.epoch;
    cell.effects.set(row.childId, { row: { ...row, epoch }, source: classifySource(child.logic), logic: child.logic, input: stepper.revive(JSON.parse(row.input)), scheduledIn });
  }
  for (const child of Object.values(children)) {
    const entry = subscriptionOf(cell, child);
    if (entry !== undefined) cell.effects.set(child.id, before.get(child.id) ?? entry);
  }
  return undefined;
}

/** Callbacks and observables have no row: they start again at each activation (K17). */
function subscriptionOf(cell: DurableCell, child: ChildActor): EffectEntry | undefined {
  const source = classifySource(child.logic);
  if (cell.effects.has(child.id) || (source.kind !== 'callback' && source.kind !== 'observable')) return undefined;
  const { address, incarnation, epoch } = cell;
  const input = (child.getSnapshot() as { input?: unknown }).input;
  const key = `${address}/${incarnation}/${epoch}/${child.id}`;
  const row: EffectRow = { key, address, incarnation, epoch, seq: 0, childId: child.id, src: '', input: 'null', idempotent: true, state: 'scheduled', outcome: null, result: null };
  return { row, source, logic: child.logic, input };
}
