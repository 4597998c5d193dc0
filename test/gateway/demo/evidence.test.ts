import { describe, expect, it } from 'vitest';
import type { PlanReport, TaskReport, WorkStatus } from '../../../actors/work/types.ts';
import type { NodeEvent } from '../../../gateway/cli/node-client.ts';
import { ExecutionCount, factsTrue, nothingLost, nothingTwice, readFacts } from '../../../gateway/demo/evidence.ts';

const task = (id: string, status: WorkStatus = 'succeeded', delegated = true): TaskReport => ({
  id,
  agent: `agent-of-${id}`,
  status,
  attempts: 1,
  startedAt: 0,
  endedAt: 1,
  delegation: delegated ? { from: 'agents/supervisor', to: `agents/agent-of-${id}`, messageId: 'm', at: 0 } : null,
  steps: [],
});
const plan = (status: WorkStatus, tasks: readonly TaskReport[]): PlanReport => ({ plan: 'p', name: 'p', status, startedAt: 0, endedAt: 1, branch: null, tasks });
const event = (kind: string, body: Readonly<Record<string, unknown>>): NodeEvent => ({ id: 1, kind, at: 0, body });

function counted(...begun: ReadonlyArray<readonly [id: string, idempotent: boolean, times: number]>): ExecutionCount {
  const count = new ExecutionCount();
  for (const [id, idempotent, times] of begun) {
    count.observe(event('request.recorded', { id, idempotent }));
    for (let time = 0; time < times; time += 1) count.observe(event('request.changed', { id, report: { status: 'running' } }));
    count.observe(event('request.changed', { id, report: { status: 'succeeded' } }));
  }
  return count;
}

describe('nothing was lost', () => {
  it('holds when every task succeeded and was handed over by a message', () => {
    expect(nothingLost(plan('succeeded', [task('a'), task('b')]))).toMatchObject({ holds: true, detail: '2 tasks of 2 agents, each delegated by a message' });
  });

  it.each([
    ['a task failed', plan('failed', [task('a'), task('b', 'failed')]), 'b is failed'],
    ['a task was never handed over', plan('succeeded', [task('a', 'succeeded', false)]), 'a is succeeded'],
  ])('does not hold when %s, and says which', (_name, report, detail) => {
    expect(nothingLost(report)).toMatchObject({ holds: false, detail });
  });
});

describe('nothing was run twice', () => {
  const cutOff = 'p.survey.0.1';

  it('holds when what was cut off was begun again and everything else once', () => {
    expect(nothingTwice(counted(['p.a.0.1', false, 1], [cutOff, true, 2]).list(), cutOff)).toMatchObject({ holds: true });
  });

  it.each([
    ['what may not be repeated was begun twice', counted(['p.a.0.1', false, 2], [cutOff, true, 2])],
    ['what may not be repeated never ran', counted(['p.a.0.1', false, 0], [cutOff, true, 2])],
    ['something was repeated without need', counted(['p.a.0.1', true, 2], [cutOff, true, 2])],
    ['what was cut off did not begin again', counted([cutOff, true, 1])],
    ['nothing ran', new ExecutionCount()],
  ])('does not hold when %s', (_name, count) => {
    expect(nothingTwice(count.list(), cutOff).holds).toBe(false);
  });

  it('does not hold when no session was killed: then nothing was shown', () => {
    expect(nothingTwice(counted(['p.a.0.1', false, 1]).list(), undefined).holds).toBe(false);
  });
});

describe('the facts of a report', () => {
  const text = '# Report\n\n- commits: 80 (`git rev-list --count abc`)\n- latest commit: Fix: a (b) (`git log -1`)\n- rows: 5\n';

  it('are read line by line, without the command that checks them', () => {
    expect([...readFacts(text)]).toEqual([
      ['commits', '80'],
      ['latest commit', 'Fix: a (b)'],
      ['rows', '5'],
    ]);
  });

  it('are true when what was found is what they state, and otherwise named', () => {
    expect(factsTrue(readFacts(text), { commits: '80' })).toMatchObject({ holds: true });
    expect(factsTrue(readFacts(text), { commits: '81', files: '3' })).toMatchObject({
      holds: false,
      detail: 'commits is 81, the report says 80, files is 3, the report says nothing',
    });
  });
});
