// Children on demand, in no order (Elixir's DynamicSupervisor, OTP's simple_one_for_one). Durable ones have rows in the journal.
// Difference from OTP (K25): rows outlive the supervisor's restart and the node's.

import { didYouMean } from '../runtime/did-you-mean.ts';
import { type ChildAnswer, type ChildRow, type ChildSpec, childAddress, crash, type StartOutcome, type SupervisorMessage } from '../runtime/index.ts';
import type { ChildKeeper } from './child-keeper.ts';
import { startAnswer } from './child-runs.ts';
import type { ChildEntry } from './child-table.ts';
import type { Children } from './children.ts';
import { admitSpec } from './spec-admission.ts';

/** Builds the spec of a child from a row's or a call's input. Its id is the row's whatever the spec says. */
export type Template = (input: unknown, id: string) => ChildSpec;

export interface DynamicOptions {
  readonly durable: boolean;
  readonly templates: Readonly<Record<string, Template>>;
  readonly maxChildren: number;
}

type Built = { readonly ok: true; readonly spec: ChildSpec } | { readonly ok: false; readonly problem: string };
type NewRow = { readonly template: string; readonly id: string; readonly input: unknown };

export class DynamicChildren implements Children {
  readonly #keeper: ChildKeeper;
  readonly #options: DynamicOptions;

  constructor(keeper: ChildKeeper, options: DynamicOptions) {
    this.#keeper = keeper;
    this.#options = options;
  }

  /**
   * Starts the rows that have something to do; all others are addressable (K25). Who begins waits for the first page only: a start
   * takes no longer beside a million rows. One that fails does not hold up the others, nor the supervisor.
   */
  async begin(): Promise<undefined> {
    if (this.#options.durable) await this.#startWaking('');
  }

  async #startWaking(after: string): Promise<void> {
    const { host, runs } = this.#keeper;
    const { rows, next } = await host.waking(after);
    if (runs.closing) return;
    await Promise.all(rows.map((row) => this.adopt(row)));
    if (next !== undefined) this.#keeper.later({ id: '', run: () => this.#startWaking(next) });
  }

  /**
   * Starts a committed row. One that cannot start stays, stopped, with its mail: nobody waits for an answer that could carry the
   * error, and a retry in a loop would end the node. `restart_child` tries again.
   */
  async adopt(row: ChildRow): Promise<void> {
    const { table, runs, host } = this.#keeper;
    if (table.get(row.id) !== undefined) return;
    const built = this.#build(row.template, row.id, JSON.parse(row.input));
    if (!built.ok) {
      host.record({ kind: 'child.start_failed', id: row.id, reason: crash(built.problem) });
      host.hold(row.id, `nothing can be built from its row: ${built.problem}`);
      return;
    }
    const outcome = await runs.start(table.add(built.spec, true), false);
    // An entry that stays would keep the next one from being started.
    if (outcome.ok === 'ignore' && outcome.gone === true) table.delete(row.id);
  }

  start({ spec, row }: Extract<SupervisorMessage, { type: 'troupe.start_child' }>): ChildAnswer | Promise<ChildAnswer> {
    const id = spec?.id ?? row?.id ?? '';
    const built = this.#built(spec, row);
    if (!built.ok) return { ok: false, reason: 'invalid', detail: built.problem };
    const { table } = this.#keeper;
    const present = table.get(id);
    if (present !== undefined) return { ok: false, reason: present.state === 'stopped' ? 'already_present' : 'already_started' };
    return this.#options.durable ? this.#startDurable(built.spec, row) : this.#startHere(built.spec);
  }

  #startHere(spec: ChildSpec): ChildAnswer | Promise<ChildAnswer> {
    const { table, runs } = this.#keeper;
    if (table.size >= this.#options.maxChildren) return this.#tooMany();
    const outcome = runs.start(table.add(spec, false), false);
    return outcome instanceof Promise ? outcome.then((late) => this.#begun(spec.id, late)) : this.#begun(spec.id, outcome);
  }

  #begun(id: string, outcome: StartOutcome): ChildAnswer {
    const { table, host } = this.#keeper;
    if (outcome.ok === false) table.delete(id);
    return startAnswer(host, id, outcome);
  }

