import { describe, expect, it } from 'vitest';
import type { NodeEvent } from '../../../gateway/cli/node-client.ts';
import { Drills } from '../../../gateway/demo/drill.ts';

const event = (kind: string, body: Readonly<Record<string, unknown>>): NodeEvent => ({ id: 1, kind, at: 0, body });
const runs = event('request.changed', { id: 'p.survey.0.1', taskId: 'survey', agent: 'queue-manager', report: { status: 'running' } });
const asks = event('approval.requested', { planId: 'p', taskId: 'store', agent: 'database' });

function drills(session: unknown = { pid: 42, epoch: 7 }) {
  const log: string[] = [];
  const client = {
    call: async <T>(operation: string, input?: object): Promise<T> => {
      log.push(`${operation} ${JSON.stringify(input)}`);
      return { session } as T;
    },
  };
  const planted = new Drills({ client, task: 'survey', kill: (pid) => void log.push(`kill ${pid}`) });
  return { log, planted, observe: (one: NodeEvent) => planted.observe(one, (text) => void log.push(text.trim())) };
}

describe('the drills', () => {
  it('kill the session of the agent whose step runs, once, and say so before', async () => {
    const { log, planted, observe } = drills();
    await observe(runs);
    await observe(runs);
    expect(log).toEqual(['agent.status {"agent":"queue-manager"}', 'drill: kill -9 42, the session of queue-manager, while p.survey.0.1 runs', 'kill 42']);
    expect(planted.done.session).toEqual({ agent: 'queue-manager', request: 'p.survey.0.1', pid: 42, epoch: 7 });
  });

  it('kill the actor of the plan while an approval waits, once', async () => {
    const { log, planted, observe } = drills();
    await observe(asks);
    await observe(asks);
    expect(log).toEqual(['drill: kill the actor plans/p while an approval waits', 'actor.kill {"address":"plans/p"}']);
    expect(planted.done.actor).toEqual({ address: 'plans/p' });
  });

  it('leave other tasks and other states alone', async () => {
    const { log, observe } = drills();
    await observe(event('request.changed', { ...runs.body, taskId: 'other' }));
    await observe(event('request.changed', { ...runs.body, report: { status: 'succeeded' } }));
    await observe(event('plan.changed', { planId: 'p' }));
    expect(log).toEqual([]);
  });

  it.each([null, { pid: null, epoch: 7 }])('fail when there is no process to kill (%j), so that nothing is claimed', async (session) => {
    await expect(drills(session).observe(runs)).rejects.toThrow("'queue-manager' has no session to kill");
  });
});
