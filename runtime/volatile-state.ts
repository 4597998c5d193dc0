// What a volatile actor holds. As long as its messages do nothing but assign, its context is kept apart from a snapshot that all actors in that
// state share; and as long as they come one at a time there is no mailbox. So of many actors a message finds and leaves little in memory.
import type { AnyActorLogic } from 'xstate';
import { Cell } from './cell.ts';
import type { Message } from './envelope.ts';
import { withContext } from './lean-actions.ts';
import type { Mail } from './mail.ts';
import { Mailbox } from './mailbox.ts';
import type { Snapshot, Stepper } from './step.ts';

export abstract class VolatileState extends Cell {
  /** Its context counts while there is none apart. */
  #held: Snapshot | undefined;
  #context: object | undefined;
  /** Mail without a mailbox. */
  #only: Mail | undefined;
  #mailbox: Mailbox | undefined;

  get mailbox(): Mailbox {
    this.#mailbox ??= new Mailbox();
    if (this.#only !== undefined) this.#mailbox.put(this.#only);
    this.#only = undefined;
    return this.#mailbox;
  }

  get mailCount(): number {
    return this.#only === undefined ? (this.#mailbox?.size ?? 0) : 1;
  }

  protected put(mail: Mail): void {
    if (this.#mailbox === undefined && this.#only === undefined && mail.priority === 'normal') this.#only = mail;
    else this.mailbox.put(mail);
  }

  protected next(): Mail | undefined {
    const only = this.#only;
    if (only === undefined) return this.#mailbox?.take();
    this.#only = undefined;
    return only;
  }

  protected takeAll(meant: (mail: Mail) => boolean): Mail[] {
    return this.mailCount === 0 ? [] : this.mailbox.remove(meant);
  }

  get snapshot(): Snapshot | undefined {
    if (this.#context !== undefined) this.snapshot = withContext(this.#held as Snapshot, this.#context);
    return this.#held;
  }

  set snapshot(snapshot: Snapshot | undefined) {
    this.#held = snapshot;
    this.#context = undefined;
  }

  /** State value, without a snapshot being made for it. */
  protected get value(): unknown {
    return this.#held?.value ?? null;
  }

  /** Takes a message that does nothing but assign. False: it is a step like any other, and nothing has happened. */
  protected assigns(stepper: Stepper, logic: AnyActorLogic, message: Message): boolean {
    const held = this.#held as Snapshot;
    const own = this.#context;
    const next = stepper.contextAfter(this, logic, held, own ?? (held.context as object), message);
    if (next === undefined) return false;
    if (own === undefined) {
      const shared = stepper.shared(held);
      if (shared !== undefined) this.#held = shared;
    }
    this.#context = next;
    return true;
  }
}
