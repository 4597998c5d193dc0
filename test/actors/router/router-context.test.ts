import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { chooseRoute } from '../../../actors/router/route-choice.ts';
import { addRoute, assignWaiting, EMPTY_ROUTER, noteAgent, type Route, type RouterContext, removeRoute, routable } from '../../../actors/router/router-context.ts';

const route = (taskId: string, agent: string | null = null, capability: readonly string[] | null = null): Route => ({
  planId: 'p',
  taskId,
  agent,
  capability,
  delegatedBy: 'd',
  messageId: 'm',
});
const agents = [
  { name: 'b', capabilities: ['code'], load: 1, state: 'available' as const },
  { name: 'a', capabilities: ['code', 'ui'], load: 1, state: 'available' as const },
  { name: 'c', capabilities: ['code', 'ui'], load: 0, state: 'unavailable' as const },
];

describe('the choice of an agent', () => {
  it('takes the named one, when it is there', () => {
    expect(chooseRoute({ agent: 'b' }, agents)).toEqual({ ok: true, agent: 'b' });
    expect(chooseRoute({ agent: 'c' }, agents)).toEqual({ ok: false, reason: 'agent_unavailable' });
    expect(chooseRoute({ agent: 'x' }, agents)).toEqual({ ok: false, reason: 'unknown_agent' });
  });

  it('takes the least loaded that has every capability, ties by name', () => {
    expect(chooseRoute({ capability: ['code'] }, agents)).toEqual({ ok: true, agent: 'a' });
    expect(chooseRoute({ capability: ['code'] }, [...agents, { name: 'z', capabilities: ['code'], load: 0, state: 'available' }])).toEqual({ ok: true, agent: 'z' });
    expect(chooseRoute({ capability: ['ui', 'code'] }, agents)).toEqual({ ok: true, agent: 'a' });
    expect(chooseRoute({ capability: ['sql'] }, agents)).toEqual({ ok: false, reason: 'no_such_capability' });
    expect(chooseRoute({ capability: ['ui'] }, agents.slice(2))).toEqual({ ok: false, reason: 'none_available' });
  });
});

describe('the router', () => {
  it('keeps what nobody can take, and gives it out in order once somebody can', () => {
    let context = addRoute(addRoute(EMPTY_ROUTER, route('one', 'a')).context, route('two', 'a')).context;
    expect(context.waiting.map(({ route: { taskId }, reason }) => [taskId, reason])).toEqual([
      ['one', 'unknown_agent'],
      ['two', 'unknown_agent'],
    ]);
    const { context: after, assignments } = assignWaiting(noteAgent(context, { name: 'a', capabilities: [], state: 'available' }));
    context = after;
    expect(assignments.map(({ route: { taskId } }) => taskId)).toEqual(['one', 'two']);
    expect(routable(context)).toMatchObject([{ name: 'a', load: 2 }]);
    expect(routable(removeRoute(context, route('one')))).toMatchObject([{ name: 'a', load: 1 }]);
  });

  it('has every task at exactly one place, whatever comes in whatever order', () => {
    const name = fc.constantFrom('a', 'b');
    const id = fc.constantFrom('t1', 't2', 't3');
    const event = fc.oneof(
      fc.record({ type: fc.constant('route' as const), id, agent: fc.option(name), capability: fc.option(fc.constantFrom(['code'], ['ui'])) }),
      fc.record({ type: fc.constantFrom('up' as const, 'down' as const), name }),
      fc.record({ type: fc.constant('ended' as const), id }),
    );
    fc.assert(
      fc.property(fc.array(event, { maxLength: 30 }), (events) => {
        const open = new Set<string>();
        let context: RouterContext = EMPTY_ROUTER;
        for (const next of events) {
          if (next.type === 'route') {
            open.add(next.id);
            context = addRoute(context, route(next.id, next.agent, next.capability)).context;
          } else if (next.type === 'ended') {
            open.delete(next.id);
            context = removeRoute(context, route(next.id));
          } else {
            const noted = noteAgent(context, { name: next.name, capabilities: ['code', 'ui'], state: next.type === 'up' ? 'available' : 'unavailable' });
            context = assignWaiting(noted).context;
          }
          const places = [...Object.values(context.assigned).map(({ route: { taskId } }) => taskId), ...context.waiting.map(({ route: { taskId } }) => taskId)];
          expect(places.sort()).toEqual([...open].sort());
        }
      }),
    );
  });
});
