// What a supervisor does when a child ends: decide by restart type, count, wait, restart by strategy, give up. Semantics are
// OTP's (supervisor.erl); each difference is stated at its line. The statechart in supervisor.machine.ts owns the phases.
import { type Backoff, type ChildSpec, type ExitReason, MAX_INTENSITY, SHUTDOWN, type StartOutcome, type SupervisorHost } from '../runtime/index.ts';
import { backoffDelay } from './backoff-delay.ts';
import { ChildRuns } from './child-runs.ts';
import { type ChildEntry, ChildTable } from './child-table.ts';
import type { Job } from './job-queue.ts';
import { decideRestart } from './restart-decision.ts';
import { type Intensity, RestartWindow } from './restart-intensity.ts';
import { planRestart, type Strategy } from './restart-plan.ts';

export const AUTO_SHUTDOWN = ['never', 'any_significant', 'all_significant'] as const;
export type AutoShutdown = (typeof AUTO_SHUTDOWN)[number];

export interface KeeperOptions extends Intensity {
  readonly strategy: Strategy;
  readonly autoShutdown: AutoShutdown;
  /** Children in no order, which leave the table when they end for good. */
  readonly dynamic: boolean;
}

/** How the keeper acts on its supervisor. */
export interface KeeperPort {
  later(job: Job): void;
  /** The supervisor must go, with this reason. */
  giveUp(reason: ExitReason): void;
  /** Whether any child is on its way back. */
  restarting(any: boolean): void;
}

export class ChildKeeper {
  readonly host: SupervisorHost;
  readonly table: ChildTable;
  readonly runs: ChildRuns;
  readonly #options: KeeperOptions;
  readonly #port: KeeperPort;
  /** Cancels the wait of each child that backs off. */
  readonly #backingOff = new Map<string, () => void>();
  readonly #restarting = new Set<string>();
  /** Whether the statechart knows of any. */
  #told = false;
  readonly #restarts: RestartWindow;

  constructor(host: SupervisorHost, options: KeeperOptions, port: KeeperPort) {
    this.host = host;
    this.table = new ChildTable(host.address, options.dynamic ? 'dynamic' : options.strategy);
    this.runs = new ChildRuns(host, this.table);
    this.#options = options;
    this.#restarts = new RestartWindow(options);
    this.#port = port;
    host.publish(this.table);
  }

  /** Whether a child spec may say `significant` here (OTP: not under `never`). */
  get ofSignificance(): boolean {
    return this.#options.autoShutdown !== 'never';
  }

  /** At once where the restart is, which a volatile child's is. */
  exited(id: string, serial: number, reason: ExitReason): void | Promise<void> {
    const entry = this.table.get(id);
    // Late news of a run that was stopped or replaced meanwhile.
    if (entry === undefined || entry.serial !== serial) return;
    this.table.change(id, { state: 'stopped', serial: 0, resting: false });
    this.host.record({ kind: 'child.exited', id, reason });
    const decision = decideRestart(entry.spec.restart, reason);
    if (decision === 'restart') return this.#planAndRestart(entry);
    return this.#leave(entry, decision === 'remove' || this.#options.dynamic, reason);
  }

