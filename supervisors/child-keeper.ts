// What a supervisor does to its children, one job at a time: start, restart by strategy, stop, administration. The statechart in
// supervisor.machine.ts owns the phases; this owns the table. Semantics are OTP's; each difference is stated where it is.
import { type ChildAnswer, type ChildSpec, childAddress, type ExitReason, MAX_INTENSITY, SHUTDOWN, type StartOutcome, type SupervisorHost } from '../runtime/index.ts';
import { backoffDelay } from './backoff-delay.ts';
import { type ChildEntry, ChildTable } from './child-table.ts';
import { decideRestart } from './restart-decision.ts';
import { admitRestart, type Intensity } from './restart-intensity.ts';
import { planRestart, type Strategy } from './restart-plan.ts';

export type AutoShutdown = 'never' | 'any_significant' | 'all_significant';

export interface KeeperOptions extends Intensity {
  readonly strategy: Strategy;
  readonly autoShutdown: AutoShutdown;
}

export type Job =
  | { readonly kind: 'exit'; readonly id: string; readonly serial: number; readonly reason: ExitReason }
  /** A restart that waited for its backoff, or failed once. */
  | { readonly kind: 'restart'; readonly id: string }
  | { readonly kind: 'call'; readonly id: string; readonly ask: string; readonly run: () => Promise<ChildAnswer> }
  | { readonly kind: 'adopt'; readonly id: string; readonly run: () => Promise<void> };

export class ChildKeeper {
  readonly host: SupervisorHost;
  readonly table: ChildTable;
  readonly #options: KeeperOptions;
  readonly #backingOff = new Map<string, () => void>();
  readonly #enqueue: (job: Job) => void;
  #restarts: readonly number[] = [];
  #stopping = false;
  /** Set when the supervisor must go: with this reason. */
  end: ExitReason | undefined;

  constructor(host: SupervisorHost, options: KeeperOptions, enqueue: (job: Job) => void) {
    this.host = host;
    this.table = new ChildTable(host.address);
    this.#options = options;
    this.#enqueue = enqueue;
    host.publish(this.table);
  }

