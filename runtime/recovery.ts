// After a commit whose outcome is unknown: the journal is asked what is true, and memory is brought in line with it (K10).
import { type Address, childAddress } from './address.ts';
import { fillMailbox } from './backlog.ts';
import type { Batch } from './batch.ts';
import type { DurableCell } from './durable-cell.ts';
import type { DurableEngine } from './durable-engine.ts';
import { codedError } from './errors.ts';
import { crash } from './exit-reason.ts';
import { type ActorImage, JournalFailure, type JournalHead, type TieRow } from './journal.ts';
import type { Mail } from './mail.ts';
import { restoreCell } from './restore.ts';
import { armTimers } from './timers.ts';

const FIRST_RETRY_MS = 20;
const LONGEST_RETRY_MS = 2_000;

/** Asks the journal until it answers. `silent` is called once when it does not at first: who waits must not wait as long. */
export async function recoverJournal(engine: DurableEngine, error: unknown, silent: () => void): Promise<JournalHead | 'fenced' | 'closed'> {
  const { telemetry, clock } = engine.kernel;
  let why = error;
  for (let waitMs = FIRST_RETRY_MS; ; waitMs = Math.min(waitMs * 2, LONGEST_RETRY_MS)) {
    if (engine.state === 'closed') return 'closed';
    if (why instanceof JournalFailure && why.kind === 'fenced') return 'fenced';
    const text = why instanceof Error ? why.message : String(why);
    if (telemetry.observed) telemetry.emit({ kind: 'journal.unavailable', why: text });
    try {
      const head = await engine.journal.recover();
      if (telemetry.observed) telemetry.emit({ kind: 'journal.recovered', why: text });
      return head;
    } catch (failure) {
      if (why === error) silent();
      engine.writes.unanswered();
      why = failure;
    }
    await new Promise<void>((resolve) => void clock.after(waitMs, resolve));
  }
}

/**
 * Undoes a batch that is not in the journal: its sends vanish, its cells are read back, its inputs come again. `again`: also those whose
 * senders wait to hear that they were accepted; else these hear that they may not be, and try again themselves.
 */
export async function rollBack(engine: DurableEngine, batch: Batch, rowed: readonly Mail[], error: unknown, again = false): Promise<void> {
  const cause = error instanceof Error ? error.message : String(error);
  const { places } = engine;
  // What was not written has not been tried (K12).
  for (const [mail, attempts] of batch.attempted) mail.attempts = attempts;
  // Nor does it wait where the journal has it queued: its actor may have ended meanwhile, and is not read back then.
  for (const [mail, postponed] of batch.postponedBefore) mail.postponed = postponed;
  const refused = new Set<Mail>();
  for (const mail of [...batch.consumed.map((taken) => taken.mail), ...rowed, ...engine.fresh.mails()]) {
    if (again || mail.acceptance === undefined || mail.rowed) continue;
    mail.acceptance.reject(codedError('JournalUnavailable', { cause }));
    refused.add(mail);
  }
  const gone = (mail: Mail): boolean => refused.has(mail) || (mail.fromStep && !mail.rowed);
  takeOut(engine, gone);
  for (const address of batch.childrenPut.keys()) places.forget(address);
  for (const { parent, id } of batch.childrenRemoved) places.keepRow(childAddress(parent, id));
  if (batch.ties.size > 0) await readTiesBack(engine);
  for (const cell of batch.stepped) {
    const inputs = batch.consumed.filter(({ mail, to }) => to === cell.address && isInput(mail, again) && !gone(mail)).map((taken) => taken.mail);
    if (batch.activated.has(cell)) undoActivation(engine, cell, inputs);
    else await readBack(engine, cell, inputs);
  }
}

/** Out of memory, wherever it waits. */
function takeOut({ places, fresh }: DurableEngine, gone: (mail: Mail) => boolean): void {
  for (const mail of fresh.mails()) if (gone(mail)) fresh.delete(mail);
  places.dropHeld(gone);
  for (const cell of places.cells.values()) {
    cell.mailbox.remove(gone);
    cell.postponed = cell.postponed.filter((mail) => !gone(mail));
  }
}

/**
 * Whoever waits to hear that his message was accepted hears this instead, and may tell it again under its id: what the batch does not
 * carry is gone, so that it is not there twice even if the batch turns out to be written.
 */
export function refuseWaiting(engine: DurableEngine, batch: Batch, rowed: readonly Mail[], error: Error): void {
  const refused = new Set<Mail>();
  for (const mail of engine.fresh.mails()) if (!mail.rowed && mail.acceptance !== undefined) refused.add(mail);
  for (const mail of [...batch.consumed.map((taken) => taken.mail), ...refused]) if (!mail.rowed) mail.acceptance?.reject(error);
  for (const mail of rowed) refused.delete(mail);
  if (refused.size > 0) takeOut(engine, (mail) => refused.has(mail));
}

