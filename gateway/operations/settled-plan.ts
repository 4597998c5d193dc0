// What a plan in memory says of itself without being asked: a read is no step of it. Put together once for each state that it has been in,
// so that who reads the same again gets the same object.
import type { PlanContext } from '../../actors/plan/plan-context.ts';
import { planReport } from '../../actors/plan/plan-report.ts';
import type { PlanReport, TaskReport } from '../../actors/work/types.ts';
import type { System } from '../../runtime/index.ts';
import { keepAnswer } from './kept-answer.ts';

interface SettledPlan {
  readonly report: PlanReport;
  /** By `<plan>.<task>`. */
  readonly tasks: ReadonlyMap<string, TaskReport & { readonly plan: string }>;
}

const made = new WeakMap<object, SettledPlan>();

/** Undefined when it is not in memory or something is on its way to it: then it must be asked. */
export function settledPlan(system: System, plan: string): SettledPlan | undefined {
  const context = system.settled(`plans/${plan}`);
  return context === undefined ? undefined : (made.get(context) ?? put(context as PlanContext, plan));
}

function put(context: PlanContext, plan: string): SettledPlan {
  const report = keepAnswer(planReport(context));
  const settled = { report, tasks: new Map(report.tasks.map((task) => [`${plan}.${task.id}`, keepAnswer({ plan, ...task })])) };
  made.set(context, settled);
  return settled;
}