  /** In order; the first that fails undoes those before it, and the supervisor's start fails (OTP). */
  async startAll(specs: readonly ChildSpec[]): Promise<void> {
    for (const spec of specs) {
      if (this.#stopping) return;
      const entry = this.table.add(spec);
      const outcome = await this.#start(entry, false);
      if (outcome.ok !== false) continue;
      this.end = { kind: 'shutdown', detail: `failed_to_start_child: ${spec.id}: ${'message' in outcome.reason ? outcome.reason.message : outcome.reason.kind}` };
      return;
    }
  }

  async perform(job: Job): Promise<void> {
    if (this.#stopping) {
      if (job.kind === 'call') this.host.answer(job.ask, { ok: false, reason: 'not_found', detail: 'the supervisor is stopping' });
      return;
    }
    switch (job.kind) {
      case 'exit':
        return this.#childExited(job.id, job.serial, job.reason);
      case 'restart':
        return this.#restart(job.id);
      case 'call':
        this.host.answer(job.ask, await job.run());
        return;
      case 'adopt':
        return job.run();
    }
  }

  /** All children, last started first; each with its own deadline. */
  async terminateAll(): Promise<void> {
    this.#stopping = true;
    for (const cancel of this.#backingOff.values()) cancel();
    this.#backingOff.clear();
    for (const entry of this.table.entries().reverse()) await this.#stop(entry);
  }

  /** Unordered supervisors stop all children at once. */
  async terminateTogether(): Promise<void> {
    this.#stopping = true;
    for (const cancel of this.#backingOff.values()) cancel();
    this.#backingOff.clear();
    await Promise.all(this.table.entries().map((entry) => this.#stop(entry)));
  }

  async startChild(spec: ChildSpec, row = false): Promise<ChildAnswer> {
    const present = this.table.get(spec.id);
    if (present !== undefined) return { ok: false, reason: present.state === 'stopped' ? 'already_present' : 'already_started' };
    const outcome = await this.#start(this.table.add(spec, row), false);
    if (outcome.ok === false) {
      this.table.delete(spec.id);
      return { ok: false, reason: 'start_failed', detail: 'message' in outcome.reason ? outcome.reason.message : outcome.reason.kind };
    }
    return { ok: true, address: childAddress(this.host.address, spec.id) };
  }

  /** A temporary child, or one of a dynamic supervisor (`forGood`), leaves the table too. */
  async terminateChild(id: string, forGood: boolean): Promise<ChildAnswer> {
    const entry = this.table.get(id);
    if (entry === undefined) return { ok: false, reason: 'not_found' };
    this.#backingOff.get(id)?.();
    this.#backingOff.delete(id);
    await this.#stop(entry, forGood);
    if (forGood || entry.spec.restart === 'temporary') this.table.delete(id);
    if (forGood && entry.row) await this.host.removeRow(id);
    return { ok: true, address: childAddress(this.host.address, id) };
  }

  async restartChild(id: string): Promise<ChildAnswer> {
    const entry = this.table.get(id);
    if (entry === undefined) return { ok: false, reason: 'not_found' };
    if (entry.state !== 'stopped') return { ok: false, reason: entry.state === 'running' ? 'running' : 'restarting' };
    const outcome = await this.#start(entry, true);
    if (outcome.ok === false) return { ok: false, reason: 'start_failed', detail: 'message' in outcome.reason ? outcome.reason.message : outcome.reason.kind };
    return { ok: true, address: childAddress(this.host.address, id) };
  }

  async deleteChild(id: string): Promise<ChildAnswer> {
    const entry = this.table.get(id);
    if (entry === undefined) return { ok: false, reason: 'not_found' };
    if (entry.state !== 'stopped') return { ok: false, reason: entry.state === 'running' ? 'running' : 'restarting' };
    await this.host.stop(id, 'brutal_kill', true);
    this.table.delete(id);
    return { ok: true, address: childAddress(this.host.address, id) };
  }

  async #start(entry: ChildEntry, restart: boolean): Promise<StartOutcome> {
    entry.state = 'starting';
    const outcome = await this.host.start(entry.spec);
    if (outcome.ok === true) {
      entry.state = 'running';
      entry.serial = outcome.serial;
      entry.runningSince = this.host.clock.monotonic();
      if (restart) entry.restarts += 1;
      this.host.record({ kind: 'child.started', id: entry.spec.id, restart });
    } else {
      entry.state = 'stopped';
      if (outcome.ok === false) this.host.record({ kind: 'child.start_failed', id: entry.spec.id, reason: outcome.reason });
    }
    return outcome;
  }

  async #stop(entry: ChildEntry, forGood = false): Promise<void> {
    const { id } = entry.spec;
    if (entry.state !== 'running' && entry.state !== 'starting' && !forGood) {
      entry.state = 'stopped';
      return;
    }
    entry.serial = 0;
    const reason = await this.host.stop(id, entry.spec.shutdown, forGood);
    entry.state = 'stopped';
    this.host.record({ kind: 'child.stopped', id, reason });
  }

  async #childExited(id: string, serial: number, reason: ExitReason): Promise<void> {
    const entry = this.table.get(id);
    // Late news of a run that was stopped or replaced meanwhile.
    if (entry === undefined || entry.serial !== serial) return;
    entry.state = 'stopped';
    this.host.record({ kind: 'child.exited', id, reason });
    const decision = decideRestart(entry.spec.restart, reason);
    if (decision === 'restart') return this.#planAndRestart(entry);
    if (decision === 'remove' || entry.row) this.table.delete(id);
    if (entry.row) await this.host.removeRow(id);
    this.#considerShutdown(entry);
  }

  #considerShutdown(entry: ChildEntry): void {
    const { autoShutdown } = this.#options;
    if (!entry.spec.significant || autoShutdown === 'never') return;
    const others = this.table.entries().some((other) => other.spec.significant && other.state !== 'stopped');
    if (autoShutdown === 'any_significant' || !others) this.end = SHUTDOWN;
  }

  async #planAndRestart(entry: ChildEntry): Promise<void> {
    const { host } = this;
    const { id, backoff } = entry.spec;
    const now = host.clock.monotonic();
    const admitted = admitRestart(this.#restarts, now, this.#options);
    this.#restarts = admitted.times;
    if (!admitted.ok) {
      host.record({ kind: 'intensity.reached', id, restarts: admitted.times.length, periodMs: this.#options.periodMs });
      this.end = MAX_INTENSITY;
      return;
    }
    entry.state = 'restarting';
    if (backoff === undefined) return this.#restart(id);
    if (now - entry.runningSince >= backoff.resetAfterMs) entry.failures = 0;
    entry.failures += 1;
    const delayMs = backoffDelay(backoff, entry.failures, host.random());
    host.record({ kind: 'child.backing_off', id, delayMs });
    this.#backingOff.set(id, host.clock.after(delayMs, () => this.#enqueue({ kind: 'restart', id })));
  }

  /** A start that fails here is one more failure, counted against the intensity (OTP). */
  async #restart(id: string): Promise<void> {
    this.#backingOff.delete(id);
    const failed = this.table.get(id);
    if (failed === undefined || failed.state !== 'restarting') return;
    const plan = planRestart(this.#options.strategy, this.table.ids(), id);
    for (const sibling of plan.stop) await this.#stopForRestart(sibling);
    for (const next of plan.start) {
      const entry = this.table.get(next);
      if (this.#stopping || entry === undefined || entry.state !== 'restarting') continue;
      const outcome = await this.#start(entry, true);
      if (outcome.ok !== false) continue;
      entry.runningSince = this.host.clock.monotonic();
      for (const later of plan.start) this.#leaveForNextAttempt(later);
      return this.#planAndRestart(entry);
    }
  }

  async #stopForRestart(id: string): Promise<void> {
    const entry = this.table.get(id);
    if (entry === undefined) return;
    const ran = entry.state !== 'stopped' || entry.spec.restart === 'permanent';
    await this.#stop(entry);
    if (entry.spec.restart === 'temporary') this.table.delete(id);
    else if (ran) entry.state = 'restarting';
  }

  #leaveForNextAttempt(id: string): void {
    const entry = this.table.get(id);
    if (entry !== undefined && entry.state === 'stopped') entry.state = 'restarting';
  }
}
