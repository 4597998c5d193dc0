// What a statechart can send to: an actor's link, or one of the kernel's own receivers. Only the cell interprets them (K1).
import type { Address } from './address.ts';
import type { Message, Priority } from './envelope.ts';
import type { TieOp } from './ties.ts';

export type TargetKind = TieOp | 'actor' | 'group' | 'reply' | 'defer_reply' | 'fact' | 'start_child' | 'stop_child';

/** Where a collected send goes. `name` is an address, a group, a name or a fact's kind, by `kind`. */
export class Target {
  readonly kind: TargetKind;
  readonly name: string;
  readonly priority: Priority;
  /** Id of the message that this control message is about (K22). */
  readonly about: string | undefined;
  constructor(kind: TargetKind, name: string, options?: { priority?: Priority | undefined; about?: string | undefined }) {
    this.kind = kind;
    this.name = name;
    this.priority = options?.priority ?? 'normal';
    this.about = options?.about;
  }
}

/** Whoever asked with the message that is being taken. */
export const ASKER = new Target('reply', '');

/** What an action of the kernel wants, in the shape of XState's own sends. */
export interface SendRequest {
  readonly to: Target;
  readonly event: Message;
  readonly id: string | undefined;
  readonly delay: number | undefined;
}

/** Under it an action of the kernel holds the function from its arguments to its request. */
export const REQUEST = Symbol('troupe.request');

const REF_KEY = 'troupe$ref';

/** A handle that actors may keep in their context: persisted as its address, revived on restore (K3). */
export class ActorLink {
  readonly address: Address;
  readonly #send: (address: Address, message: Message) => void;
  constructor(address: Address, send: (address: Address, message: Message) => void) {
    this.address = address;
    this.#send = send;
  }
  /** Inside a step: collected. Outside: a tell without waiting for its acceptance. */
  send(message: Message): void {
    this.#send(this.address, message);
  }
  toJSON(): Record<string, Address> {
    return { [REF_KEY]: this.address };
  }
}

/** Replaces persisted links in plain JSON by live ones, in place. */
export function reviveLinks(value: unknown, link: (address: Address) => ActorLink): unknown {
  if (typeof value !== 'object' || value === null) return value;
  const record = value as Record<string, unknown>;
  const address = record[REF_KEY];
  if (typeof address === 'string') return link(address);
  for (const key of Object.keys(record)) record[key] = reviveLinks(record[key], link);
  return value;
}
