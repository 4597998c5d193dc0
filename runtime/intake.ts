// Messages from outside the actors: tells and asks with ids that make retries safe, in order per receiver (K10, K23).
import type { Address } from './address.ts';
import type { Cell } from './cell.ts';
import type { DurableEngine } from './durable-engine.ts';
import { refuse } from './durable-step.ts';
import { isReservedType, type Message } from './envelope.ts';
import { codedError } from './errors.ts';
import type { ReceiptRow } from './journal.ts';
import type { Kernel } from './kernel.ts';
import { Mail, plainMail } from './mail.ts';
import type { AskOptions, TellOptions } from './system-options.ts';

export const NO_OPTIONS: TellOptions = {};
const DONE = Promise.resolve();
/** The answer tells the asker that its message was accepted. */
const ACCEPTED = (): void => undefined;

export class Intake {
  readonly #kernel: Kernel;
  readonly #engine: DurableEngine;
  /** Receivers with an id being looked up: later messages wait behind it. */
  readonly #lookups = new Map<Address, Promise<void>>();
  /** How many messages are being looked up, by receiver. */
  readonly #arriving = new Map<Address, number>();
  /** Ids accepted in this process and not yet answered by the journal. */
  readonly #inFlight = new Map<string, Promise<void>>();
  /** The type of the last message that anybody may send: most are of it. */
  #lastOpen: string | undefined;

  constructor(kernel: Kernel, engine: DurableEngine) {
    this.#kernel = kernel;
    this.#engine = engine;
  }

  /** Ids that the journal is asked about, or that are on their way to it. */
  get lookups(): number {
    return this.#lookups.size + this.#inFlight.size;
  }

