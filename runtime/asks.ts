// Open asks: return addresses that live as long as this process. A reply, a deadline or a death settles each exactly once (K23).
import type { Address } from './address.ts';
import type { Clock } from './clock.ts';
import { codedError } from './errors.ts';

interface OpenAsk {
  readonly address: Address;
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: Error) => void;
  readonly cancelDeadline: () => void;
  /** What else is kept for as long as the ask is open. */
  settled: () => void;
}

export class Asks {
  readonly #clock: Clock;
  readonly #open = new Map<string, OpenAsk>();
  #life = '';
  #count = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /**
   * Names the life that asks belong to. Deferred return addresses stay in snapshots: one of an earlier life must never
   * be met by an ask of this one, so the name has to be another after each start, also after a restored backup.
   */
  begin(life: string): void {
    this.#life = life;
  }

  /** `AskTimeout` after `timeoutMs` does not mean that the actor has not acted. */
  open(address: Address, type: string, timeoutMs: number): { readonly id: string; readonly answer: Promise<unknown> } {
    this.#count += 1;
    const id = `ask:${this.#life}:${this.#count}`;
    const answer = new Promise((resolve, reject) => {
      const expire = (): void => this.reject(id, codedError('AskTimeout', { address, type, timeoutMs }));
      this.#open.set(id, { address, resolve, reject, cancelDeadline: this.#clock.after(timeoutMs, expire), settled: () => undefined });
    });
    return { id, answer };
  }

  get size(): number {
    return this.#open.size;
  }

  /** Runs `settled` when the ask is over, however it ends. False when it is over already. */
  whenSettled(id: string, settled: () => void): boolean {
    const ask = this.#open.get(id);
    if (ask !== undefined) ask.settled = settled;
    return ask !== undefined;
  }

  isOpen(id: string): boolean {
    return this.#open.has(id);
  }

  resolve(id: string, value: unknown): void {
    this.#take(id)?.resolve(value);
  }

  reject(id: string, error: Error): void {
    this.#take(id)?.reject(error);
  }

  /** The actor is gone for good: whoever waits for it is told. */
  actorDown(address: Address, reason: string): void {
    for (const [id, ask] of this.#open) {
      if (ask.address === address) this.reject(id, codedError('ActorDown', { address, reason }));
    }
  }

  rejectAll(error: Error): void {
    for (const id of [...this.#open.keys()]) this.reject(id, error);
  }

  #take(id: string): OpenAsk | undefined {
    const ask = this.#open.get(id);
    this.#open.delete(id);
    ask?.cancelDeadline();
    ask?.settled();
    return ask;
  }
}