/** What is not on disk and comes from outside: results of effects, messages of subscriptions and of volatile actors. */
function isInput(mail: Mail, again: boolean): boolean {
  if (mail.kind === 'effect' || mail.kind === 'subscription') return true;
  return mail.kind === 'message' && !mail.rowed && (again || mail.acceptance === undefined);
}

/** Its start is an operation, which comes again: then another cell takes the mail. */
function undoActivation(engine: DurableEngine, cell: DurableCell, inputs: readonly Mail[]): void {
  const { places, kernel } = engine;
  cell.state = 'down';
  if (places.cells.get(cell.address) === cell) places.cells.delete(cell.address);
  engine.passivation.gone(cell);
  kernel.registry.remove(cell);
  const { unread } = cell.mailbox;
  for (const mail of [...inputs, ...cell.postponed.splice(0), ...cell.mailbox.clear()]) keep(engine, mail, cell.address);
  places.keepOnDisk(cell.address, unread);
}

/** Mail of memory waits for the next cell. What has a row is read from there; a timer falls due again by its row. */
function keep(engine: DurableEngine, mail: Mail, address: Address): void {
  if (mail.kind === 'timer' || mail.rowed) {
    engine.fresh.delete(mail);
    return;
  }
  engine.fresh.add(mail, address);
  engine.places.hold(address, mail);
}

/** What was told to an actor that is gone is for the next one there; results were for this activation alone. */
function passOn(engine: DurableEngine, address: Address, inputs: readonly Mail[]): void {
  const told = inputs.filter(({ kind }) => kind === 'message');
  for (const mail of told) keep(engine, mail, address);
  if (told.length > 0) void engine.activations.wake(address);
}

/** Nothing goes on before it is read: the journal is asked until it answers (K11). Undefined when the node stops first, or another answer will not come. */
async function readAgain<T>(engine: DurableEngine, read: () => Promise<T>, failure: unknown): Promise<T | undefined> {
  let why = failure;
  for (let waitMs = FIRST_RETRY_MS; engine.state === 'recovering'; waitMs = Math.min(waitMs * 2, LONGEST_RETRY_MS)) {
    if (why instanceof JournalFailure && why.kind !== 'environment') return undefined;
    await new Promise<void>((resolve) => void engine.kernel.clock.after(waitMs, resolve));
    try {
      await engine.journal.recover();
      return await read();
    } catch (error) {
      why = error;
    }
  }
  return undefined;
}

/** Rows that are gone may have ended with another node, which owns them now: nothing is said of them here, and the next commit ends this one (K33). */
async function isTakenOver({ journal }: DurableEngine): Promise<boolean> {
  const failure = await journal.recover().then(
    () => undefined,
    (error: unknown) => error,
  );
  return failure instanceof JournalFailure && failure.kind === 'fenced';
}

async function readTiesBack(engine: DurableEngine): Promise<void> {
  const read = (): Promise<readonly TieRow[]> => engine.journal.ties();
  const rows = await read().catch((error: unknown) => readAgain(engine, read, error));
  if (rows !== undefined) engine.kernel.ties.readBack(rows);
}

async function readBack(engine: DurableEngine, cell: DurableCell, inputs: readonly Mail[]): Promise<void> {
  const { places, kernel } = engine;
  if (places.cells.get(cell.address) !== cell) {
    passOn(engine, cell.address, inputs);
    return;
  }
  const load = (): Promise<ActorImage> => engine.journal.load(cell.address, engine.backlog.slice);
  let image: ActorImage | undefined;
  try {
    image = await load();
  } catch (error) {
    image = await readAgain(engine, load, error);
  }
  if (image?.actor == null && (await isTakenOver(engine))) return;
  if (engine.state !== 'recovering') return;
  // Ended while it was being read (K22).
  if (places.cells.get(cell.address) !== cell) {
    passOn(engine, cell.address, inputs);
    return;
  }
  cell.disarm();
  const mails = [...inputs, ...cell.postponed.splice(0), ...cell.mailbox.clear()];
  cell.state = 'running';
  const flaw = image?.actor == null ? 'its rows are gone' : restoreCell(kernel.stepper, cell, image.actor, image);
  if (image === undefined || flaw !== undefined) {
    engine.exit(cell, crash(new Error(flaw)));
    return;
  }
  for (const mail of mails) keep(engine, mail, cell.address);
  fillMailbox(cell, places.release(cell.address, image.mail), image);
  cell.history.forgetAfter(cell.step);
  armTimers(engine, cell);
  engine.effects.resume(cell, new Set(mails.flatMap((mail) => (mail.kind === 'effect' && mail.source !== undefined ? [mail.source] : []))));
  engine.ready(cell);
}
