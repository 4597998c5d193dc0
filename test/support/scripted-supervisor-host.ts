// The kernel's side of a supervisor, scripted: children are names that start, fail, hang and stop on command; time is simulated;
// what was done is a list of short lines.
import {
  type ChildAnswer,
  type ChildAsk,
  type ChildRow,
  type ChildSpec,
  type ChildTableView,
  type ExitReason,
  SHUTDOWN,
  type Shutdown,
  SimulatedClock,
  type StartOutcome,
  type SupervisionFact,
  type SupervisorHost,
  type SupervisorMessage,
} from '../../runtime/index.ts';

const ROWS_A_PAGE = 500;

interface Gate {
  readonly passed: Promise<void>;
  readonly open: () => void;
}

function closedGate(): Gate {
  let open = (): void => undefined;
  const passed = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { passed, open };
}

export class ScriptedSupervisorHost implements SupervisorHost {
  readonly address = 'tree';
  readonly clock = new SimulatedClock();
  readonly random = (): number => 0.5;
  readonly lines: string[] = [];
  readonly facts: SupervisionFact[] = [];
  readonly answers = new Map<string, ChildAnswer>();
  readonly durableRows = new Map<string, ChildRow>();
  /** Children that run, with the serial of the run. */
  readonly alive = new Map<string, number>();
  /** How many of its next starts fail. */
  readonly failures = new Map<string, number>();
  readonly ignoring = new Set<string>();
  view: ChildTableView | undefined;
  administration: ((message: SupervisorMessage) => void) | undefined;
  up = false;
  ended: ExitReason | undefined;
  readonly #startGates = new Map<string, Gate>();
  readonly #stopGates = new Map<string, Gate>();
  #serial = 0;

  nextTurn(run: () => void): void {
    setImmediate(run);
  }

  /** Its next start waits. Returns the way to let it go on. */
  holdStart(id: string): () => void {
    return this.#hold(this.#startGates, id);
  }

  holdStop(id: string): () => void {
    return this.#hold(this.#stopGates, id);
  }

  #hold(gates: Map<string, Gate>, id: string): () => void {
    const gate = closedGate();
    gates.set(id, gate);
    return gate.open;
  }

  async #pass(gates: Map<string, Gate>, id: string): Promise<void> {
    const gate = gates.get(id);
    gates.delete(id);
    await gate?.passed;
  }

  async start({ id }: ChildSpec): Promise<StartOutcome> {
    await this.#pass(this.#startGates, id);
    const failures = this.failures.get(id) ?? 0;
    if (failures > 0) {
      this.failures.set(id, failures - 1);
      this.lines.push(`fail ${id}`);
      return { ok: false, reason: { kind: 'crash', message: 'no start' } };
    }
    if (this.ignoring.has(id)) return { ok: 'ignore' };
    this.#serial += 1;
    this.alive.set(id, this.#serial);
    this.lines.push(`start ${id}`);
    return { ok: true, serial: this.#serial };
  }

  async stop(id: string, shutdown: Shutdown, forGood = false): Promise<ExitReason> {
    const ran = this.alive.delete(id);
    if (ran) this.lines.push(`${shutdown === 'brutal_kill' ? 'kill' : 'stop'} ${id}${forGood ? ' for good' : ''}`);
    else if (forGood) this.lines.push(`forget ${id}`);
    await this.#pass(this.#stopGates, id);
    return ran ? SHUTDOWN : { kind: 'noproc' };
  }

  started(): void {
    this.up = true;
  }

  exit(reason: ExitReason): void {
    if (this.ended !== undefined) throw new Error('a supervisor exited twice');
    this.ended = reason;
  }

  administer(take: (message: SupervisorMessage) => void): void {
    this.administration = take;
  }

  answer(ask: ChildAsk, answer: ChildAnswer): void {
    if (typeof ask !== 'string') throw new Error('the tests ask by name');
    if (this.answers.has(ask)) throw new Error(`${ask} was answered twice`);
    this.answers.set(ask, answer);
  }

  record(fact: SupervisionFact): void {
    this.facts.push(fact);
  }

  publish(view: ChildTableView): void {
    this.view = view;
  }

  /** Every row is to be started. */
  async waking(after: string) {
    const rows = [...this.durableRows.values()].filter((row) => row.id > after).sort((a, b) => (a.id < b.id ? -1 : 1));
    const page = rows.slice(0, ROWS_A_PAGE);
    return { rows: page, next: rows.length > page.length ? page[page.length - 1]?.id : undefined };
  }

  async row(id: string): Promise<ChildRow | undefined> {
    return this.durableRows.get(id);
  }

  woken(): void {}

  async countRows(): Promise<number> {
    return this.durableRows.size;
  }

  hold(id: string, why: string): void {
    this.lines.push(`hold ${id} ${why}`);
  }

  async putRow({ template, id, input }: { template: string; id: string; input: unknown }): Promise<ChildRow> {
    const seq = this.durableRows.size + 1;
    const row = { parent: this.address, id, seq, template, input: JSON.stringify(input ?? null), incarnation: seq };
    this.durableRows.set(id, row);
    this.lines.push(`row ${id}`);
    return row;
  }

  async removeRow(id: string): Promise<void> {
    if (this.durableRows.delete(id)) this.lines.push(`no row ${id}`);
  }
}
