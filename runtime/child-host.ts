// The kernel's side of supervision: starts and ends the cells below one supervisor, and keeps its durable child rows (K24, K25).
import { type Address, childAddress, childId, parentAddress, ROOT_ADDRESS } from './address.ts';
import type { Behaviour } from './behaviour.ts';
import type { Cell } from './cell.ts';
import { putChildRow } from './child-rows.ts';
import type { ChildSpec, Shutdown } from './child-spec.ts';
import type { DurableCell } from './durable-cell.ts';
import type { DurableEngine } from './durable-engine.ts';
import { activate, forget, stopCell } from './durable-lifecycle.ts';
import { codedError } from './errors.ts';
import { type ExitReason, KILLED, NOPROC, SHUTDOWN } from './exit-reason.ts';
import type { ChildRow } from './journal.ts';
import type { Kernel } from './kernel.ts';
import { kernelMail, Mail } from './mail.ts';
import { findNonJson } from './plain-json.ts';
import { holdWithoutSpec } from './quarantine.ts';
import type { ChildAnswer, ChildAsk, ChildTableView, StartOutcome, SupervisionFact, SupervisorHost } from './supervisor-host.ts';
import { VolatileCell } from './volatile-cell.ts';

/** Rows of one supervisor that are started together when it begins. */
const STARTED_AT_ONCE = 500;

export class ChildHosts {
  readonly #kernel: Kernel;
  readonly #engine: DurableEngine;
  readonly #root: Behaviour;
  readonly #starting = new Map<Cell, (outcome: StartOutcome) => void>();
  readonly #stopping = new Map<Cell, (reason: ExitReason) => void>();
  readonly #views = new Map<Address, ChildTableView>();
  /** Supervisors whose children are being ended for them: they start nobody any more. */
  readonly #dying = new Set<Cell>();

  constructor(kernel: Kernel, engine: DurableEngine, root: Behaviour) {
    this.#kernel = kernel;
    this.#engine = engine;
    this.#root = root;
  }

  view(supervisor: Address): ChildTableView | undefined {
    return this.#views.get(supervisor);
  }

  /** Whether rows below the address are started by somebody: now, or once its supervisor is up (again). */
  startsRows(address: Address): boolean {
    const found = this.#behaviourAt(address);
    return found === 'unknown' || (found?.kind === 'supervisor' && found.rows);
  }

  /** Whether anybody starts what is at the address, now or when it is wanted. */
  owns(address: Address): boolean {
    return this.#behaviourAt(address) !== undefined;
  }

  /** Who runs at an address or will, by the tables and the specs above it; undefined is nobody. */
  #behaviourAt(address: Address): Behaviour | 'unknown' | undefined {
    const running = this.#kernel.registry.get(address)?.behaviour;
    if (running !== undefined) return running;
    if (address === ROOT_ADDRESS) return this.#root;
    const parent = parentAddress(address);
    const above = this.#behaviourAt(parent);
    if (above === undefined || above === 'unknown') return above;
    if (above.kind !== 'supervisor') return undefined;
    const id = childId(address);
    const present = this.#views.get(parent)?.spec(id)?.behaviour ?? above.initial.get(id);
    return present ?? (this.#engine.places.rowChildren.has(address) ? 'unknown' : undefined);
  }

  /** Starts a cell at an address, unless nobody wants it any more when its turn comes. Never rejects. */
  start(address: Address, parent: Address, spec: ChildSpec, isWanted: () => boolean = () => true): StartOutcome | Promise<StartOutcome> {
    const { behaviour } = spec;
    if (!isWanted()) return { ok: 'ignore' };
    if (behaviour.kind === 'supervisor') return this.#startSupervisor(address, parent, spec);
    if (behaviour.durable) return activate(this.#engine, address, spec, behaviour, isWanted);
    const cell = new VolatileCell(this.#kernel, address, parent, spec, behaviour.logic);
    // There before its first step, which may send to itself.
    this.#kernel.registry.add(cell);
    const failure = cell.begin(behaviour.input);
    if (failure !== undefined) {
      this.#kernel.registry.remove(cell);
      return { ok: false, reason: failure };
    }
    this.#announce(cell);
    cell.proceed();
    return { ok: true, serial: cell.serial };
  }

  #startSupervisor(address: Address, parent: Address, spec: ChildSpec): Promise<StartOutcome> {
    return new Promise((resolve) => {
      const { behaviour } = spec;
      if (behaviour.kind !== 'supervisor') return;
      const box: { cell?: VolatileCell } = {};
      const cell = new VolatileCell(this.#kernel, address, parent, spec, behaviour.logic(this.#host(address, box)));
      box.cell = cell;
      this.#starting.set(cell, resolve);
      this.#kernel.registry.add(cell);
      const failure = cell.begin(undefined);
      if (failure !== undefined) {
        this.#kernel.registry.remove(cell);
        this.#settleStart(cell, { ok: false, reason: failure });
        return;
      }
      this.#announce(cell);
      cell.proceed();
    });
  }

  #announce(cell: Cell): void {
    const { telemetry } = this.#kernel;
    if (telemetry.observed) telemetry.emit({ kind: 'actor.started', address: cell.address, durable: false, epoch: cell.epoch });
  }

  #settleStart(cell: Cell, outcome: StartOutcome): boolean {
    const starting = this.#starting.get(cell);
    this.#starting.delete(cell);
    starting?.(outcome);
    return starting !== undefined;
  }

