// A decision that is remembered, and the offer of it after many: what people are told and what comes of it.
import { describe, expect, it } from 'vitest';
import { POLICY } from '../../../actors/policy/policy.ts';
import { task } from '../../support/fleet-node.ts';
import { runningNode, type TestNode } from '../../support/running-node.ts';
import { settle } from '../../support/settle.ts';

const ACTION = { type: 'BASH_COMMAND', payload: { command: 'npm test' } };

/** As approvals record it. */
async function asked(test: TestNode, n: number, decision: 'approved' | null, more: object = {}): Promise<void> {
  const id = `p.t.${n}.1`;
  const verdict = { level: 'MEDIUM', findings: [], actionHash: 'a'.repeat(64) };
  const request = {
    id,
    request: id,
    planId: 'p',
    taskId: 't',
    agent: 'testing',
    action: ACTION,
    verdict,
    requestedAt: 1,
    expiresAt: 9e15,
    rung: 'operator',
    mayDecide: null,
    ...more,
  };
  // Only so many facts without an actor are kept at once.
  test.services.clock.advance(2_000);
  test.system.record('approval.requested', request);
  await settle();
  if (decision !== null) test.system.record('approval.decided', { id, decision, by: 'ann', why: '', at: 2, votes: [{ by: 'ann', why: '', at: 2 }] });
  await settle();
}

const offers = async (test: TestNode) => (await test.run<{ items: ReadonlyArray<{ id: string; offer?: string }> }>('approval.list')).items.map(({ id, offer }) => [id, offer]);

describe('what was approved again and again', () => {
  it('is offered as a rule from the twelfth time on, to the word by which the rule is made, and not before', async () => {
    const test = await runningNode();
    for (let n = 0; n < 11; n += 1) await asked(test, n, 'approved');
    await asked(test, 100, null);
    expect(await offers(test)).toEqual([['p.t.100.1', undefined]]);
    await asked(test, 11, 'approved');
    expect(await offers(test)).toEqual([['p.t.100.1', 'approved 12 times: `troupe approve p.t.100.1 --remember always` makes a rule of it']]);
  });

  it('is no offer for another agent, another action, or what is CRITICAL', async () => {
    const test = await runningNode();
    for (let n = 0; n < 12; n += 1) await asked(test, n, 'approved');
    await asked(test, 100, null, { agent: 'database' });
    await asked(test, 101, null, { action: { ...ACTION, payload: { command: 'npm test -- --all' } } });
    await asked(test, 102, null, { verdict: { level: 'CRITICAL', findings: [], actionHash: 'a'.repeat(64) } });
    expect((await offers(test)).map(([, offer]) => offer)).toEqual([undefined, undefined, undefined]);
  });
});

describe('an approval that is to be remembered', () => {
  it('decides nothing where no rule can be made of it; without the rule it is decided', async () => {
    const test = await runningNode();
    const scope = { agent: null, repository: null, task: null };
    const rule = { owner: 'ann', why: 'w', addedAt: 0, expiresAt: 9e15, scope, does: { kind: 'raise', finding: 'x', level: 'HIGH' } };
    await Promise.all(Array.from({ length: 1_000 }, (_, n) => test.ask(POLICY, { type: 'ADD_RULE', rule: { ...rule, id: `r-${n}` } })));
    await test.submit('kept', [task('k', { agent: 'testing', steps: [{ kind: 'bash', payload: { command: 'risk HIGH 5' }, idempotent: false }] })]);
    const request = 'kept.k.0.1';
    const waiting = async () => (await test.run<{ items: ReadonlyArray<{ id: string }> }>('approval.list')).items.map(({ id }) => id);
    await expect(test.run('approval.decide', { request, decision: 'approve', remember: 'day' })).rejects.toMatchObject({
      code: 'InvalidInput',
      message: expect.stringContaining('there are too many rules'),
    });
    await settle();
    expect(await waiting()).toEqual([request]);
    expect(await test.run('approval.decide', { request, decision: 'approve' })).toMatchObject({ state: 'granted' });
    await settle();
    expect(await waiting()).toEqual([]);
  });
});
