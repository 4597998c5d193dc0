// Kills the program under faults again and again under load, starts it again on what is left, tells it again what it had not
// acknowledged, and looks into its books after every kill.
import { eventually } from '../support/node-process.ts';
import { LedgerClient, type LedgerPlace } from './ledger-client.ts';
import type { LedgerProcess } from './ledger-process.ts';

export interface KillRun {
  readonly kills: number;
  /** Of the last look; empty while the books balance. */
  readonly flaws: readonly string[];
  readonly accepted: number;
  /** Kills that fell between a commit and its acknowledgement. */
  readonly unheard: number;
}

/** Orders that wait for an acknowledgement. */
const WINDOW = 48;
/** New orders of one life of a careful node, at most: it takes one message a batch, what it leaves undone adds up, and a full mailbox refuses what comes next. */
const CAREFUL_ORDERS = 150;
/** From the first acknowledgement of a life to its end, at most. */
const LONGEST_LIFE_MS = 80;
const LONGEST_START_MS = 250;
/** In a batch, at most. */
const STEPS = [1, 8, 1_024] as const;
const FIRST_ANSWER_MS = 60_000;

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

export class KilledLedger {
  readonly #random: () => number;
  readonly #client: LedgerClient;
  readonly #lifeOrders: number;
  /** Orders that this life still gets. */
  #left = 0;

  constructor(place: LedgerPlace) {
    this.#lifeOrders = place.careful === true ? CAREFUL_ORDERS : Number.POSITIVE_INFINITY;
    this.#random = place.random;
    this.#client = new LedgerClient(place);
  }

  get accepted(): number {
    return this.#client.accepted.size;
  }

  /** Ends early at the first flaw. */
  async run(kills: number): Promise<KillRun> {
    let unheard = 0;
    for (let kill = 1; kill <= kills; kill += 1) {
      await this.#live(kill);
      const audit = await this.#client.audit();
      if (audit.unheard > 0) unheard += 1;
      if (audit.flaws.length > 0) return { kills: kill, flaws: audit.flaws, accepted: this.accepted, unheard };
    }
    return { kills, flaws: [], accepted: this.accepted, unheard };
  }

  /** One more life without a kill, with so many new orders: everything comes to its end, and stops in order. Resolves with what is wrong. */
  async settle(orders = 0): Promise<readonly string[]> {
    const node = this.#client.start(1_024);
    await node.ready();
    this.#client.giveAgain(node);
    this.#client.give(node, orders);
    await this.#client.settle(node);
    await node.stop();
    return this.#client.flaws();
  }

  /** Every fourth one ends while it still starts. */
  async #live(kill: number): Promise<void> {
    const client = this.#client;
    this.#left = this.#lifeOrders;
    const node = client.start(STEPS[kill % STEPS.length] ?? 1, (one) => this.#fill(one));
    if (kill % 4 === 0) {
      await pause(this.#random() * LONGEST_START_MS);
    } else {
      await node.ready();
      const before = client.heard;
      client.giveAgain(node);
      this.#fill(node);
      await eventually('an order is accepted', () => client.heard > before || client.refusals.length > 0, FIRST_ANSWER_MS);
      if (client.refusals.length > 0) throw new Error(`kill ${kill}: refused with ${client.refusals.join(', ')}`);
      await pause(this.#random() * LONGEST_LIFE_MS);
    }
    await node.kill();
  }

  #fill(node: LedgerProcess): void {
    const orders = Math.min(WINDOW - this.#client.waiting, this.#left);
    this.#left -= orders;
    this.#client.give(node, orders);
  }
}
