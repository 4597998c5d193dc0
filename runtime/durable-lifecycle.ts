// Birth and death of durable actors: activation from the journal or from input, orderly and final ends, child rows (K25–K28).
import { type Address, childId, parentAddress } from './address.ts';
import { fillMailbox, unreadOf } from './backlog.ts';
import type { Batch } from './batch.ts';
import type { WorkerBehaviour } from './behaviour.ts';
import { actorAction } from './boot-action.ts';
import { buryUnread } from './burial.ts';
import type { ChildSpec } from './child-spec.ts';
import { type DeferredReply, DurableCell } from './durable-cell.ts';
import type { DurableEngine } from './durable-engine.ts';
import { leaveEffect } from './durable-output.ts';
import { applyInitial, refuse } from './durable-step.ts';
import { codedError } from './errors.ts';
import { crash, type ExitReason, KILLED, NORMAL, SHUTDOWN } from './exit-reason.ts';
import { forgetMonitors, isFate, signalEnd, writeTie } from './exit-signals.ts';
import type { ActorImage, ActorRow } from './journal.ts';
import type { Mail } from './mail.ts';
import { quarantine, release } from './quarantine.ts';
import { behaviourVersion, restoreCell } from './restore.ts';
import type { StartOutcome } from './supervisor-host.ts';
import { armTimers } from './timers.ts';
import { withImage } from './with-image.ts';

/**
 * Activates an actor: from its snapshot under the next epoch, or from its input. Resolves once that is committed, or once it is known that
 * it will not be: `isWanted` is asked again behind every read, since whoever wanted it may be gone by then.
 */
export async function activate(engine: DurableEngine, address: Address, spec: ChildSpec, worker: WorkerBehaviour, isWanted: () => boolean): Promise<StartOutcome> {
  const [outcome, resolve] = promised<StartOutcome>();
  const { places } = engine;
  const hadRow = places.rowChildren.has(address);
  const run = (batch: Batch, image: ActorImage): void => {
    // Its row went in a commit while it was being read: whoever stopped it must not find it started behind that (K25).
    const rowWent = hadRow && (!places.rowChildren.has(address) || places.stopping.has(address));
    if (rowWent || !isWanted()) resolve({ ok: 'ignore', gone: rowWent });
    else activateNow(engine, batch, address, spec, worker, image, resolve);
  };
  const down = (): void => resolve({ ok: false, reason: crash(codedError('NodeStopped')) });
  await withImage(engine, address, { run, down, refused: (error) => resolve({ ok: false, reason: crash(error) }) }, outcome);
  engine.activations.settled(address);
  return outcome;
}

function promised<T>(): [Promise<T>, (value: T) => void] {
  let settle = (_value: T): void => undefined;
  const promise = new Promise<T>((resolve) => {
    settle = resolve;
  });
  return [promise, settle];
}

