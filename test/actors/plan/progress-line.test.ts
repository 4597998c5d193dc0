import { describe, expect, it } from 'vitest';
import { progressLines } from '../../../actors/plan/progress-line.ts';

const PLAN = 'demo-1a2b3c';
const request = { id: `${PLAN}.note.2.1`, action: { type: 'BASH_COMMAND', payload: { command: 'touch\n x' } }, verdict: { level: 'HIGH', findings: [{ why: 'not known' }] } };
const taskReport = {
  id: 'note',
  agent: 'testing',
  status: 'running',
  attempts: 1,
  startedAt: 1_000,
  endedAt: null,
  delegation: { from: 'agents/supervisor', to: 'agents/testing', messageId: 'm', at: 1 },
  steps: [],
};

/** The lines of these facts, 100 ms apart. */
const lines = (...facts: readonly [kind: string, body: unknown][]): (string | undefined)[] => {
  const next = progressLines(PLAN);
  return facts.map(([kind, body], index) => next({ at: 5_000 + index * 100, kind, body }));
};

describe('progress', () => {
  it('is a line for each change that a person cares about', () => {
    const report = { type: 'bash', attempts: 1, risk: 'HIGH', verdict: { decision: 'approved', by: 'ann', rules: [] }, startedAt: 1_000, endedAt: 1_500 };
    expect(
      lines(
        ['plan.changed', { planId: PLAN, status: 'running', branch: null }],
        ['task.delegated', { planId: PLAN, taskId: 'note', delegatedBy: 'agents/supervisor', messageId: '0193-a' }],
        ['task.changed', { planId: PLAN, taskId: 'note', report: taskReport }],
        ['request.recorded', request],
        ['approval.requested', request],
        ['approval.decided', { id: request.id, decision: 'approved', by: 'ann', why: 'looks right' }],
        ['request.changed', { id: request.id, planId: PLAN, report: { ...report, status: 'failed', exitCode: 2 } }],
        ['task.changed', { planId: PLAN, taskId: 'note', report: { ...taskReport, status: 'succeeded', attempts: 2, endedAt: 3_000 } }],
        ['plan.changed', { planId: PLAN, status: 'succeeded', branch: `troupe/${PLAN}` }],
      ),
    ).toEqual([
      '    0 ms  demo-1a2b3c           running',
      '  100 ms  note                  delegated by supervisor (message 0193-a)',
      '  200 ms  note                  running  supervisor → testing',
      '  300 ms  note[2]               $ touch x  [HIGH]',
      '  400 ms  note[2]               waits for a decision, HIGH: not known: troupe approve demo-1a2b3c.note.2.1',
      '  500 ms  note[2]               approved by ann: looks right',
      '  600 ms  note[2]               failed  HIGH approved by ann  exit code 2  500 ms',
      '  700 ms  note                  succeeded  supervisor → testing  2 attempts  2.0 s',
      '  800 ms  demo-1a2b3c           succeeded · branch troupe/demo-1a2b3c',
    ]);
  });

  it('says nothing twice', () => {
    const again = ['task.changed', { planId: PLAN, taskId: 'note', report: taskReport }] as const;
    expect(lines([...again], [...again])[1]).toBeUndefined();
  });

  it('says when a task tries again that rests for long, once', () => {
    const resting = (retryAt: number) =>
      ['task.changed', { planId: PLAN, taskId: 'note', report: { ...taskReport, error: { code: 'StepFailed', message: 'it failed' }, retryAt } }] as [string, unknown];
    const running = ['task.changed', { planId: PLAN, taskId: 'note', report: taskReport }] as [string, unknown];
    expect(lines(running, resting(3_605_100), resting(3_605_100), resting(5_900))).toEqual([
      '    0 ms  note                  running  supervisor → testing',
      '  100 ms  note                  tries again at 1970-01-01 01:00:05 UTC  it failed',
      undefined,
      undefined,
    ]);
  });

  it('says that a step was begun again after its session was lost', () => {
    const changed = (reruns: number) =>
      ['request.changed', { id: request.id, planId: PLAN, report: { type: 'bash', attempts: 1, status: 'running', reruns } }] as [string, unknown];
    expect(lines(changed(0), changed(1))).toEqual([undefined, '  100 ms  note[2]               running  begun again 1 time under the same key']);
  });

  it('passes over other plans and other facts', () => {
    expect(lines(['plan.changed', { planId: 'other', status: 'running', branch: null }], ['agent.changed', { name: 'testing' }], ['toString', { planId: PLAN }])).toEqual([
      undefined,
      undefined,
      undefined,
    ]);
  });
});
