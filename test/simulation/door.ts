// The node's door to the network: takes tells and asks under their ids and answers what became of them.
import { isCoded } from '../../runtime/index.ts';
import type { Delivery } from '../../runtime/transport.ts';
import type { SimulatedDisk } from './disk.ts';
import type { Life } from './life.ts';
import type { SimulatedNetwork } from './network.ts';
import type { Command, Told } from './told.ts';

export const DOOR = 'troupe.simulated.door';
export const ASK_MS = 250;

export type Answer = { readonly accepted: true } | { readonly value: unknown } | { readonly code: string };

export const encode = (value: unknown): Uint8Array => Buffer.from(JSON.stringify(value));
export const decode = (bytes: Uint8Array): unknown => JSON.parse(Buffer.from(bytes).toString());

export class Door {
  readonly #life: Life;
  readonly #network: SimulatedNetwork;
  readonly #told: Told;
  readonly #disk: SimulatedDisk;
  #close: () => void = () => undefined;

  constructor(life: Life, network: SimulatedNetwork, told: Told, disk: SimulatedDisk) {
    this.#life = life;
    this.#network = network;
    this.#told = told;
    this.#disk = disk;
  }

  open(): void {
    const subscription = this.#network.subscribe(DOOR, {}, (delivery) => this.#take(delivery));
    this.#close = () => subscription.unsubscribe();
  }

  close(): void {
    this.#close();
  }

  async #take({ bytes, reply }: Delivery): Promise<void> {
    const answer = await this.#act(decode(bytes) as Command);
    if (this.#life.alive) reply?.(encode(answer));
  }

  /** What the node says counts from the moment that it says it, whether it is heard or not. */
  async #act({ to, kind, message, priority, about, expiresAt }: Command): Promise<Answer> {
    const { system } = this.#life;
    const { tag } = message;
    const options = { id: tag, ...(priority && { priority }), ...(about && { about }), ...(expiresAt && { expiresAt }) };
    try {
      if (kind === 'ask') {
        const value = await system.ref(to).ask(message, { ...options, timeoutMs: ASK_MS });
        if (this.#life.alive) this.#told.answered(tag, value, this.#disk.store.lastBatch);
        return { value };
      }
      await system.ref(to).tell(message, options);
      if (this.#life.alive) this.#told.accepted(tag, this.#disk.store.lastBatch);
      return { accepted: true };
    } catch (error) {
      return { code: isCoded(error) ? error.code : `uncoded: ${String(error)}` };
    }
  }
}
