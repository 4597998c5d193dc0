// Starts and ends the runs of single children, and keeps the table true about them. Order and restarts are the keeper's.
import { type ChildAnswer, childAddress, crash, type ExitReason, type StartOutcome, type SupervisorHost } from '../runtime/index.ts';
import type { ChildEntry, ChildTable } from './child-table.ts';

export class ChildRuns {
  readonly #host: SupervisorHost;
  readonly #table: ChildTable;
  readonly #stops = new Map<string, Promise<void>>();
  /** Set once the supervisor ends its children: a start that succeeds after that is ended again. */
  closing = false;

  constructor(host: SupervisorHost, table: ChildTable) {
    this.#host = host;
    this.#table = table;
  }

  /** Never rejects. */
  async start(entry: ChildEntry, restart: boolean): Promise<StartOutcome> {
    const { id } = entry.spec;
    this.#table.change(id, { state: 'starting', resting: false });
    const outcome = await this.#outcome(entry);
    if (outcome.ok !== true) {
      this.#table.change(id, { state: 'stopped', serial: 0, runningSince: undefined });
      if (outcome.ok === false) this.#host.record({ kind: 'child.start_failed', id, reason: outcome.reason });
      return outcome;
    }
    this.#table.change(id, { state: 'running', serial: outcome.serial, runningSince: this.#host.clock.monotonic(), restarts: entry.restarts + (restart ? 1 : 0) });
    this.#host.record({ kind: 'child.started', id, restart });
    if (this.closing) await this.stop(entry);
    return outcome;
  }

  /** One that had left memory runs again: no start, no restart (K27). */
  async wake(entry: ChildEntry): Promise<StartOutcome> {
    const outcome = await this.#outcome(entry);
    if (outcome.ok === true) this.#table.change(entry.spec.id, { resting: false, serial: outcome.serial });
    else if (outcome.ok === 'ignore') this.#table.change(entry.spec.id, { resting: false, state: 'stopped', serial: 0 });
    return outcome;
  }

  /** A port that breaks its promise (a journal that cannot be read) is a failed start, not a dead supervisor. */
  async #outcome(entry: ChildEntry): Promise<StartOutcome> {
    try {
      return await this.#host.start(entry.spec);
    } catch (error) {
      return { ok: false, reason: crash(error) };
    }
  }

  /** Resolves once the child is gone. `forGood` gives up its mail and state too. Whoever asks a second time joins the first. */
  stop(entry: ChildEntry, forGood = false): Promise<void> {
    const { id } = entry.spec;
    const under = this.#stops.get(id);
    if (under !== undefined) return under;
    const stop = this.#end(entry, forGood).finally(() => this.#stops.delete(id));
    this.#stops.set(id, stop);
    return stop;
  }

  async #end(entry: ChildEntry, forGood: boolean): Promise<void> {
    const { id, shutdown } = entry.spec;
    const ran = entry.state === 'running' || entry.state === 'starting';
    this.#table.change(id, { serial: 0 });
    if (ran || forGood) {
      const reason = await this.#host.stop(id, shutdown, forGood);
      if (ran) this.#host.record({ kind: 'child.stopped', id, reason });
    }
    this.#table.change(id, { state: 'stopped' });
  }
}

export function startAnswer(host: SupervisorHost, id: string, outcome: StartOutcome): ChildAnswer {
  return outcome.ok === false ? { ok: false, reason: 'start_failed', detail: whyFailed(outcome.reason) } : { ok: true, address: childAddress(host.address, id) };
}

export function whyFailed(reason: ExitReason): string {
  return reason.kind === 'crash' ? reason.message : reason.kind === 'shutdown' ? (reason.detail ?? 'shutdown') : reason.kind;
}
