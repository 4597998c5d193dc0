// Open asks: return addresses that live as long as this process. A reply, a deadline or a death settles each exactly once (K23).
import type { Address } from './address.ts';
import { type Addressed, AsksByAddress } from './asks-by-address.ts';
import type { Clock } from './clock.ts';
import { Deadline, Deadlines } from './deadlines.ts';
import { codedError } from './errors.ts';
import type { Turns } from './turns.ts';

const NOTHING = (): void => undefined;

/** An ask inside of this process, or the id that rows and snapshots keep of one. */
export type AskRef = OpenAsk | string;

export class OpenAsk extends Deadline implements Addressed<OpenAsk> {
  readonly address: Address;
  earlier: OpenAsk | undefined;
  later: OpenAsk | undefined;
  readonly answer: Promise<unknown>;
  readonly #type: string;
  readonly #timeoutMs: number;
  readonly #asks: Asks;
  #id: string | undefined;
  open = true;
  slot = -1;
  resolve: (value: unknown) => void = NOTHING;
  reject: (error: Error) => void = NOTHING;
  /** What else is kept for as long as the ask is open. */
  settled = NOTHING;

  constructor(asks: Asks, address: Address, type: string, timeoutMs: number) {
    super();
    this.#asks = asks;
    this.address = address;
    this.#type = type;
    this.#timeoutMs = timeoutMs;
    this.answer = new Promise((resolve, reject) => {
      this.resolve = resolve;
      this.reject = reject;
    });
  }

  /** Made when first wanted: most asks are answered where they were made. */
  get id(): string {
    this.#id ??= this.#asks.name(this);
    return this.#id;
  }

  expire(): void {
    this.#asks.reject(this, codedError('AskTimeout', { address: this.address, type: this.#type, timeoutMs: this.#timeoutMs }));
  }
}

export class Asks {
  readonly #deadlines: Deadlines;
  /**
   * Open asks with an id, which ends in the number of its place here. Not a Map: of one that is filled and emptied all the time
   * V8 makes ever new tables, and each is kept by the one before it until a full collection.
   */
  readonly #slots: Array<OpenAsk | undefined> = [];
  readonly #free: number[] = [];
  readonly #byAddress = new AsksByAddress<OpenAsk>();
  #life = '';
  #named = 0;
  size = 0;

  constructor(clock: Clock, turns: Turns) {
    this.#deadlines = new Deadlines(clock, turns);
  }

  /**
   * Names the life that asks belong to. Deferred return addresses stay in snapshots: one of an earlier life must never
   * be met by an ask of this one, so the name has to be another after each start, also after a restored backup.
   */
  begin(life: string): void {
    this.#life = life;
  }

  /** `AskTimeout` after `timeoutMs` does not mean that the actor has not acted. */
  open(address: Address, type: string, timeoutMs: number): OpenAsk {
    const ask = new OpenAsk(this, address, type, timeoutMs);
    this.#deadlines.set(ask, timeoutMs);
    this.#byAddress.add(ask);
    this.size += 1;
    return ask;
  }

  /** The id under which an ask can be found. Called by the ask itself, once. */
  name(ask: OpenAsk): string {
    this.#named += 1;
    if (ask.open) {
      ask.slot = this.#free.pop() ?? this.#slots.length;
      this.#slots[ask.slot] = ask;
    }
    return `ask:${this.#life}:${this.#named}:${ask.slot}`;
  }

  /** Runs `settled` when the ask is over, however it ends. False when it is over already. */
  whenSettled(id: string, settled: () => void): boolean {
    const ask = this.#find(id);
    if (ask !== undefined) ask.settled = settled;
    return ask !== undefined;
  }

  isOpen(id: string): boolean {
    return this.#find(id) !== undefined;
  }

  resolve(ask: AskRef, value: unknown): void {
    this.#take(ask)?.resolve(value);
  }

  reject(ask: AskRef, error: Error): void {
    this.#take(ask)?.reject(error);
  }

  /** The actor is gone for good: whoever waits for it is told. */
  actorDown(address: Address, reason: string): void {
    if (this.size === 0) return;
    for (const ask of this.#byAddress.to(address)) this.reject(ask, codedError('ActorDown', { address, reason }));
  }

  rejectAll(error: Error): void {
    // Each open ask has a deadline.
    for (const ask of this.#deadlines.pick((deadline) => deadline instanceof OpenAsk)) this.reject(ask, error);
    this.#deadlines.sweep();
  }

  #find(id: string): OpenAsk | undefined {
    const ask = this.#slots[Number(id.slice(id.lastIndexOf(':') + 1))];
    return ask?.id === id ? ask : undefined;
  }

  #take(ref: AskRef): OpenAsk | undefined {
    const ask = typeof ref === 'string' ? this.#find(ref) : ref;
    if (ask?.open !== true) return undefined;
    ask.open = false;
    this.size -= 1;
    if (ask.slot >= 0) {
      this.#slots[ask.slot] = undefined;
      this.#free.push(ask.slot);
    }
    this.#deadlines.drop(ask);
    this.#byAddress.drop(ask);
    ask.settled();
    return ask;
  }
}
