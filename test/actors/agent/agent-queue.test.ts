import { describe, expect, it } from 'vitest';
import type { Assignment } from '../../../actors/agent/agent-context.ts';
import { enqueueTask, withoutTask } from '../../../actors/agent/agent-queue.ts';

const assignment = (taskId: string, priority: Assignment['priority'] = 'normal'): Assignment => ({
  planId: 'p',
  taskId,
  delegatedBy: 'agents/supervisor',
  messageId: 'm',
  priority,
});
const order = (given: readonly Assignment[]): string[] =>
  given.reduce<readonly Assignment[]>((queue, next) => enqueueTask({ current: null, queue }, next), []).map(({ taskId }) => taskId);

describe('the queue of an agent', () => {
  it('keeps the order of arrival within a priority, and higher priorities before lower ones', () => {
    expect(order([assignment('a'), assignment('low', 'low'), assignment('b'), assignment('high', 'high'), assignment('c')])).toEqual(['high', 'a', 'b', 'c', 'low']);
  });

  it('takes a task once, queued or under way', () => {
    expect(order([assignment('a'), assignment('a', 'high')])).toEqual(['a']);
    expect(enqueueTask({ current: assignment('a'), queue: [] }, assignment('a'))).toEqual([]);
  });

  it('drops exactly the withdrawn task', () => {
    expect(withoutTask([assignment('a'), assignment('b')], { planId: 'p', taskId: 'a' })).toEqual([assignment('b')]);
    expect(withoutTask([assignment('a')], { planId: 'other', taskId: 'a' })).toEqual([assignment('a')]);
  });
});
