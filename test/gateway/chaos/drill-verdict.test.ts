// Faults are planted into the evidence of a drill, one at a time: each must be seen, and nothing else.
import { describe, expect, it } from 'vitest';
import { type Evidence, judgeDrill } from '../../../gateway/chaos/drill-verdict.ts';

const fact = (kind: string, body: object) => ({ kind, body: JSON.stringify(body) });
const received = (id: string, agent = 'tester') => fact('message.received', { id, agent });
const requested = (planId: string, expiresAt: number) => fact('approval.requested', { id: `${planId}/r`, planId, expiresAt });
const expired = (planId: string, at: number) => fact('approval.decided', { id: `${planId}/r`, by: 'deadline', at });

const WHOLE: Evidence = {
  ledger: {
    messages: [
      { id: 'c0-1', agent: 'tester' },
      { id: 'c0-2', agent: 'tester' },
      { id: 'c1-1', agent: 'tester' },
    ],
    plans: [
      {
        plan: 'p1-a',
        tasks: [
          { task: 't0', mark: 'p1.t0', idempotent: true },
          { task: 't1', mark: 'p1.t1', idempotent: false },
        ],
      },
    ],
    timers: ['w1-a'],
  },
  facts: [received('c0-1'), received('c1-1'), requested('w1-a', 10_000), received('c0-2'), expired('w1-a', 10_400)],
  marks: new Map([
    ['p1.t0', 2],
    ['p1.t1', 1],
  ]),
  ended: new Map([['p1-a', 'succeeded']]),
  causes: new Map(),
  outages: [{ from: 9_000, to: 10_300 }],
};
const NOTHING = { lost: [], doubled: [], late: [], disordered: [] };
const without = (kind: string, id: string) => WHOLE.facts.filter(({ kind: its, body }) => its !== kind || !body.includes(`"${id}"`));

describe('the verdict of a drill', () => {
  it('is clean when every message came once, every step ran, and every timer fired at its time', () => {
    expect(judgeDrill(WHOLE)).toEqual(NOTHING);
  });

  it.each([
    ['a message that was accepted and never received', { facts: without('message.received', 'c0-2') }, { lost: ['message c0-2 to tester was accepted and never received'] }],
    [
      'one that another agent received',
      { facts: [...without('message.received', 'c1-1'), received('c1-1', 'writer')] },
      { lost: ['message c1-1 to tester was accepted and never received'] },
    ],
    ['one that was received twice', { facts: [...WHOLE.facts, received('c0-2')] }, { doubled: ['message c0-2 to tester was received 2 times'] }],
    [
      'one that was received twice though its sender gave it up',
      { facts: [...WHOLE.facts, received('c9-9'), received('c9-9')] },
      { doubled: ['message c9-9 to tester was received 2 times'] },
    ],
    [
      'one that came before an earlier one',
      { facts: [received('c0-2'), ...without('message.received', 'c0-2')] },
      { disordered: ['message c0-2 to tester came before an earlier one'] },
    ],
    ['a step that never ran', { marks: new Map([['p1.t1', 1]]) }, { lost: ['task p1.t0: its plan p1-a is succeeded, its mark is written 0 times'] }],
    [
      'a plan that never ended',
      { ended: new Map([['p1-a', 'running' as const]]) },
      { lost: ['task p1.t0: its plan p1-a is running, its mark is written 2 times', 'task p1.t1: its plan p1-a is running, its mark is written 1 times'] },
    ],
    [
      'a plan that failed, with what is known of why',
      { ended: new Map([['p1-a', 'failed' as const]]), causes: new Map([['p1-a.t1', 'StepFailed: exit code 1']]) },
      { lost: ['task p1.t0: its plan p1-a is failed, its mark is written 2 times', 'task p1.t1: its plan p1-a is failed, its mark is written 1 times; StepFailed: exit code 1'] },
    ],
    [
      'a step that may not be repeated and was',
      {
        marks: new Map([
          ['p1.t0', 1],
          ['p1.t1', 2],
        ]),
      },
      { doubled: ['task p1.t1 may not be repeated and ran 2 times'] },
    ],
    ['a timer that never fired', { facts: without('approval.decided', 'w1-a/r') }, { lost: ['the timer of w1-a never fired'] }],
    ['one that fired twice', { facts: [...WHOLE.facts, expired('w1-a', 10_500)] }, { doubled: ['the timer of w1-a fired 2 times'] }],
    [
      'one that fired late, though the node could run',
      { facts: [...without('approval.decided', 'w1-a/r'), expired('w1-a', 13_500)] },
      { late: ['the timer of w1-a fired 3200 ms late'] },
    ],
    ['one that fired early', { facts: [...without('approval.decided', 'w1-a/r'), expired('w1-a', 9_500)] }, { late: ['the timer of w1-a fired 500 ms early'] }],
  ])('names %s', (_what, planted: Partial<Evidence>, expected) => {
    expect(judgeDrill({ ...WHOLE, ...planted })).toEqual({ ...NOTHING, ...expected });
  });
});
