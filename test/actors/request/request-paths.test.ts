import { describe, expect, it } from 'vitest';
import { getAdjacencyMap } from 'xstate/graph';
import { isGranted } from '../../../actors/request/grant.ts';
import { requestMachine } from '../../../actors/request/request.machine.ts';
import type { RequestContext, RequestOrder } from '../../../actors/request/request-context.ts';
import type { RiskLevel } from '../../../actors/work/types.ts';
import { testServices } from '../../support/work-services.ts';

const HASH = 'a'.repeat(64);
const order: RequestOrder = {
  id: 'p.t.0.1',
  planId: 'p',
  taskId: 't',
  task: 'tasks/p.t',
  step: 0,
  attempt: 1,
  agent: 'testing',
  action: { type: 'BASH_COMMAND', payload: { command: 'x' } },
  idempotent: false,
  timeoutMs: 1,
  workspace: '/w',
  caller: 'ann',
  approve: 'MEDIUM',
  approvalMs: 1,
};
const assessed = (level: RiskLevel) => ({
  type: 'xstate.done.actor.0.request.assessing',
  output: {
    terms: level === 'LOW' ? null : testServices().approvals.terms(level),
    verdict: { level, findings: [{ rule: 'r', level, why: 'w' }], actionHash: HASH, policy: 't' },
    surroundings: { workspace: '/w', deployRoot: '/d', healthUrl: 'h' },
  },
});
const decided = (approval: string, decision: 'approved' | 'denied' | 'expired', actionHash = HASH) => ({
  type: 'APPROVAL_DECIDED',
  approval,
  decision,
  by: 'bob',
  why: '',
  at: 1,
  actionHash,
});
const events = [
  ...(['LOW', 'MEDIUM', 'HIGH', 'CRITICAL'] as const).map(assessed),
  ...['X', 'JournalUnavailable'].map((code) => ({ type: 'xstate.error.actor.0.request.assessing', error: { code, message: code } })),
  { type: 'xstate.after.pause.request.waiting_to_assess' },
  { type: 'xstate.done.actor.0.request.executing', output: { status: 'succeeded' } },
  { type: 'xstate.done.actor.0.request.executing', output: { status: 'cancelled' } },
  ...['SessionLost', 'NoSession', 'GateMismatch'].map((code) => ({ type: 'xstate.error.actor.0.request.executing', error: { code, message: code } })),
  { type: 'xstate.after.pause.request.pausing' },
  ...['p.t.0.1', 'p.t.0.1.rerun-1', 'p.t.9.1'].flatMap((approval) => [
    { type: 'APPROVAL_WAITS', approval },
    ...(['approved', 'denied', 'expired'] as const).map((decision) => decided(approval, decision)),
    decided(approval, 'approved', 'b'.repeat(64)),
  ]),
  ...['rerun', 'done', 'skip', 'fail'].map((action) => ({ type: 'RESOLVE', action, by: 'bob', why: 'w' })),
  ...['p.t.0.1', 'another'].flatMap((deployment) => (['succeeded', 'failed'] as const).map((status) => ({ type: 'DEPLOYMENT_ENDED', deployment, outcome: { status } }))),
  { type: 'INTERRUPT', why: 'w' },
  { type: 'CANCEL', by: 'bob', why: 'w' },
  { type: 'FORGET' },
];

interface Reached {
  readonly value: unknown;
  readonly context: RequestContext;
}

function everyStep(input: RequestOrder) {
  const map = getAdjacencyMap(
    requestMachine(testServices()) as never,
    {
      input: input as never,
      events: events as never,
      // Counters and times do not make a new state.
      serializeState: (state: unknown) => {
        const { value, context } = state as Reached;
        return JSON.stringify([
          value,
          context.verdict?.level,
          context.grant?.by,
          context.grant?.actionHash,
          context.grant?.approval,
          context.approval,
          context.held,
          context.refusal?.by,
          context.outcome?.status,
        ]);
      },
      limit: 10_000,
    } as never,
  );
  const nodes = Object.values(map) as unknown as Array<{ state: Reached; transitions: Record<string, { event: { type: string }; state: Reached }> }>;
  return nodes.flatMap(({ state, transitions }) => Object.values(transitions).map((transition) => ({ from: state, event: transition.event, to: transition.state })));
}

