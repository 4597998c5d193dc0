// Children of a supervisor with a strategy: the initial ones in order, and OTP's administration of them by hand.
import { type ChildAnswer, type ChildSpec, childAddress, type SupervisorMessage } from '../runtime/index.ts';
import type { ChildKeeper } from './child-keeper.ts';
import { startAnswer, whyFailed } from './child-runs.ts';
import type { Children } from './children.ts';
import { admitSpec } from './spec-admission.ts';

export class StaticChildren implements Children {
  readonly #keeper: ChildKeeper;
  readonly #initial: readonly ChildSpec[];

  constructor(keeper: ChildKeeper, initial: readonly ChildSpec[]) {
    this.#keeper = keeper;
    this.#initial = initial;
  }

  /** In order. The first that fails is why the supervisor's own start fails; those before it are ended again (OTP). */
  async begin(): Promise<string | undefined> {
    const { table, runs } = this.#keeper;
    for (const spec of this.#initial) {
      if (runs.closing) return undefined;
      const outcome = await runs.start(table.add(spec), false);
      if (outcome.ok === false) return `failed_to_start_child: ${spec.id}: ${whyFailed(outcome.reason)}`;
      this.#dropIgnored(spec, outcome.ok === 'ignore');
    }
    return undefined;
  }

  async start(message: Extract<SupervisorMessage, { type: 'troupe.start_child' }>): Promise<ChildAnswer> {
    const { table, runs, host } = this.#keeper;
    const { spec } = message;
    if (spec === undefined) return { ok: false, reason: 'invalid', detail: 'this supervisor has no templates: give it a child spec' };
    const flaw = admitSpec(spec, this.#keeper.ofSignificance);
    if (flaw !== undefined) return { ok: false, reason: 'invalid', detail: flaw };
    const present = table.get(spec.id);
    if (present !== undefined) return { ok: false, reason: present.state === 'stopped' ? 'already_present' : 'already_started' };
    const outcome = await runs.start(table.add(spec), false);
    if (outcome.ok === false) table.delete(spec.id);
    this.#dropIgnored(spec, outcome.ok === 'ignore');
    return startAnswer(host, spec.id, outcome);
  }

  /** The spec stays, unless the child is temporary. */
  async terminate(id: string): Promise<ChildAnswer> {
    const { table, runs, host } = this.#keeper;
    const entry = table.get(id);
    if (entry === undefined) return { ok: false, reason: 'not_found' };
    const temporary = entry.spec.restart === 'temporary';
    this.#keeper.cancelRestart(id);
    await runs.stop(entry, temporary);
    if (temporary) table.delete(id);
    return { ok: true, address: childAddress(host.address, id) };
  }

  async restart(id: string): Promise<ChildAnswer> {
    const { table, runs, host } = this.#keeper;
    const entry = table.get(id);
    if (entry === undefined) return { ok: false, reason: 'not_found' };
    if (entry.state !== 'stopped') return { ok: false, reason: entry.state === 'running' ? 'running' : 'restarting' };
    return startAnswer(host, id, await runs.start(entry, true));
  }

  /** Only of a child that is stopped. What the journal keeps of it goes too. */
  async delete(id: string): Promise<ChildAnswer> {
    const { table, runs, host } = this.#keeper;
    const entry = table.get(id);
    if (entry === undefined) return { ok: false, reason: 'not_found' };
    if (entry.state !== 'stopped') return { ok: false, reason: entry.state === 'running' ? 'running' : 'restarting' };
    await runs.stop(entry, true);
    table.delete(id);
    return { ok: true, address: childAddress(host.address, id) };
  }

  async adopt(): Promise<void> {}

  /** OTP keeps the spec of a child that chose not to run, unless it is temporary. */
  #dropIgnored(spec: ChildSpec, ignored: boolean): void {
    if (ignored && spec.restart === 'temporary') this.#keeper.table.delete(spec.id);
  }
}
