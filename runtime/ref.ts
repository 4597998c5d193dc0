// A handle of whoever is outside. It remembers the volatile actor that it found last: of many actors, looking up each one's address costs
// more than telling it.
import type { Address } from './address.ts';
import type { Cell } from './cell.ts';
import type { Message } from './envelope.ts';
import { type Intake, NO_OPTIONS } from './intake.ts';
import type { AskOptions, Ref, TellOptions } from './system-options.ts';

/** The way to anybody, by address or by name. */
export interface Door {
  tell(to: Address, message: Message, options: TellOptions): Promise<void>;
  ask(to: Address, message: Message, options: AskOptions): Promise<unknown>;
}

export class NodeRef implements Ref {
  #found: Cell | undefined;
  /** Whether there may be a volatile actor to remember. */
  #looks = true;
  readonly address: Address;
  readonly #intake: Intake;
  readonly #door: Door;

  constructor(address: Address, intake: Intake, door: Door) {
    this.address = address;
    this.#intake = intake;
    this.#door = door;
  }

  tell(message: Message, options: TellOptions = NO_OPTIONS): Promise<void> {
    const found = this.#found;
    if (found !== undefined && found.state !== 'down' && this.#intake.isOpen(message)) return this.#intake.tellTo(found, message, options);
    if (this.#looks) this.#look();
    return this.#door.tell(this.address, message, options);
  }

  #look(): void {
    const cell = this.#intake.cellAt(this.address);
    this.#looks = cell?.durable !== true;
    this.#found = this.#looks ? cell : undefined;
  }

  ask(message: Message, options: AskOptions): Promise<unknown> {
    return this.#door.ask(this.address, message, options);
  }
}
