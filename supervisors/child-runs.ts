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

  /** At once where the host starts at once. Never rejects. */
  start(entry: ChildEntry, restart: boolean): StartOutcome | Promise<StartOutcome> {
    this.#table.change(entry.spec.id, { state: 'starting', resting: false });
    const outcome = this.#outcome(entry);
    return outcome instanceof Promise ? outcome.then((late) => this.#started(entry, restart, late)) : this.#started(entry, restart, outcome);
  }

  #started(entry: ChildEntry, restart: boolean, outcome: StartOutcome): StartOutcome | Promise<StartOutcome> {
    const { id } = entry.spec;
    if (outcome.ok !== true) {
      this.#table.change(id, { state: 'stopped', serial: 0, runningSince: undefined });
      if (outcome.ok === false) this.#host.record({ kind: 'child.start_failed', id, reason: outcome.reason });
      return outcome;
    }
    this.#table.change(id, { state: 'running', serial: outcome.serial, runningSince: this.#host.clock.monotonic(), restarts: entry.restarts + (restart ? 1 : 0) });
    this.#host.record({ kind: 'child.started', id, restart });
    return this.closing ? this.stop(entry).then(() => outcome) : outcome;
  }

  /** One that had left memory runs again: no start, no restart (K27). */
  async wake(entry: ChildEntry): Promise<StartOutcome> {
    const outcome = await this.#outcome(entry);
    if (outcome.ok === true) this.#table.change(entry.spec.id, { resting: false, serial: outcome.serial });
    else if (outcome.ok === 'ignore') this.#table.change(entry.spec.id, { resting: false, state: 'stopped', serial: 0 });
    return outcome;
  }

  /** A port that breaks its promise (a journal that cannot be read) is a failed start, not a dead supervisor. */
  #outcome(entry: ChildEntry): StartOutcome | Promise<StartOutcome> {
    const failed = (error: unknown): StartOutcome => ({ ok: false, reason: crash(error) });
    try {
      const outcome = this.#host.start(entry.spec);
      return outcome instanceof Promise ? outcome.catch(failed) : outcome;
    } catch (error) {
      return failed(error);
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
