// The client of the program under faults: it remembers what it gave and what was accepted, and gives again, under its id, what was not.
import { count } from '../support/length.ts';
import { eventually } from '../support/node-process.ts';
import { auditLedger } from './ledger-books.ts';
import { LedgerProcess } from './ledger-process.ts';
import { ACCOUNTS, type Order, POISON } from './ledger-words.ts';

export interface LedgerPlace {
  readonly program: string;
  /** Of its journal. */
  readonly dir: string;
  readonly random: () => number;
  /** As nodes are; else no message is suspected of having ended the process. */
  readonly careful?: boolean;
}

/** For all that was accepted, over all lives. */
const END_MS = count(60_000, 900_000);

export class LedgerClient {
  readonly #place: LedgerPlace;
  readonly #accepted = new Set<string>();
  readonly #waiting = new Map<string, Order>();
  readonly #numbers = new Map<string, number>();
  /** Accepted, though no step survives them. */
  readonly poisons = new Set<string>();
  /** Codes of refusals, in order. */
  readonly refusals: string[] = [];
  #given = 0;
  /** Acknowledgements so far. */
  heard = 0;

  /** `taken`: so many orders were given and accepted before, by a client of the same seed. */
  constructor(place: LedgerPlace, taken = 0) {
    this.#place = place;
    for (let order = 0; order < taken; order += 1) this.#accepted.add(this.#next().id);
    this.#waiting.clear();
  }

  get accepted(): ReadonlySet<string> {
    return this.#accepted;
  }

  get waiting(): number {
    return this.#waiting.size;
  }

  /** A life of the program, in batches of at most so many steps. */
  start(steps: number, onAccepted: (node: LedgerProcess) => void = () => undefined): LedgerProcess {
    const { program, dir, careful = false } = this.#place;
    const node: LedgerProcess = new LedgerProcess({
      program,
      dir,
      steps,
      careful,
      onAccepted: (id) => {
        this.heard += 1;
        (id.startsWith(POISON) ? this.poisons : this.#accepted).add(id);
        this.#waiting.delete(id);
        onAccepted(node);
      },
      onRefused: (_id, code) => void this.refusals.push(code),
    });
    return node;
  }

  give(node: LedgerProcess, orders: number): void {
    for (let given = 0; given < orders; given += 1) node.put(this.#next());
  }

  /** One that no step survives, for an account in turn. */
  givePoison(node: LedgerProcess, n: number): void {
    const order: Order = { id: `${POISON}${n}`, account: ACCOUNTS[n % ACCOUNTS.length] ?? '', n: 0 };
    this.#waiting.set(order.id, order);
    node.put(order);
  }

  /** What was not accepted, under its ids and in its order. */
  giveAgain(node: LedgerProcess): void {
    for (const order of this.#waiting.values()) node.put(order);
  }

  /** Everything comes to its end; what is refused is given again. */
  async settle(node: LedgerProcess): Promise<void> {
    const isAccepted = async (): Promise<boolean> => {
      this.giveAgain(node);
      await new Promise((resolve) => setTimeout(resolve, 100));
      return this.#waiting.size === 0;
    };
    if (this.#waiting.size > 0) await eventually('all orders are accepted', isAccepted, END_MS);
    await eventually('every bell has rung', async () => (await node.count()) >= this.#accepted.size, END_MS);
  }

  /** What is wrong with the journal as it lies there now; empty when the books balance. */
  async flaws(): Promise<readonly string[]> {
    return (await this.audit()).flaws;
  }

  audit(): ReturnType<typeof auditLedger> {
    // What was refused is told again behind others: that is another order than the first one.
    return auditLedger(this.#place.dir, this.#accepted, { ordered: this.refusals.length === 0 });
  }

  #next(): Order {
    const account = ACCOUNTS[Math.floor(this.#place.random() * ACCOUNTS.length)] ?? '';
    const n = (this.#numbers.get(account) ?? 0) + 1;
    this.#given += 1;
    const order: Order = { id: `o${this.#given}`, account, n };
    this.#numbers.set(account, n);
    this.#waiting.set(order.id, order);
    return order;
  }
}
