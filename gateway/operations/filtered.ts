// Lists by a filter: that nothing is there is true only of what exists. Whoever reads `none` of a mistyped name believes it.
import type { ListPage } from '../../actors/read-model/index.ts';
import { findAgent } from './find-agent.ts';
import type { OperationContext } from './operation.ts';
import { planReport } from './plans.ts';

interface Filter {
  readonly plan?: string | undefined;
  readonly agent?: string | undefined;
}

/** The page as it is. Rejects with `NoSuchPlan` or `NoSuchAgent` when it is empty since there is none of that name. */
export async function filtered<T>(context: OperationContext, { plan, agent }: Filter, page: ListPage<T>): Promise<ListPage<T>> {
  if (page.items.length > 0) return page;
  if (plan !== undefined) await planReport(context, plan);
  if (agent !== undefined) findAgent(context.node.system, agent);
  return page;
}
