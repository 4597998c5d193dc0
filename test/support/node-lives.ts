// A node that a property may crash or stop and start again over the same journal, as often as it likes; it ends with its run.
import fc from 'fast-check';
import { type BatchLimits, type ChildSpec, isCoded, type MemoryStore, type Message, type SimulatedClock, type TellOptions } from '../../runtime/index.ts';
import { type KernelNode, startNode } from './kernel-node.ts';
import { settle } from './settle.ts';

/** One step a batch, a few, or what the product has. */
export const BATCHES: fc.Arbitrary<Partial<BatchLimits>> = fc.constantFrom({ steps: 1, turn: 1 }, { steps: 3, turn: 2 }, {});

export class NodeLives {
  node!: KernelNode;
  /** Tells that had to be told again. */
  repeated = 0;
  readonly #children: () => readonly ChildSpec[];
  readonly #limits: Partial<BatchLimits>;
  readonly #over: { store: MemoryStore; clock: SimulatedClock } | Record<string, never> = {};
  #told = 0;

  private constructor(children: () => readonly ChildSpec[], limits: Partial<BatchLimits>) {
    this.#children = children;
    this.#limits = limits;
  }

  static async begin(children: () => readonly ChildSpec[], limits: Partial<BatchLimits>): Promise<NodeLives> {
    const lives = new NodeLives(children, limits);
    await lives.#start();
    return lives;
  }

  /** The next node takes the journal over; the one before can write no more. */
  async crash(): Promise<void> {
    const before = this.node;
    await this.#start();
    await before.system.stop();
    await settle();
  }

  async stopAndStart(meanwhile: (clock: SimulatedClock) => void = () => undefined): Promise<void> {
    await this.node.system.stop();
    meanwhile(this.node.clock);
    await this.#start();
  }

  /** Again under the same id until it is known to be accepted; with a clear journal that is at once. */
  async tellSurely(address: string, message: Message, options: TellOptions = {}): Promise<void> {
    this.#told += 1;
    const id = `told-${this.#told}`;
    await this.surely(() => this.node.tell(address, message, { id, ...options }));
  }

  /** What may be done twice, until it is known to be accepted. */
  async surely(accepted: () => Promise<void>): Promise<void> {
    for (;;) {
      try {
        return await accepted();
      } catch (error) {
        if (!isCoded(error, 'JournalUnavailable')) throw error;
        this.repeated += 1;
      }
    }
  }

  /** A journal that has failed is tried again each second, though nothing is to be written, until it works. */
  async recovered(): Promise<void> {
    for (let second = 0; second < 3 || !this.node.system.ready; second += 1) await this.node.pass(1_000);
  }

  async end(): Promise<void> {
    await this.node.system.stop();
  }

  async #start(): Promise<void> {
    this.node = await startNode(this.#children(), { ...this.#over, limits: this.#limits, intensity: 10_000 });
    Object.assign(this.#over, { store: this.node.store, clock: this.node.clock });
  }
}