  tell(to: Address, message: Message, options: TellOptions): Promise<void> {
    const cell = this.cellAt(to);
    if (cell !== undefined && this.#takes(cell, message)) return this.tellTo(cell, message, options);
    if (this.#refuses(to, cell, options)) return Promise.reject(codedError('MailboxFull', { address: to }));
    return new Promise((resolve, reject) => {
      const mail = fill(new Mail('message', null, message, options.priority), options);
      mail.acceptance = { resolve, reject };
      this.#kernel.post(mail, to);
    });
  }

  /** To a volatile actor that is not down; the message is open to all. */
  tellTo(cell: Cell, message: Message, options: TellOptions): Promise<void> {
    if (this.#engine.bounds.isFull(cell, options.priority)) return Promise.reject(codedError('MailboxFull', { address: cell.address }));
    cell.enqueue(options === NO_OPTIONS ? plainMail(null, message) : fill(new Mail('message', null, message, options.priority), options));
    return DONE;
  }

  ask(to: Address, message: Message, options: AskOptions): Promise<unknown> {
    const cell = this.cellAt(to);
    if (cell === undefined && !this.#engine.holds(to) && !this.#engine.presumes(to)) return Promise.reject(codedError('NoSuchActor', { address: to }));
    const why = this.#engine.places.quarantined.get(to);
    if (why !== undefined) return Promise.reject(codedError('ActorQuarantined', { address: to, reason: why }));
    if (this.#refuses(to, cell, options)) return Promise.reject(codedError('MailboxFull', { address: to }));
    const ask = this.#kernel.asks.open(to, message.type, options.timeoutMs);
    if (cell !== undefined && this.#takes(cell, message) && isPlain(options)) {
      const mail = plainMail(null, message, ask);
      mail.id = options.id;
      cell.enqueue(mail);
      return ask.answer;
    }
    const mail = fill(new Mail('message', null, message, options.priority), options);
    mail.ask = ask.id;
    mail.acceptance = { resolve: ACCEPTED, reject: (error) => this.#kernel.asks.reject(ask, error) };
    this.#kernel.post(mail, to);
    return ask.answer;
  }

  #refuses(to: Address, cell: Cell | undefined, { priority }: TellOptions): boolean {
    const arriving = this.#arriving.size === 0 ? 0 : (this.#arriving.get(to) ?? 0);
    return this.#engine.bounds.refuses(to, cell, priority, arriving);
  }

  /** Who runs at the address. */
  cellAt(address: Address): Cell | undefined {
    return this.#kernel.registry.get(address);
  }

  /** Whether it is a volatile actor that takes the message without anybody else being asked. */
  #takes(cell: Cell, message: Message): boolean {
    return !cell.durable && this.isOpen(message);
  }

  /** Whether anybody may send it (K5). */
  isOpen({ type }: Message): boolean {
    if (type === this.#lastOpen) return true;
    if (typeof type !== 'string' || isReservedType(type)) return false;
    this.#lastOpen = type;
    return true;
  }

  /** Mail for a durable actor: at once, or behind the look-up of its id, or of an actor that does not run. */
  admit(mail: Mail, to: Address): void {
    const before = this.#lookups.get(to);
    if (before === undefined && !mail.receipt && this.#engine.holds(to)) {
      this.#engine.accept(mail, to);
      return;
    }
    this.#lookUp(mail, to, before ?? DONE);
  }

  /** Apart, since what it hands on would be made room for with every message. */
  #lookUp(mail: Mail, to: Address, before: Promise<void>): void {
    const next = before.then(() => this.#admitOnce(mail, to));
    this.#lookups.set(to, next);
    this.#arriving.set(to, (this.#arriving.get(to) ?? 0) + 1);
    void next.then(() => {
      this.#arrived(to);
      if (this.#lookups.get(to) === next) this.#lookups.delete(to);
    });
  }

  #arrived(to: Address): void {
    const left = (this.#arriving.get(to) ?? 1) - 1;
    if (left === 0) this.#arriving.delete(to);
    else this.#arriving.set(to, left);
  }

  async #admitOnce(mail: Mail, to: Address): Promise<void> {
    try {
      if (!(await this.#engine.activations.find(to))) this.#nobody(mail, to);
      else if (!mail.receipt || mail.id === undefined) this.#engine.accept(mail, to);
      else await this.#admitId(mail, to, mail.id);
    } catch (error) {
      // Without an id and with nobody who waits, it is kept on presumption.
      if (mail.acceptance === undefined) this.#engine.accept(mail, to);
      else mail.acceptance.reject(codedError('JournalUnavailable', { cause: error instanceof Error ? error.message : String(error) }));
    }
  }

  /**
   * What is known of an id may be on its way to the disk: only behind that the journal tells of it. And a batch that tells of it while
   * it is being read makes the answer an old one.
   */
  async #receiptOf(to: Address, id: string): Promise<ReceiptRow | undefined> {
    const { places, journal } = this.#engine;
    for (;;) {
      await this.#engine.settled(to, id);
      const watch = places.watchReceipt(to, id);
      try {
        const receipt = await journal.receipt(to, id);
        await this.#engine.settled(to, id);
        if (receipt !== undefined || !watch.written) return receipt;
      } finally {
        watch.end();
      }
    }
  }

  #nobody(mail: Mail, to: Address): void {
    // As with any address where nobody can be: an ask is refused without a trace.
    if (mail.ask === undefined) this.#kernel.deadLetter('noproc', '', mail, to);
    mail.acceptance?.reject(codedError('NoSuchActor', { address: to }));
  }

  async #admitId(mail: Mail, to: Address, id: string): Promise<void> {
    const key = `${to}\n${id}`;
    await this.#inFlight.get(key)?.catch(() => undefined);
    const receipt = await this.#receiptOf(to, id);
    // Expired ones are swept now and then, and count no more before that.
    if (receipt === undefined || receipt.expiresAt <= this.#kernel.clock.now()) this.#first(mail, to, key);
    else await this.#repeat(mail, to, receipt);
  }

  #first(mail: Mail, to: Address, key: string): void {
    const { acceptance } = mail;
    const accepted = new Promise<void>((resolve, reject) => {
      mail.acceptance = { resolve, reject };
    });
    this.#inFlight.set(key, accepted);
    const settled = (): void => void this.#inFlight.delete(key);
    accepted.then(
      () => acceptance?.resolve(),
      (error: Error) => acceptance?.reject(error),
    );
    accepted.then(settled, settled);
    this.#engine.accept(mail, to);
  }

  /** The same id again: accepted without effect; an asker gets the first one's reply, and what was cancelled stays so (K22). */
  async #repeat(mail: Mail, to: Address, receipt: ReceiptRow): Promise<void> {
    const { places, journal } = this.#engine;
    if (receipt.reply !== null && (JSON.parse(receipt.reply) as { cancelled?: boolean }).cancelled === true) {
      this.#refuseCancelled(mail, to);
      return;
    } else if (mail.ask !== undefined) {
      places.awaitReceipt(to, receipt.id, mail.ask, this.#kernel.asks);
      // It may have been answered while this one was not waiting yet.
      const now = await journal.receipt(to, receipt.id);
      if (now !== undefined) places.receiptWritten(now, this.#kernel.asks);
    }
    mail.acceptance?.resolve();
  }

  /** A dead letter, and accepted once that is written. Its receipt is the tombstone. */
  #refuseCancelled(mail: Mail, to: Address): void {
    mail.receipt = false;
    this.#engine.atBoundary(
      (batch) => {
        this.#takeBack(mail, to);
        refuse(this.#engine, batch, { address: to }, mail, 'cancelled', 'before it came');
      },
      () => mail.acceptance?.reject(codedError('NodeStopped')),
    );
  }

  /** Lost with a batch that refused it, it came again as an input of its actor. */
  #takeBack(mail: Mail, to: Address): void {
    const { fresh, places } = this.#engine;
    fresh.delete(mail);
    places.dropHeld((held) => held === mail);
    places.cells.get(to)?.mailbox.remove((queued) => queued === mail);
  }
}

/** An ask with a deadline and at most an id: a volatile actor keeps no receipts. */
function isPlain({ priority, about, expiresAt, correlationId }: AskOptions): boolean {
  return priority === undefined && about === undefined && expiresAt === undefined && correlationId === undefined;
}

function fill(mail: Mail, options: TellOptions): Mail {
  mail.id = options.id;
  mail.receipt = options.id !== undefined;
  mail.about = options.about;
  mail.expiresAt = options.expiresAt;
  mail.correlationId = options.correlationId;
  return mail;
}
