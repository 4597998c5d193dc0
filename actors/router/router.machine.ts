// The statechart of the router: every task is with exactly one agent, or waits here with the reason.
import { enqueueActions, setup } from 'xstate';
import { reply, tell } from '../../runtime/index.ts';
import type { RoutableAgent } from './route-choice.ts';
import type { Availability, RouterMessage } from './router.messages.ts';
import { type Assigning, addRoute, assignWaiting, claimRoute, EMPTY_ROUTER, noteAgent, type Route, type RouterContext, removeRoute, routable, routeKey } from './router-context.ts';

const agentAt = (name: string): string => `agents/${name}`;
const assignment = ({ planId, taskId, delegatedBy, messageId, priority }: Route) => ({
  type: 'ASSIGN',
  planId,
  taskId,
  delegatedBy,
  messageId,
  ...(priority === undefined ? {} : { priority }),
});

function routableAgent({ agent, capabilities, takes }: Availability, state: RoutableAgent['state']): Omit<RoutableAgent, 'load'> {
  return { name: agent, capabilities, state, ...(takes === undefined ? {} : { takes }) };
}

function next(context: RouterContext, message: RouterMessage): Assigning {
  switch (message.type) {
    case 'ROUTE': {
      const { type: _type, ...route } = message;
      return addRoute(context, route);
    }
    case 'AVAILABLE':
      return assignWaiting(noteAgent(context, routableAgent(message, 'available')));
    case 'UNAVAILABLE':
      return { context: noteAgent(context, routableAgent(message, 'unavailable')), assignments: [] };
    case 'RETURN': {
      const held = context.assigned[routeKey(message)];
      return held?.agent === message.agent ? addRoute(context, held.route) : { context, assignments: [] };
    }
    case 'CLAIM':
      return claimRoute(context, message.agent, message) ?? { context, assignments: [] };
    case 'TASK_ENDED':
      return { context: removeRoute(context, message), assignments: [] };
    case 'GET':
      return { context, assignments: [] };
  }
}

export const routerMachine = setup({
  types: { context: {} as RouterContext, events: {} as RouterMessage },
  actions: {
    route: enqueueActions(({ context, event, enqueue }) => {
      const { context: after, assignments } = next(context, event);
      enqueue.assign(after);
      for (const { agent, route } of assignments) enqueue(tell(agentAt(agent), assignment(route)));
    }),
    answerClaim: enqueueActions(({ context, event, enqueue }) => {
      if (event.type === 'CLAIM') enqueue(reply(claimRoute(context, event.agent, event) === undefined ? { ok: false, reason: 'not_waiting' } : { ok: true }));
    }),
    /** A task that ended before its agent began it is still in that agent's queue. */
    withdraw: enqueueActions(({ context, event, enqueue }) => {
      if (event.type !== 'TASK_ENDED') return;
      const held = context.assigned[routeKey(event)];
      if (held !== undefined && held.agent !== event.agent) enqueue(tell(agentAt(held.agent), { type: 'WITHDRAW', planId: event.planId, taskId: event.taskId }));
    }),
  },
}).createMachine({
  id: 'router',
  context: EMPTY_ROUTER,
  initial: 'routing',
  states: {
    routing: {
      on: {
        GET: { actions: reply(({ context }: { context: RouterContext }) => ({ agents: routable(context), waiting: context.waiting })) },
        ROUTE: { actions: 'route' },
        AVAILABLE: { actions: 'route' },
        UNAVAILABLE: { actions: 'route' },
        RETURN: { actions: 'route' },
        CLAIM: { actions: ['answerClaim', 'route'] },
        TASK_ENDED: { actions: ['withdraw', 'route'] },
      },
    },
  },
});
