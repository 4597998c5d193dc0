// What the router remembers, and how it changes. Plain JSON (K3); pure.
import { chooseRoute, type RoutableAgent, type RouteChoice } from './route-choice.ts';

export interface Route {
  readonly planId: string;
  readonly taskId: string;
  /** By name, else by capability. */
  readonly agent: string | null;
  readonly capability: readonly string[] | null;
  readonly delegatedBy: string;
  readonly messageId: string;
}

export interface WaitingRoute {
  readonly route: Route;
  readonly reason: Extract<RouteChoice, { ok: false }>['reason'];
}

export interface RouterContext {
  readonly agents: Readonly<Record<string, Omit<RoutableAgent, 'load'>>>;
  /** Routes that an agent has, by task. */
  readonly assigned: Readonly<Record<string, { readonly route: Route; readonly agent: string }>>;
  /** Routes that nobody can take now, the oldest first. */
  readonly waiting: readonly WaitingRoute[];
}

export const EMPTY_ROUTER: RouterContext = { agents: {}, assigned: {}, waiting: [] };

export interface Assigning {
  readonly context: RouterContext;
  readonly assignments: ReadonlyArray<{ readonly agent: string; readonly route: Route }>;
}

export function routeKey({ planId, taskId }: { readonly planId: string; readonly taskId: string }): string {
  return `${planId}.${taskId}`;
}

export function routable({ agents, assigned }: RouterContext): RoutableAgent[] {
  const loads = new Map<string, number>();
  for (const { agent } of Object.values(assigned)) loads.set(agent, (loads.get(agent) ?? 0) + 1);
  return Object.values(agents).map((agent) => ({ ...agent, load: loads.get(agent.name) ?? 0 }));
}

/** Gives out what can be given, in the order it came. */
export function assignWaiting(context: RouterContext): Assigning {
  let { assigned } = context;
  const waiting: WaitingRoute[] = [];
  const assignments: Array<{ agent: string; route: Route }> = [];
  for (const { route } of context.waiting) {
    const choice = chooseRoute(route, routable({ ...context, assigned }));
    if (choice.ok) {
      assigned = { ...assigned, [routeKey(route)]: { route, agent: choice.agent } };
      assignments.push({ agent: choice.agent, route });
    } else waiting.push({ route, reason: choice.reason });
  }
  return { context: { ...context, assigned, waiting }, assignments };
}

/** The same task again replaces its earlier route. */
export function addRoute(context: RouterContext, route: Route): Assigning {
  const cleared = removeRoute(context, route);
  return assignWaiting({ ...cleared, waiting: [...cleared.waiting, { route, reason: 'none_available' }] });
}

export function removeRoute(context: RouterContext, task: { readonly planId: string; readonly taskId: string }): RouterContext {
  const key = routeKey(task);
  const { [key]: _gone, ...assigned } = context.assigned;
  return { ...context, assigned, waiting: context.waiting.filter(({ route }) => routeKey(route) !== key) };
}

export function noteAgent(context: RouterContext, name: string, capabilities: readonly string[], state: RoutableAgent['state']): RouterContext {
  return { ...context, agents: { ...context.agents, [name]: { name, capabilities, state } } };
}