function activateNow(
  engine: DurableEngine,
  batch: Batch,
  address: Address,
  spec: ChildSpec,
  worker: WorkerBehaviour,
  image: ActorImage,
  resolve: (outcome: StartOutcome) => void,
): void {
  const { kernel, places } = engine;
  const cell = new DurableCell(address, parentAddress(address), spec, worker, behaviourVersion(worker), kernel.clock.now(), (mail, to) => kernel.post(mail, to));
  const anew = worker.restartFrom === 'initial' && places.wasActive(address);
  const found = { spec: true, row: image.actor?.status ?? ('none' as const), anew };
  const row = actorAction({ ...found, fits: true }) === 'restore' ? image.actor : null;
  cell.epoch = (image.actor?.epoch ?? 0) + 1;
  // Known before its first step, which may send to itself.
  const wasKnown = places.known.has(address);
  places.known.add(address);
  cell.dynamic = places.rowChildren.has(address);
  cell.rowed = image.actor !== null || image.timers.length > 0;
  const flaw = row === null ? begin(engine, batch, cell, image) : restoreCell(kernel.stepper, cell, row, image);
  if (flaw !== undefined) {
    if (!wasKnown) places.known.delete(address);
    if (row !== null) quarantine(engine, batch, row, flaw);
    places.foundOnDisk(address, image.mail.length + unreadOf(image));
    // Held with its mail, the supervisor goes on without it.
    batch.after.push(() => resolve(row === null ? { ok: false, reason: crash(new Error(flaw)) } : { ok: 'ignore' }));
    return;
  }
  // Its first step may have been its last.
  if (cell.state === 'starting') cell.state = 'running';
  places.cells.set(address, cell);
  batch.activated.add(cell);
  places.activated(address);
  batch.stepped.add(cell);
  // It is what it was again, on disk too.
  if (row?.status === 'quarantined') batch.touch(cell);
  fillMailbox(cell, places.release(address, image.mail), image);
  // Of a dynamic child a boot knows nothing but its rows, so its memberships are rows too (K27).
  if (cell.dynamic) joinGroups(engine, batch, cell);
  kernel.registry.add(cell);
  if (row === null) engine.begun(cell);
  batch.after.push(() => {
    if (places.cells.get(address) !== cell) {
      // Ended at once, while its start was being written (K22).
      resolve({ ok: false, reason: cell.ended ?? KILLED });
      return;
    }
    release(engine, address);
    armTimers(engine, cell);
    if (row !== null) engine.effects.resume(cell);
    engine.ready(cell);
    engine.passivation.used(cell);
    if (kernel.telemetry.observed) kernel.telemetry.emit({ kind: 'actor.started', address, durable: true, epoch: cell.epoch });
    resolve({ ok: true, serial: cell.serial });
  });
}

function joinGroups(engine: DurableEngine, batch: Batch, { address, worker }: DurableCell): void {
  for (const group of worker.groups) {
    const tie = { kind: 'group', holder: address, other: group, rowed: true } as const;
    if (engine.kernel.ties.get(tie)?.rowed !== true) writeTie(engine, batch, tie, true);
  }
}

