// Children on demand, in no order (Elixir's DynamicSupervisor, OTP's simple_one_for_one). Durable ones have rows in the journal.
// Difference from OTP (K25): rows outlive the supervisor's restart and the node's.

import { didYouMean } from '../runtime/did-you-mean.ts';
import { type ChildAnswer, type ChildRow, type ChildSpec, childAddress, crash, type Page, type SupervisorMessage } from '../runtime/index.ts';
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

const ROWS_A_PAGE = 500;

export class DynamicChildren implements Children {
  readonly #keeper: ChildKeeper;
  readonly #options: DynamicOptions;

  constructor(keeper: ChildKeeper, options: DynamicOptions) {
    this.#keeper = keeper;
    this.#options = options;
  }

  /** Starts the rows, a page at a time. One that fails does not hold up the others, nor the supervisor. */
  async begin(): Promise<undefined> {
    if (!this.#options.durable) return;
    let page: Page = { after: 0, limit: ROWS_A_PAGE };
    for (;;) {
      const rows = await this.#keeper.host.rows(page);
      if (this.#keeper.runs.closing) return;
      await Promise.all(rows.map((row) => this.adopt(row)));
      const last = rows[rows.length - 1];
      if (last === undefined) return;
      page = { after: last.seq, limit: ROWS_A_PAGE };
    }
  }

  /**
   * Starts a committed row. One that cannot start stays, stopped, with its mail: nobody waits for an answer that could carry the
   * error, and a retry in a loop would end the node. `restart_child` tries again.
   */
  async adopt(row: ChildRow): Promise<void> {
    const { table, runs, host } = this.#keeper;
    if (table.get(row.id) !== undefined) return;
    const built = this.#build(row.template, row.id, JSON.parse(row.input));
    if (built.ok) await runs.start(table.add(built.spec, true), false);
    else host.record({ kind: 'child.start_failed', id: row.id, reason: crash(built.problem) });
  }

  async start({ spec, row }: Extract<SupervisorMessage, { type: 'troupe.start_child' }>): Promise<ChildAnswer> {
    const id = spec?.id ?? row?.id ?? '';
    const built = this.#built(spec, row);
    if (!built.ok) return { ok: false, reason: 'invalid', detail: built.problem };
    const { table } = this.#keeper;
    const present = table.get(id);
    if (present !== undefined) return { ok: false, reason: present.state === 'stopped' ? 'already_present' : 'already_started' };
    const { maxChildren, durable } = this.#options;
    if (table.size >= maxChildren) return { ok: false, reason: 'invalid', detail: `max_children: at most ${maxChildren}` };
    const withRow = row !== undefined && durable ? row : undefined;
    return this.#startNew(table.add(built.spec, withRow !== undefined), withRow);
  }

  /** Takes its place in the table first, so that two starts at once cannot pass the bound. */
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
    if (outcome.ok === false) {
      table.delete(id);
      if (row !== undefined) await host.removeRow(id);
    }
    return startAnswer(host, id, outcome);
  }

  /** For good: row, mail and state go. */
  async terminate(id: string): Promise<ChildAnswer> {
    const { table, runs, host } = this.#keeper;
    const entry = table.get(id);
    if (entry === undefined) return { ok: false, reason: 'not_found' };
    this.#keeper.cancelRestart(id);
    await runs.stop(entry, true);
    table.delete(id);
    if (entry.row) await host.removeRow(id);
    return { ok: true, address: childAddress(host.address, id) };
  }

  /** OTP refuses this; here it is how a row that could not start gets another try. */
  async restart(id: string): Promise<ChildAnswer> {
    const { table, runs, host } = this.#keeper;
    const entry = table.get(id);
    if (entry === undefined) return { ok: false, reason: 'not_found' };
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
      return this.#admitted({ ...build(input, id), id });
    } catch (error) {
      return { ok: false, problem: `template '${template}': ${error instanceof Error ? error.message : String(error)}` };
    }
  }

  #admitted(spec: ChildSpec): Built {
    const problem = admitSpec(spec, this.#keeper.ofSignificance);
    return problem === undefined ? { ok: true, spec } : { ok: false, problem };
  }
}
