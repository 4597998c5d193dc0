// What the router remembers, and how it changes. Plain JSON (K3); pure.
import { chooseRoute, type RoutableAgent, type RouteChoice, type WorkForm } from './route-choice.ts';

const PRIORITIES = ['high', 'normal', 'low'] as const;

export interface Route {
  readonly planId: string;
  readonly taskId: string;
  /** By name, else by capability. */
  readonly agent: string | null;
  readonly capability: readonly string[] | null;
  /** Default steps. */
  readonly form?: WorkForm;
  /** Default normal. */
  readonly priority?: (typeof PRIORITIES)[number];
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

const rankOf = ({ route: { priority = 'normal' } }: WaitingRoute): number => PRIORITIES.indexOf(priority);

/** The same task again replaces its earlier route. */
export function addRoute(context: RouterContext, route: Route): Assigning {
  const cleared = removeRoute(context, route);
  const waiting = [...cleared.waiting, { route, reason: 'none_available' as const }];
  return assignWaiting({ ...cleared, waiting: waiting.toSorted((a, b) => rankOf(a) - rankOf(b)) });
}

/** Gives a route that waits to the one who asks for it, whatever it asks for itself. Undefined: it waits not, or is meant for another. */
export function claimRoute(context: RouterContext, agent: string, task: { readonly planId: string; readonly taskId: string }): Assigning | undefined {
  const { takes = 'steps', state } = context.agents[agent] ?? { state: 'unavailable' };
  const found = context.waiting.find(({ route }) => routeKey(route) === routeKey(task))?.route;
  if (found === undefined || state === 'unavailable' || (found.form ?? 'steps') !== takes || (found.agent !== null && found.agent !== agent)) return undefined;
  const cleared = removeRoute(context, task);
  return { context: { ...cleared, assigned: { ...cleared.assigned, [routeKey(task)]: { route: found, agent } } }, assignments: [{ agent, route: found }] };
}

export function removeRoute(context: RouterContext, task: { readonly planId: string; readonly taskId: string }): RouterContext {
  const key = routeKey(task);
  const { [key]: _gone, ...assigned } = context.assigned;
  return { ...context, assigned, waiting: context.waiting.filter(({ route }) => routeKey(route) !== key) };
}

export function noteAgent(context: RouterContext, agent: Omit<RoutableAgent, 'load'>): RouterContext {
  return { ...context, agents: { ...context.agents, [agent.name]: agent } };
}
