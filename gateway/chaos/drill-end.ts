// The end of a drill: no more faults. Everything that was accepted must come to its end; what was cut off and may not be repeated is
// decided as a person would, by a look into what the steps have written.
import { existsSync, readFileSync } from 'node:fs';
import type { PlanReport } from '../../actors/work/types.ts';
import type { Clock } from '../../runtime/index.ts';
import { pause } from '../node/wait-until.ts';
import type { ClientLedger, GivenPlan } from './client-ledger.ts';
import type { DrillLoad } from './drill-load.ts';

const SETTLE_MS = 120_000;
const LOOK_EVERY_MS = 250;
const ENDED: readonly string[] = ['succeeded', 'failed', 'cancelled', 'interrupted'];

export interface EndOptions {
  readonly load: DrillLoad;
  readonly ledger: ClientLedger;
  readonly clock: Clock;
  /** What the steps wrote. */
  readonly file: string;
}

export interface Settled {
  readonly ended: ReadonlyMap<string, PlanReport['status']>;
  /** Why a task did not succeed, by `<plan>.<task>`. */
  readonly causes: ReadonlyMap<string, string>;
}

/** How each plan ended; one that did not end in time is left as it is. */
export async function settlePlans({ load, ledger, clock, file }: EndOptions): Promise<Settled> {
  const until = clock.monotonic() + SETTLE_MS;
  const open = new Map<string, GivenPlan | undefined>([...ledger.plans.map((plan) => [plan.plan, plan] as const), ...ledger.timers.map((plan) => [plan, undefined] as const)]);
  const ended = new Map<string, PlanReport['status']>();
  const causes = new Map<string, string>();
  while (open.size > 0 && clock.monotonic() < until) {
    for (const [plan, given] of open) {
      const report = await load.call<PlanReport>('plan.status', { plan });
      ended.set(plan, report.status);
      for (const { id, error } of report.tasks) if (error !== undefined) causes.set(`${plan}.${id}`, `${error.code}: ${error.message}`);
      const waiting = report.tasks.filter(({ status }) => status === 'interrupted');
      if (given !== undefined && waiting.length > 0) await resolveAll(load, given, waiting, file);
      else if (ENDED.includes(report.status)) open.delete(plan);
    }
    await pause(clock, LOOK_EVERY_MS);
  }
  return { ended, causes };
}

/** A task that is not interrupted any more refuses it: then the next look sees what it is. */
async function resolveAll(load: DrillLoad, { plan, tasks }: GivenPlan, waiting: PlanReport['tasks'], file: string): Promise<void> {
  const written = readMarks(file);
  for (const { id } of waiting) {
    const mark = tasks.find(({ task }) => task === id)?.mark ?? id;
    const [action, why] = written.has(mark) ? ['done', 'it has written its mark'] : ['rerun', 'it has not written its mark'];
    await load.once('task.resolve', { task: `${plan}.${id}`, action, why });
  }
}

/** How often each mark was written. */
export function readMarks(file: string): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  if (!existsSync(file)) return counts;
  for (const mark of readFileSync(file, 'utf8').split('\n')) if (mark !== '') counts.set(mark, (counts.get(mark) ?? 0) + 1);
  return counts;
}