  /** Ends the cell at an address and resolves once it is gone. A cell that misses its deadline is killed, with all below it. */
  async stop(address: Address, shutdown: Shutdown, forGood: boolean): Promise<ExitReason> {
    const cell = this.#kernel.registry.get(address);
    // One that has left memory ends as in order, and who watches it is told (K27).
    const rested = this.#engine.places.resting.delete(address);
    let reason: ExitReason = rested ? SHUTDOWN : NOPROC;
    if (rested) this.#kernel.endedAbsent(address, SHUTDOWN);
    if (cell !== undefined) reason = shutdown === 'brutal_kill' ? await this.kill(cell) : await this.#stopInOrder(cell, shutdown);
    if (forGood) await this.#giveUp(address);
    return reason;
  }

  async #giveUp(address: Address): Promise<void> {
    const { places } = this.#engine;
    if ((!places.known.has(address) && this.rowAbove(address) === undefined) || places.stopping.get(address)?.rowsGone === true) return;
    const behaviour = this.#views.get(parentAddress(address))?.spec(childId(address))?.behaviour;
    await forget(this.#engine, address, { inherit: behaviour?.kind === 'worker' && behaviour.inherit });
    // Who watches one that had left memory has not been told yet (K27).
    this.#kernel.registry.notifyDown(address, SHUTDOWN);
  }

  /** The dynamic child on whose row an address depends. */
  rowAbove(address: Address): Address | undefined {
    for (let at = address; at !== ROOT_ADDRESS; at = parentAddress(at)) {
      const above = this.#behaviourAt(parentAddress(at));
      if (above === undefined) return undefined;
      if (above !== 'unknown') return above.kind === 'supervisor' && above.rows ? at : undefined;
    }
    return undefined;
  }

  /** Its supervisor's table takes note that the cell has left memory. */
  rest(cell: Cell): boolean {
    return this.#views.get(cell.parent)?.rest(childId(cell.address), cell.serial) ?? false;
  }