/** The first step of a new incarnation. What an earlier one left in timers and effects goes in the same commit (K26). */
function begin(engine: DurableEngine, batch: Batch, cell: DurableCell, image: ActorImage): string | undefined {
  const { address } = cell;
  engine.counters.incarnation += 1;
  cell.incarnation = engine.counters.incarnation;
  if (image.actor !== null) forgetMonitors(engine, batch, address);
  const result = engine.kernel.stepper.initial(cell, cell.worker.logic, cell.worker.input);
  if (!result.ok) return result.error instanceof Error ? result.error.message : String(result.error);
  try {
    applyInitial(engine, batch, cell, result.snapshot, result.output);
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
  for (const row of image.timers) if (!cell.timers.has(row.key)) batch.timersRemoved.push({ address, key: row.key });
  for (const row of image.effects) batch.effects.set(row.key, null);
  if (image.actor !== null) archive(engine, batch, image.actor);
  return undefined;
}

/** What an incarnation was when another took its place, as a fact; its asks are told (K25, K26). */
function archive(engine: DurableEngine, batch: Batch, { address, incarnation, step, snapshot, deferred }: ActorRow): void {
  const { value = null, context = null } = JSON.parse(snapshot) as { value?: unknown; context?: unknown };
  batch.facts.push({ kind: 'actor.archived', body: { address, incarnation, step, value, context } });
  endDeferred(engine, batch, address, Object.values(JSON.parse(deferred) as Record<string, DeferredReply>));
}

/** Nobody is left to answer what an incarnation kept for later. */
function endDeferred(engine: DurableEngine, batch: Batch, address: Address, kept: Iterable<DeferredReply>): void {
  const { asks } = engine.kernel;
  for (const { ask } of kept) if (ask !== null) batch.after.push(() => asks.reject(ask, codedError('ActorDown', { address, reason: 'ended' })));
}

/** A committed final state: the rows go; `permanent` keeps its mail for the next incarnation (K26). */
export function endCell(engine: DurableEngine, batch: Batch, cell: DurableCell): void {
  cell.state = 'ending';
  const last = cell.snapshot;
  const body = { address: cell.address, incarnation: cell.incarnation, step: cell.step, value: last?.value ?? null, context: last?.context ?? null };
  batch.facts.push({ kind: 'actor.ended', body });
  const reason: ExitReason = last?.status === 'done' ? NORMAL : crash(last?.error);
  const forGood = cell.spec.restart !== 'permanent';
  signalEnd(engine, batch, cell.address, reason, forGood);
  giveUp(engine, batch, cell, forGood);
  // Its next incarnation has not begun: also a boot must start it.
  if (cell.dynamic && !forGood) batch.awake.set(cell.address, true);
  batch.exits.push({ cell, reason });
}

/** `renewed`: the step that ends it for good starts the next one. */
export function giveUp(engine: DurableEngine, batch: Batch, cell: DurableCell, forGood: boolean, renewed = false): void {
  const { address } = cell;
  batch.ended.set(address, forGood);
  if (!cell.rowed) batch.unwritten.add(address);
  else for (const key of cell.timers.keys()) batch.timersRemoved.push({ address, key });
  batch.stepped.add(cell);
  cell.timers.clear();
  for (const entry of cell.effects.values()) {
    leaveEffect(engine, batch, entry);
  }
  cell.effects.clear();
  endDeferred(engine, batch, address, cell.deferred.values());
  leaveMail(engine, batch, cell, !forGood || renewed);
  if (forGood) removeRow(engine, batch, address);
}

/**
 * What an incarnation leaves in its mailbox. Of a static child the next one takes it all (K26); of a dynamic one the next takes
 * what was told if the spec says `inherit`, never what was asked (K25). Without a next one all is dead.
 */
function leaveMail(engine: DurableEngine, batch: Batch, cell: DurableCell, hasNext: boolean): void {
  const dynamic = engine.places.rowChildren.has(cell.address);
  if (hasNext && !dynamic) return;
  const passes = (mail: Mail): boolean => hasNext && cell.worker.inherit && mail.ask === undefined;
  const left = cell.postponed.filter((mail) => !passes(mail));
  cell.postponed = cell.postponed.filter(passes);
  for (const mail of [...left, ...cell.mailbox.remove((queued) => !passes(queued))]) {
    if (mail.kind === 'message') refuse(engine, batch, cell, mail, 'noproc', 'ended');
    else engine.drop(mail);
  }
  const asksOnly = hasNext && cell.worker.inherit;
  buryUnread(engine, batch, { address: cell.address, upTo: engine.counters.mail, asksOnly, detail: 'ended', rows: cell.mailbox.unread });
  if (!asksOnly) cell.mailbox.endTails();
}

/** Also of a row that memory does not know of: a child that does not run. */
export function removeRow(engine: DurableEngine, batch: Batch, address: Address): void {
  const { places } = engine;
  if (!places.rowChildren.has(address) && !engine.presumes(address)) return;
  places.rowRemoved(address);
  batch.childrenRemoved.push({ parent: parentAddress(address), id: childId(address) });
  // Put by this very batch: it never was.
  if (batch.childrenPut.delete(address)) places.known.delete(address);
}

export interface ForgetOptions {
  /** Mail that was told to one that was renewed by a step passes to the next (K25). */
  readonly inherit?: boolean;
  /** What its askers are told. */
  readonly detail?: string;
  /** What is told to who is tied to it. */
  readonly reason?: ExitReason;
  /** Somebody lives there after all. */
  unless?(): boolean;
}

/**
 * Ends an actor for good, running or not: rows go, mail becomes dead letters `noproc`, but for what the next one under its id is to
 * have: what came for that, and what was told to one that says `inherit` and was renewed by one step (K25). Resolves once committed.
 */
export async function forget(
  engine: DurableEngine,
  address: Address,
  { inherit = false, detail = 'ended', reason = SHUTDOWN, unless = () => false }: ForgetOptions = {},
): Promise<void> {
  const [committed, resolve] = promised<void>();
  const run = (batch: Batch, image: ActorImage): void => {
    batch.after.push(resolve);
    if (unless()) return;
    const cell = engine.places.cells.get(address);
    if (cell !== undefined) {
      cell.state = 'ending';
      signalEnd(engine, batch, address, SHUTDOWN, true);
      giveUp(engine, batch, cell, true);
      return;
    }
    if (!engine.places.known.has(address) && isBlank(image) && engine.places.heldCount(address) === 0 && !isTied(engine, address)) return;
    batch.ended.set(address, true);
    signalEnd(engine, batch, address, reason, true);
    if (!engine.places.stopping.has(address)) removeRow(engine, batch, address);
    for (const row of image.timers) batch.timersRemoved.push({ address, key: row.key });
    for (const row of image.effects) batch.effects.set(row.key, null);
    const stopping = engine.places.stopping.get(address);
    for (const mail of engine.places.release(address, image.mail)) {
      const isOld = stopping?.next === undefined || mail.seq <= stopping.lastMail;
      if (isOld && !(inherit && stopping?.renewed === true && mail.ask === undefined)) refuse(engine, batch, { address }, mail, 'noproc', detail);
      else engine.places.hold(address, mail);
    }
    const upTo = stopping?.next === undefined ? engine.counters.mail : stopping.lastMail;
    const asksOnly = inherit && stopping?.renewed === true;
    buryUnread(engine, batch, { address, upTo, asksOnly, detail, rows: unreadOf(image) });
    if (asksOnly || stopping?.next !== undefined) engine.places.keepOnDisk(address, unreadOf(image));
  };
  await withImage(engine, address, { run, down: resolve }, committed);
}

const isTied = ({ kernel: { ties } }: DurableEngine, address: Address): boolean =>
  ties.of(address).length + ties.to('monitor', address).length + ties.to('link', address).length > 0;

const isBlank = ({ actor, mail, timers, effects }: ActorImage): boolean => actor === null && mail.length + timers.length + effects.length === 0;

/** The cell leaves memory; its rows stay. Called between two batches, or at once while the journal is down (K22). */
export function exitCell(engine: DurableEngine, cell: DurableCell, reason: ExitReason): void {
  const { places, fresh } = engine;
  if (places.cells.get(cell.address) !== cell) return;
  engine.leaving(cell);
  places.cells.delete(cell.address);
  cell.state = 'down';
  cell.ended = reason;
  engine.passivation.gone(cell);
  engine.bounds.release();
  cell.disarm();
  for (const entry of cell.effects.values()) engine.effects.stop(entry);
  const late: Mail[] = [];
  const spent: Mail[] = [];
  const { unread } = cell.mailbox;
  for (const mail of [...cell.postponed.splice(0), ...cell.mailbox.clear()]) {
    if (mail.kind !== 'message') fresh.delete(mail);
    else if (isFate(mail.message, cell)) spent.push(mail);
    else if (places.known.has(cell.address)) places.hold(cell.address, mail);
    else late.push(mail);
  }
  if (places.known.has(cell.address)) places.keepOnDisk(cell.address, unread);
  spend(engine, cell, spent);
  // Came while the commit of its end was on its way: it ends as what the commit had found in the mailbox (K26).
  if (late.length > 0) engine.atBoundary((batch) => late.forEach((mail) => void refuse(engine, batch, cell, mail, 'noproc', 'ended')));
  engine.kernel.exited(cell, reason);
}

/** Ends that this run was to meet, had it not ended before, are not for the next run. */
function spend(engine: DurableEngine, cell: DurableCell, spent: readonly Mail[]): void {
  engine.places.spend(cell.address, spent);
  for (const mail of spent) engine.fresh.delete(mail);
  if (spent.length > 0) engine.atBoundary((batch) => spent.forEach((mail) => void batch.consume(mail, cell.address)));
}

/** Resolves once the cell is gone: at the next boundary, or at once. */
export function stopCell(engine: DurableEngine, cell: DurableCell, reason: ExitReason): Promise<void> {
  cell.doomed = true;
  return new Promise((resolve) => {
    const stop = (): void => {
      exitCell(engine, cell, reason);
      resolve();
    };
    if (engine.available) engine.atBoundary((batch) => void batch.after.push(stop), stop, { ends: true });
    else stop();
  });
}