  #tooMany(): ChildAnswer {
    return { ok: false, reason: 'invalid', detail: `max_children: at most ${this.#options.maxChildren}` };
  }

  async #startDurable(spec: ChildSpec, withRow: NewRow | undefined): Promise<ChildAnswer> {
    const { id } = spec;
    const { table } = this.#keeper;
    if (withRow !== undefined && (await this.#hasRow(id))) return { ok: false, reason: 'already_started' };
    const absent = await this.#countAbsent();
    // From here on without a pause, so that two starts at once cannot pass the bound.
    if (table.size + absent >= this.#options.maxChildren) return this.#tooMany();
    return this.#startNew(table.add(spec, withRow !== undefined), withRow);
  }

  /** It is alive, though not in memory. */
  async #hasRow(id: string): Promise<boolean> {
    return (await this.#keeper.host.row(id)) !== undefined;
  }

  /** Rows whose children are not in memory; 0 where nobody asks. */
  async #countAbsent(): Promise<number> {
    const { maxChildren, durable } = this.#options;
    if (!durable || maxChildren === Number.MAX_SAFE_INTEGER) return 0;
    const { table, host } = this.#keeper;
    const written = table.entries().filter(({ row, state }) => row && state !== 'stopped').length;
    return Math.max(0, (await host.countRows()) - written);
  }

  async #startNew(entry: ChildEntry, row: NewRow | undefined): Promise<ChildAnswer> {
    const { table, runs, host } = this.#keeper;
    const { id } = entry.spec;
    try {
      if (row !== undefined) await host.putRow(row);
    } catch (error) {
      table.delete(id);
      return { ok: false, reason: 'start_failed', detail: error instanceof Error ? error.message : String(error) };
    }
    const outcome = await runs.start(entry, false);
    const answer = this.#begun(id, outcome);
    if (outcome.ok === false && row !== undefined) await host.removeRow(id);
    return answer;
  }

  /** For good: row, mail and state go. */
  async terminate(id: string): Promise<ChildAnswer> {
    const { table, runs, host } = this.#keeper;
    const entry = table.get(id);
    if (entry === undefined) return this.#terminateAbsent(id);
    this.#keeper.cancelRestart(id);
    await runs.stop(entry, true);
    table.delete(id);
    if (entry.row) await host.removeRow(id);
    return { ok: true, address: childAddress(host.address, id) };
  }

  /** One that is not in memory: it ends without coming back. */
  async #terminateAbsent(id: string): Promise<ChildAnswer> {
    const { host } = this.#keeper;
    if (!this.#options.durable) return { ok: false, reason: 'not_found' };
    const lived = await this.#hasRow(id);
    // Also without a row: a step may have taken it away, and left the rest to this.
    await host.stop(id, 'brutal_kill', true);
    return lived ? { ok: true, address: childAddress(host.address, id) } : { ok: false, reason: 'not_found' };
  }

  /** OTP refuses this; here it is how a row that could not start gets another try. */
  async restart(id: string): Promise<ChildAnswer> {
    const { table, runs, host } = this.#keeper;
    const entry = table.get(id);
    if (entry === undefined) return { ok: false, reason: this.#options.durable && (await this.#hasRow(id)) ? 'simple_one_for_one' : 'not_found' };
    if (entry.state !== 'stopped') return { ok: false, reason: 'simple_one_for_one' };
    return startAnswer(host, id, await runs.start(entry, true));
  }

  async delete(): Promise<ChildAnswer> {
    return { ok: false, reason: 'simple_one_for_one', detail: 'terminate_child removes a dynamic child for good' };
  }

  #built(spec: ChildSpec | undefined, row: NewRow | undefined): Built {
    if (spec !== undefined) return this.#admitted(spec);
    return row === undefined ? { ok: false, problem: 'neither a child spec nor a template was given' } : this.#build(row.template, row.id, row.input);
  }

  #build(template: string, id: string, input: unknown): Built {
    const { templates } = this.#options;
    const build = Object.hasOwn(templates, template) ? templates[template] : undefined;
    if (build === undefined) {
      const meant = didYouMean(template, Object.keys(templates));
      return { ok: false, problem: `no template '${template}'${meant === undefined ? '' : `; did you mean '${meant}'?`}` };
    }
    try {
      const spec = build(input, id);
      return this.#admitted(spec?.id === id ? spec : { ...spec, id });
    } catch (error) {
      return { ok: false, problem: `template '${template}': ${error instanceof Error ? error.message : String(error)}` };
    }
  }

  #admitted(spec: ChildSpec): Built {
    const problem = admitSpec(spec, this.#keeper.ofSignificance);
    return problem === undefined ? { ok: true, spec } : { ok: false, problem };
  }
}
