// Where mail goes that no durable step has sent: of volatile actors, of effects, from outside and of the kernel itself. What nobody takes
// is a dead letter, and whoever waits for its acceptance is told.
import type { Address } from './address.ts';
import type { DurableEngine } from './durable-engine.ts';
import { isReservedType, type Message, type Priority } from './envelope.ts';
import { codedError } from './errors.ts';
import type { Intake } from './intake.ts';
import type { DeadLetterReason } from './journal.ts';
import type { Kernel } from './kernel.ts';
import { Mail } from './mail.ts';
import { findNonJson } from './plain-json.ts';
import { resolveVia } from './via.ts';

export class MailRoutes {
  readonly #kernel: Kernel;
  readonly #engine: DurableEngine;
  readonly #intake: Intake;

  constructor(kernel: Kernel, engine: DurableEngine, intake: Intake) {
    this.#kernel = kernel;
    this.#engine = engine;
    this.#intake = intake;
  }

  post(mail: Mail, named: Address): void {
    const to = resolveVia(this.#kernel.ties, named);
    if (mail.kind === 'message' && (isReservedType(mail.message.type) || typeof mail.message.type !== 'string')) {
      mail.acceptance?.reject(codedError('InvalidMessage', { field: 'type', problem: `'${mail.message.type}' is reserved` }));
      this.deadLetter('invalid', 'reserved type', mail, to);
      return;
    }
    const cell = this.#kernel.registry.get(to);
    if (cell !== undefined && !cell.durable) {
      cell.enqueue(mail);
      mail.acceptance?.resolve();
    } else if (this.#engine.holds(to) || this.#engine.presumes(to)) {
      this.#admit(mail, to);
    } else {
      this.deadLetter('noproc', '', mail, to);
      mail.acceptance?.reject(codedError('NoSuchActor', { address: to }));
    }
  }

  postGroup(group: string, from: Address, message: Message, priority: Priority): void {
    for (const member of this.#kernel.ties.members(group)) this.post(new Mail('message', from, message, priority), member);
  }

  deadLetter(reason: DeadLetterReason, detail: string, mail: Mail, to: Address): void {
    if (mail.kind === 'kernel') return;
    const { deadLetters } = this.#kernel;
    const letter = deadLetters.build(reason, detail, mail, to);
    deadLetters.announce(letter, mail);
    if (this.#engine.available && findNonJson(mail.message) === undefined) this.#engine.atBoundary((batch) => void batch.stored.push(letter));
  }

  #admit(mail: Mail, to: Address): void {
    const flaw = findNonJson(mail.message);
    if (flaw === undefined) {
      this.#intake.admit(mail, to);
      return;
    }
    mail.acceptance?.reject(codedError('InvalidMessage', { field: flaw, problem: 'a durable actor takes plain JSON (K3)' }));
    this.deadLetter('invalid', flaw, mail, to);
  }
}
