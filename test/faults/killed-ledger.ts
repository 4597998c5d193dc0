// Kills the program under faults again and again under load, starts it again on what is left, tells it again what it had not
// acknowledged, and looks into its books after every kill.
import { eventually } from '../support/node-process.ts';
import { auditLedger } from './ledger-books.ts';
import { LedgerProcess } from './ledger-process.ts';
import { ACCOUNTS, type Order } from './ledger-words.ts';

export interface KilledLedgerOptions {
  readonly program: string;
  readonly dir: string;
  readonly random: () => number;
}

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
/** From the first acknowledgement of a life to its end, at most. */
const LONGEST_LIFE_MS = 80;
const LONGEST_START_MS = 250;
/** In a batch, at most. */
const STEPS = [1, 8, 1_024] as const;
const END_MS = 60_000;

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

export class KilledLedger {
  readonly #options: KilledLedgerOptions;
  readonly #accepted = new Set<string>();
  readonly #waiting = new Map<string, Order>();
  readonly #numbers = new Map<string, number>();
  #given = 0;
  #heard = 0;

  constructor(options: KilledLedgerOptions) {
    this.#options = options;
  }

  get accepted(): ReadonlySet<string> {
    return this.#accepted;
  }

  /** Ends early at the first flaw. */
  async run(kills: number): Promise<KillRun> {
    let unheard = 0;
    for (let kill = 1; kill <= kills; kill += 1) {
      await this.#live(kill);
      const audit = await auditLedger(this.#options.dir, this.#accepted);
      if (audit.unheard > 0) unheard += 1;
      if (audit.flaws.length > 0) return { kills: kill, flaws: audit.flaws, accepted: this.#accepted.size, unheard };
    }
    return { kills, flaws: [], accepted: this.#accepted.size, unheard };
  }

  /** One more life without a kill, with so many new orders: everything comes to its end, and stops in order. */
  async settle(orders = 0): Promise<readonly string[]> {
    const node = this.#start(8, false);
    await node.ready();
    for (const order of this.#waiting.values()) node.put(order);
    for (let given = 0; given < orders; given += 1) node.put(this.#next());
    await eventually('all orders are accepted', () => this.#waiting.size === 0, END_MS);
    await eventually('every bell has rung', async () => (await node.count()) >= this.#accepted.size, END_MS);
    await node.stop();
    return (await auditLedger(this.#options.dir, this.#accepted)).flaws;
  }

  /** Every fourth one ends while it still starts. */
  async #live(kill: number): Promise<void> {
    const { random } = this.#options;
    const node = this.#start(STEPS[kill % STEPS.length] ?? 1, true);
    if (kill % 4 === 0) {
      await pause(random() * LONGEST_START_MS);
    } else {
      await node.ready();
      const before = this.#heard;
      for (const order of this.#waiting.values()) node.put(order);
      this.#fill(node);
      await eventually('an order is accepted', () => this.#heard > before, END_MS);
      await pause(random() * LONGEST_LIFE_MS);
    }
    await node.kill();
  }

  #start(steps: number, loaded: boolean): LedgerProcess {
    const { program, dir } = this.#options;
    const node: LedgerProcess = new LedgerProcess({
      program,
      dir,
      steps,
      onAccepted: (id) => {
        this.#heard += 1;
        this.#accepted.add(id);
        this.#waiting.delete(id);
        if (loaded) this.#fill(node);
      },
    });
    return node;
  }

  #fill(node: LedgerProcess): void {
    while (this.#waiting.size < WINDOW) node.put(this.#next());
  }

  #next(): Order {
    const account = ACCOUNTS[Math.floor(this.#options.random() * ACCOUNTS.length)] ?? '';
    const n = (this.#numbers.get(account) ?? 0) + 1;
    this.#given += 1;
    const order: Order = { id: `o${this.#given}`, account, n };
    this.#numbers.set(account, n);
    this.#waiting.set(order.id, order);
    return order;
  }
}
