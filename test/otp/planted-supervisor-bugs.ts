// Faults of a supervisor, as replacements in a copy of the sources. Each must be seen by the comparison with OTP.
export interface PlantedBug {
  readonly name: string;
  readonly file: string;
  readonly replace: string;
  readonly with: string;
}

const KEEPER = 'supervisors/child-keeper.ts';

export const PLANTED_SUPERVISOR_BUGS: readonly PlantedBug[] = [
  { name: 'a restart is counted twice', file: 'supervisors/restart-intensity.ts', replace: 'this.#times.push(now);', with: 'this.#times.push(now, now);' },
  {
    name: 'rest_for_one takes the wrong half',
    file: 'supervisors/restart-plan.ts',
    replace: 'children.slice(children.indexOf(failed))',
    with: 'children.slice(0, children.indexOf(failed) + 1)',
  },
  {
    name: 'significant children mean nothing',
    file: KEEPER,
    replace: "if (!entry.spec.significant || autoShutdown === 'never') return;",
    with: 'if (autoShutdown !== undefined) return;',
  },
  { name: 'all_significant does not wait for the last', file: KEEPER, replace: "autoShutdown === 'any_significant' || !others", with: 'autoShutdown.length > 0 || !others' },
  { name: 'children are ended in start order', file: KEEPER, replace: 'this.table.entries().reverse()', with: 'this.table.entries()' },
  {
    name: 'transient children are restarted after shutdown',
    file: 'supervisors/restart-decision.ts',
    replace: "isAbnormal(reason) ? 'restart' : 'keep'",
    with: "reason.kind !== 'normal' ? 'restart' : 'keep'",
  },
  { name: 'the last restart of a period is one too few', file: 'supervisors/restart-intensity.ts', replace: 'this.size >= intensity', with: 'this.size + 1 >= intensity' },
  { name: 'restarts are never forgotten', file: 'supervisors/restart-intensity.ts', replace: '> periodMs) this.#head', with: '> 1_000 * periodMs) this.#head' },
  {
    name: 'temporary siblings come back with the others',
    file: KEEPER,
    replace: 'if (temporary) this.table.delete(id);',
    with: 'if (temporary && this.runs.closing) this.table.delete(id);',
  },
  {
    name: 'a child that failed to start stays in the table',
    file: 'supervisors/static-children.ts',
    replace: 'if (outcome.ok === false) table.delete(spec.id);',
    with: 'if (outcome.ok === false) table.change(spec.id, {});',
  },
  {
    name: 'a temporary child that declined to run stays in the table',
    file: 'supervisors/static-children.ts',
    replace: "if (ignored && spec.restart === 'temporary')",
    with: "if (ignored && spec.restart === 'transient')",
  },
];