describe('all paths of a deployment request', () => {
  const steps = everyStep({ ...order, action: { type: 'DEPLOYMENT', payload: { environment: 'production', version: '1.0.0' } } });
  const deploying = steps.filter(({ to }) => to.value === 'deploying');

  it('give it to its saga only under a grant of exactly the assessed hash, and execute nothing themselves', () => {
    expect(deploying.length).toBeGreaterThan(3);
    for (const { to } of deploying) expect([isGranted(to.context), to.context.grant?.actionHash]).toEqual([true, HASH]);
    expect(steps.filter(({ to }) => to.value === 'executing')).toEqual([]);
  });

  it('leave it only by the word of its own saga, or when it is cancelled or forgotten', () => {
    const left = steps.filter(({ from, to }) => from.value === 'deploying' && to.value !== 'deploying');
    expect(new Set(left.map(({ event }) => event.type))).toEqual(new Set(['DEPLOYMENT_ENDED', 'CANCEL', 'FORGET']));
    for (const { event } of left) if (event.type === 'DEPLOYMENT_ENDED') expect(event).toMatchObject({ deployment: 'p.t.0.1' });
  });
});

describe('all paths of a request', () => {
  const steps = everyStep(order);
  const states = steps.flatMap(({ from, to }) => [from, to]);

  it('reach every kind of state', () => {
    const seen = new Set(states.map(({ value }) => JSON.stringify(value)));
    for (const value of ['assessing', 'waiting_to_assess', 'awaiting_decision', 'executing', 'pausing', 'interrupted', 'forgotten']) expect(seen).toContain(JSON.stringify(value));
    for (const leaf of ['succeeded', 'failed', 'denied', 'cancelled', 'skipped']) expect(seen).toContain(JSON.stringify({ settled: leaf }));
  });

  it('execute nothing without a grant of exactly the assessed hash (G10)', () => {
    const executing = states.filter(({ value }) => value === 'executing');
    expect(executing.length).toBeGreaterThan(3);
    for (const { context } of executing) {
      expect(isGranted(context)).toBe(true);
      expect(context.grant?.actionHash).toBe(context.verdict?.actionHash);
    }
  });

  it('begin to execute what is above LOW only under the grant of its own approval', () => {
    for (const { to } of steps.filter((step) => step.to.value === 'executing' && step.to.context.verdict?.level !== 'LOW'))
      expect(to.context.grant).toMatchObject({ decision: 'approved', by: 'bob', approval: expect.stringMatching(/^p\.t\.0\.1(\.rerun-\d+)?$/) });
  });

  it('take no decision of another approval, and none after a no', () => {
    for (const { from, to, event } of steps) {
      if (event.type !== 'APPROVAL_DECIDED' || from.context.approval === (event as { approval?: string }).approval) continue;
      expect(to.value).toEqual(from.value);
      expect(to.context.grant).toEqual(from.context.grant);
    }
  });

  it('leave no approval without an end: once the request needs it no more, it is told', () => {
    for (const { value, context } of states) if (typeof value === 'object' || value === 'interrupted' || value === 'forgotten') expect(context.approval).toBeNull();
  });

  it('repeat what is not idempotent after a cut-off only when somebody resolved it (G4)', () => {
    const again = steps.filter((step) => step.from.value === 'interrupted' && step.to.value === 'executing');
    expect(again.length).toBeGreaterThan(0);
    for (const { event } of again) expect(event.type).toBe('RESOLVE');
    const lost = steps.filter(
      (step) => step.from.value === 'executing' && step.event.type.startsWith('xstate.error') && (step.event as { error?: { code?: string } }).error?.code === 'SessionLost',
    );
    for (const { to } of lost) expect(to.value).toBe('interrupted');
  });

  it('leave a settled request as it is, whatever is sent', () => {
    for (const { from, to, event } of steps) {
      if (typeof from.value !== 'object' || event.type === 'FORGET') continue;
      expect(to.value).toEqual(from.value);
      expect(to.context.outcome).toEqual(from.context.outcome);
    }
  });
});