  async #stopInOrder(cell: Cell, shutdown: number | 'infinity'): Promise<ExitReason> {
    if (!(cell instanceof VolatileCell)) {
      const gone = this.#gone(cell);
      await this.#stopDurable(cell as DurableCell, SHUTDOWN);
      return gone;
    }
    const message = { type: 'troupe.shutdown', reason: SHUTDOWN };
    const gone = this.#gone(cell);
    if (!cell.accepts(message)) {
      cell.exit(SHUTDOWN);
      return gone;
    }
    cell.enqueue(new Mail('kernel', null, message, 'control'));
    if (shutdown === 'infinity') return gone;
    let cancel = (): void => undefined;
    const deadline = new Promise<'late'>((resolve) => {
      cancel = this.#kernel.clock.after(shutdown, () => resolve('late'));
    });
    const first = await Promise.race([gone, deadline]);
    cancel();
    return first === 'late' ? this.kill(cell) : first;
  }

  /** At once, with everything below it in reverse order. A durable cell goes between two batches (K8). */
  async kill(cell: Cell): Promise<ExitReason> {
    const gone = this.#stopping.has(cell) ? undefined : this.#gone(cell);
    await this.#killWithAllBelow(cell, KILLED);
    return gone ?? KILLED;
  }

  /** Whoever asks later waits beside whoever asked before: a restart of its siblings may stop a child that a kill is ending already. */
  #gone(cell: Cell): Promise<ExitReason> {
    const also = this.#stopping.get(cell);
    return new Promise((resolve) => {
      this.#stopping.set(cell, (reason) => {
        also?.(reason);
        resolve(reason);
      });
    });
  }

  /** Crash from outside: as a kill, but the supervisor is told and restarts it. */
  killAsCrash(cell: Cell, reason: ExitReason): Promise<void> {
    return this.#killWithAllBelow(cell, reason);
  }

  async #killWithAllBelow(cell: Cell, reason: ExitReason): Promise<void> {
    if (!(cell instanceof VolatileCell)) return this.#stopDurable(cell as DurableCell, reason);
    if (cell.behaviour.kind !== 'supervisor') return cell.exit(reason);
    this.#dying.add(cell);
    for (const child of [...(this.#views.get(cell.address)?.which() ?? [])].reverse()) {
      const below = this.#kernel.registry.get(child.address);
      if (below !== undefined) await this.kill(below);
      else if (this.#engine.places.resting.delete(child.address)) this.#kernel.endedAbsent(child.address, KILLED);
    }
    cell.exit(reason);
  }

  async #stopDurable(cell: DurableCell, reason: ExitReason): Promise<void> {
    await stopCell(this.#engine, cell, reason);
    // One whose start was lost with its batch is gone without an exit.
    this.#stopping.get(cell)?.(NOPROC);
    this.#stopping.delete(cell);
  }

  /** Called by the kernel when a cell is gone. True when somebody waited for it, so that its supervisor hears nothing more. */
  cellGone(cell: Cell, reason: ExitReason): boolean {
    this.#views.delete(cell.address);
    this.#dying.delete(cell);
    const stopping = this.#stopping.get(cell);
    this.#stopping.delete(cell);
    stopping?.(reason);
    const failedStart = this.#settleStart(cell, { ok: false, reason });
    return stopping !== undefined || failedStart;
  }

  /** Sends a supervisor one of its administrative messages and resolves with its answer. */
  ask(supervisor: Cell, message: { readonly type: string; readonly [field: string]: unknown }): Promise<ChildAnswer> {
    return new Promise<ChildAnswer>((ask) => supervisor.enqueue(kernelMail({ ...message, ask })));
  }

  /** The supervisor is gone with this in its mailbox. */
  unanswered({ message }: Mail): void {
    if (message.ask !== undefined) this.#answer(message.ask as ChildAsk, { ok: false, reason: 'not_found', detail: 'the supervisor has ended' });
  }

  #answer(ask: ChildAsk, answer: ChildAnswer): void {
    if (typeof ask === 'function') ask(answer);
  }

  #host(address: Address, box: { cell?: VolatileCell }): SupervisorHost {
    const kernel = this.#kernel;
    const engine = this.#engine;
    const startsOthers = (): boolean => box.cell !== undefined && kernel.registry.get(address) === box.cell && !this.#dying.has(box.cell);
    return {
      address,
      clock: kernel.clock,
      random: kernel.random,
      nextTurn: (run) => kernel.turns.next(run),
      start: (spec) => this.start(childAddress(address, spec.id), address, spec, startsOthers),
      stop: (id, shutdown, forGood = false) => this.stop(childAddress(address, id), shutdown, forGood),
      started: () => void (box.cell !== undefined && this.#settleStart(box.cell, { ok: true, serial: box.cell.serial })),
      exit: (reason) => box.cell?.exit(reason),
      answer: (ask, answer) => this.#answer(ask, answer),
      administer: (take) => {
        if (box.cell !== undefined) box.cell.administration = take;
      },
      record: (fact: SupervisionFact) => {
        if (kernel.telemetry.observed) kernel.telemetry.emit({ kind: 'supervision', address, fact });
      },
      publish: (view) => void this.#views.set(address, view),
      waking: (after) => this.#waking(address, after),
      row: (id) => engine.activations.row(childAddress(address, id)),
      woken: (id) => engine.activations.settled(childAddress(address, id)),
      countRows: () => engine.journal.countChildren(address),
      hold: (id, why) => holdWithoutSpec(engine, childAddress(address, id), why),
      putRow: (row) => this.#putRow(address, row),
      removeRow: async (id) => {
        const child = childAddress(address, id);
        if (!engine.places.stopping.has(child)) await forget(engine, child);
      },
    };
  }

  async #waking(parent: Address, after: string): Promise<{ readonly rows: readonly ChildRow[]; readonly next: string | undefined }> {
    const { journal, places, activations, alarm } = this.#engine;
    const addresses = await journal.wakes(parent, { after, limit: STARTED_AT_ONCE });
    const rows: ChildRow[] = [];
    for (const address of addresses) {
      const row = await activations.row(address);
      if (row === undefined) {
        // Its row went, and the node before its mail could: nobody is there, which is looked up and said (K25).
        void activations.wake(address);
        continue;
      }
      places.rowFound(address);
      rows.push(row);
    }
    if (after === '') {
      activations.begin(parent);
      alarm.scan();
    }
    return { rows, next: addresses.length < STARTED_AT_ONCE ? undefined : addresses[addresses.length - 1] };
  }

  #putRow(parent: Address, row: { template: string; id: string; input: unknown }): Promise<ChildRow> {
    const flaw = findNonJson(row.input, 'input');
    if (flaw !== undefined) return Promise.reject(codedError('InvalidMessage', { field: flaw, problem: 'a child row holds plain JSON (K3)' }));
    return new Promise((resolve, reject) => {
      this.#engine.atBoundary(
        (batch) => {
          const put = putChildRow(this.#engine, batch, parent, row);
          if (put === undefined) reject(new Error('already_present'));
          else batch.after.push(() => resolve(put));
        },
        () => reject(codedError('NodeStopped')),
        { refused: reject },
      );
    });
  }
}