  async #leave(entry: ChildEntry, forGood: boolean, reason: ExitReason): Promise<void> {
    if (forGood) await this.#remove(entry, reason);
    this.#considerShutdown(entry);
  }

  /** A child that left memory has something to do. One that cannot come back has failed. */
  async wake(id: string): Promise<void> {
    const entry = this.table.get(id);
    if (entry?.state !== 'running' || !entry.resting) return;
    const { serial } = entry;
    const outcome = await this.runs.wake(entry);
    if (outcome.ok === false) await this.exited(id, serial, outcome.reason);
  }

  /** Work behind all that is there now. */
  later(job: Job): void {
    this.#port.later(job);
  }

  /** No more restarts; what is still starting is ended when it is up. */
  close(): void {
    this.runs.closing = true;
    for (const id of [...this.#restarting]) this.cancelRestart(id);
  }

  /** In reverse start order, each with its own deadline; a dynamic supervisor's all at once. */
  async terminateAll(): Promise<void> {
    const entries = this.table.entries().reverse();
    if (this.#options.dynamic) await Promise.all(entries.map((entry) => this.runs.stop(entry)));
    else for (const entry of entries) await this.runs.stop(entry);
  }

  cancelRestart(id: string): void {
    this.#backingOff.get(id)?.();
    this.#backingOff.delete(id);
    this.#restarting.delete(id);
    if (this.table.get(id)?.state === 'restarting') this.table.change(id, { state: 'stopped' });
    this.#tellPhase();
  }

  /** It will not come back: what the journal keeps of it goes too (K26). A durable one that ended by itself has done so in that commit. */
  async #remove(entry: ChildEntry, reason: ExitReason): Promise<void> {
    const { id } = entry.spec;
    this.table.delete(id);
    if (isDurable(entry.spec) && reason.kind === 'normal') return;
    if (entry.row) await this.host.removeRow(id);
    else if (isDurable(entry.spec)) await this.host.stop(id, 'brutal_kill', true);
  }

  #considerShutdown(entry: ChildEntry): void {
    const { autoShutdown } = this.#options;
    if (!entry.spec.significant || autoShutdown === 'never') return;
    const others = this.table.entries().some((other) => other.spec.significant && other.state !== 'stopped');
    if (autoShutdown === 'any_significant' || !others) this.#port.giveUp(SHUTDOWN);
  }

  #planAndRestart(entry: ChildEntry): void | Promise<void> {
    if (!this.#admit(entry)) return;
    const delayMs = this.#backOff(entry);
    if (delayMs === undefined) return this.#restart(entry.spec.id);
    this.#restartLater(entry.spec.id, delayMs);
    this.#tellPhase();
  }

  /** Counts a failure. False: it was one too many. */
  #admit(entry: ChildEntry): boolean {
    const { id } = entry.spec;
    if (this.#restarts.admit(this.host.clock.monotonic())) {
      this.table.change(id, { state: 'restarting' });
      this.#restarting.add(id);
      return true;
    }
    this.host.record({ kind: 'intensity.reached', id, restarts: this.#restarts.size, periodMs: this.#options.periodMs });
    this.#port.giveUp(MAX_INTENSITY);
    return false;
  }

  /** The wait before its restart; undefined without backoff. OTP has none, hence only where asked for. */
  #backOff(entry: ChildEntry): number | undefined {
    const { id, backoff } = entry.spec;
    if (backoff === undefined) return undefined;
    this.table.change(id, { failures: this.#ranLong(entry, backoff) ? 1 : entry.failures + 1 });
    const delayMs = backoffDelay(backoff, entry.failures, this.host.random());
    this.host.record({ kind: 'child.backing_off', id, delayMs });
    return delayMs;
  }

  #ranLong({ runningSince }: ChildEntry, { resetAfterMs }: Backoff): boolean {
    return runningSince !== undefined && this.host.clock.monotonic() - runningSince >= resetAfterMs;
  }

  #restartLater(id: string, delayMs: number): void {
    const due = (): void => {
      this.#backingOff.delete(id);
      this.#port.later({ id, run: () => this.#restart(id) });
    };
    this.#backingOff.get(id)?.();
    this.#backingOff.set(id, this.host.clock.after(delayMs, due));
  }

  #restart(id: string): void | Promise<void> {
    const entry = this.table.get(id);
    if (entry?.state !== 'restarting' || this.runs.closing) return;
    if (this.#options.strategy !== 'one_for_one') return this.#restartAlong(id);
    const again = this.#startAgain(entry);
    if (again instanceof Promise) return again.then(() => undefined);
  }

  /** As OTP: siblings that had ended, or were terminated by hand, are started along with the others; temporary ones are not. */
  async #restartAlong(id: string): Promise<void> {
    this.#tellPhase();
    const plan = planRestart(this.#options.strategy, this.table.ids(), id);
    for (const sibling of plan.stop) await this.#stopForRestart(sibling);
    for (const next of plan.start) {
      const entry = this.table.get(next);
      if (this.runs.closing) return;
      if (entry === undefined || (await this.#startAgain(entry))) continue;
      // The one that failed now is the one to try again; the first is no longer on its way by itself.
      if (next !== id) this.cancelRestart(id);
      return;
    }
  }

  async #stopForRestart(id: string): Promise<void> {
    const entry = this.table.get(id);
    if (entry === undefined) return;
    const temporary = entry.spec.restart === 'temporary';
    this.cancelRestart(id);
    await this.runs.stop(entry, temporary);
    if (temporary) this.table.delete(id);
  }

  #startAgain(entry: ChildEntry): boolean | Promise<boolean> {
    const outcome = this.runs.start(entry, true);
    if (!(outcome instanceof Promise)) return this.#startedAgain(entry, outcome);
    this.#tellPhase();
    return outcome.then((late) => this.#startedAgain(entry, late));
  }

  #startedAgain({ spec: { id } }: ChildEntry, { ok }: StartOutcome): boolean {
    this.#restarting.delete(id);
    if (ok === false && !this.runs.closing) this.#tryAgain(id);
    this.#tellPhase();
    return ok !== false;
  }

  /**
   * A start that fails is one more failure, counted and tried again behind what came in meanwhile (OTP). In a turn of its own: else a
   * child that never starts, under an intensity that allows it, would keep the node from all else.
   */
  #tryAgain(id: string): void {
    let due = true;
    this.table.change(id, { state: 'restarting' });
    this.#restarting.add(id);
    this.#backingOff.set(id, () => {
      due = false;
    });
    const run = (): void | Promise<void> => {
      const entry = this.table.get(id);
      if (!due || entry === undefined) return;
      this.#backingOff.delete(id);
      return this.#planAndRestart(entry);
    };
    this.host.nextTurn(() => this.#port.later({ id, run }));
  }

  /** Where a restart has to wait, and when none is under way any more. One that is over at once is no phase that anybody could see. */
  #tellPhase(): void {
    const any = this.#restarting.size > 0;
    if (any === this.#told) return;
    this.#told = any;
    this.#port.restarting(any);
  }
}

function isDurable({ behaviour }: ChildSpec): boolean {
  return behaviour.kind === 'worker' && behaviour.durable;
}
