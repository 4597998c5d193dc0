import { describe, expect, it } from 'vitest';
import type { ApprovalOrder } from '../../../actors/approval/approval-context.ts';
import { DEFAULT_APPROVALS, termsFor } from '../../../actors/approval/terms.ts';
import { DEFAULT_ROUND_POLICY } from '../../../actors/consensus/round-order.ts';
import { memoryStore } from '../../../runtime/index.ts';
import { approvalNode, approvalOrder, BY_PEOPLE, HASH, ID } from '../../support/approvals.ts';
import { decide } from '../../support/decide.ts';
import { settle } from '../../support/settle.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const USE = { type: 'USE', actionHash: HASH, epoch: 1, use: 1 };
const WITH_DELEGATE = {
  ...DEFAULT_APPROVALS,
  MEDIUM: {
    ...DEFAULT_APPROVALS.MEDIUM,
    rungs: [
      { who: 'delegate' as const, afterMs: 0, names: ['supervisor', 'testing'] },
      { who: 'operator' as const, afterMs: HOUR, names: ['ann'] },
      { who: 'second' as const, afterMs: DAY, names: ['bob'] },
    ],
  },
};

async function opened(order: ApprovalOrder) {
  const approvals = await approvalNode();
  await approvals.open(order);
  return approvals;
}

describe('an approval', () => {
  it('waits for a person, tells its request what was decided, and gives its grant once', async () => {
    const { value, ask, tell, heard, facts } = await opened(approvalOrder('HIGH'));
    expect(value()).toEqual({ open: 'awaiting_operator' });
    expect(await ask(USE)).toEqual({ ok: false, reason: 'not_granted' });
    expect(await ask(decide('approve', { reason: 'fine', actionHash: HASH }))).toEqual({ ok: true, state: 'granted', missing: 0 });
    await settle();
    expect(heard()).toMatchObject([{ type: 'APPROVAL_WAITS' }, { type: 'APPROVAL_DECIDED', decision: 'approved', by: 'bob', why: 'fine', actionHash: HASH }]);
    expect(await ask({ ...USE, actionHash: 'b'.repeat(64) })).toEqual({ ok: false, reason: 'hash_mismatch' });
    expect(await ask(USE)).toEqual({ ok: true });
    for (const again of [USE, { ...USE, use: 2 }, { ...USE, epoch: 2 }]) expect(await ask(again)).toEqual({ ok: false, reason: 'used' });
    await tell({ type: 'REQUEST_ENDED', status: 'succeeded', why: '' });
    await settle();
    expect(value()).toBeUndefined();
    expect((await facts()).map(({ kind }) => kind)).toEqual([
      'approval.requested',
      'approval.misused',
      'approval.decided',
      'approval.misused',
      'approval.used',
      'approval.misused',
      'approval.misused',
      'approval.misused',
      'approval.ended',
    ]);
    await expect(ask(USE)).rejects.toMatchObject({ code: 'NoSuchActor' });
  });

  it('refuses an activation of its request that is older than one it has seen', async () => {
    const { ask, tell } = await opened(approvalOrder('HIGH', { idempotent: true }));
    await ask(decide('approve'));
    expect(await ask({ ...USE, epoch: 7 })).toEqual({ ok: true });
    expect(await ask({ ...USE, epoch: 6, use: 2 })).toEqual({ ok: false, reason: 'stale_epoch' });
    await tell({ type: 'RETURNED', use: 1 });
    await settle();
    expect(await ask({ ...USE, epoch: 6, use: 2 })).toEqual({ ok: false, reason: 'stale_epoch' });
    expect(await ask({ ...USE, epoch: 8, use: 1 })).toEqual({ ok: false, reason: 'used' });
    expect(await ask({ ...USE, epoch: 8, use: 2 })).toEqual({ ok: true });
    expect(await ask({ ...USE, epoch: 9, use: 2 })).toEqual({ ok: true });
  });

  it('gives what may be repeated its grant once more when the activation that had it died before its first commit, and so shares its epoch with the next (K27)', async () => {
    const { ask } = await opened(approvalOrder('HIGH', { idempotent: true }));
    await ask(decide('approve'));
    expect(await ask({ ...USE, epoch: 7, use: 2 })).toEqual({ ok: true });
    expect(await ask({ ...USE, epoch: 7, use: 2 })).toEqual({ ok: true });
    expect(await ask({ ...USE, epoch: 7, use: 1 })).toEqual({ ok: false, reason: 'used' });
  });

  it('gives its grant again only when it came back unused, or for what may be repeated', async () => {
    const { ask, tell } = await opened(approvalOrder('HIGH'));
    await ask(decide('approve'));
    await ask(USE);
    await tell({ type: 'RETURNED', use: 1 });
    await settle();
    expect(await ask({ ...USE, use: 2 })).toEqual({ ok: true });
    expect(await ask({ ...USE, use: 3 })).toEqual({ ok: false, reason: 'used' });
  });

  it('climbs its ladder: the delegate, then one person, then also another, then it is expired', async () => {
    const { node, value, ask, heard, facts } = await opened(approvalOrder('MEDIUM', {}, WITH_DELEGATE));
    expect(value()).toEqual({ open: 'awaiting_delegate' });
    expect((await facts('approval.requested'))[0]?.body.mayDecide).toMatchObject({ agents: ['supervisor'], people: ['ann'], not: ['testing'], count: 1 });
    expect(await ask(decide('approve', { by: 'bob' }))).toEqual({ ok: false, reason: 'not_asked' });
    await node.pass(HOUR);
    expect(value()).toEqual({ open: 'awaiting_operator' });
    await node.pass(DAY - HOUR);
    expect(value()).toEqual({ open: 'awaiting_second' });
    expect((await facts('approval.escalated')).map(({ body }) => [body.rung, (body.mayDecide as { people: unknown }).people])).toEqual([
      ['operator', ['ann']],
      ['second', ['ann', 'bob']],
    ]);
    await node.pass(6 * DAY);
    expect(value()).toBeUndefined();
    expect(heard().at(-1)).toMatchObject({ decision: 'expired', by: 'deadline' });
    expect((await facts('approval.decided')).map(({ body }) => body.decision)).toEqual(['expired']);
  });

  it('takes a delegate that was asked, mails it, and takes no other agent, by whatever name it goes', async () => {
    const { node, ask } = await opened(approvalOrder('MEDIUM', {}, WITH_DELEGATE));
    expect(node.deadLetters()).toContain('noproc MESSAGE');
    for (const by of ['testing', 'agents/testing', 'agent:testing']) expect(await ask(decide('approve', { by, as: 'agent' }))).toEqual({ ok: false, reason: 'own_request' });
    expect(await ask(decide('approve', { by: 'database', as: 'agent' }))).toEqual({ ok: false, reason: 'not_asked' });
    expect(await ask(decide('approve', { by: 'agents/database' }))).toEqual({ ok: false, reason: 'not_asked' });
    expect(await ask(decide('approve', { by: 'supervisor', as: 'agent' }))).toMatchObject({ ok: true, state: 'granted' });
  });

  it('of critical risk takes two different people, and neither the agent that asks nor whoever gave it the work', async () => {
    const { ask, facts } = await opened(approvalOrder('CRITICAL', { approve: 'HIGH' }));
    expect(await ask(decide('approve', { by: 'ann' }))).toEqual({ ok: false, reason: 'asked_for_it' });
    expect(await ask(decide('approve', { by: 'testing' }))).toEqual({ ok: false, reason: 'own_request' });
    expect(await ask(decide('approve', { by: 'bob' }))).toEqual({ ok: true, state: 'waiting', missing: 1 });
    expect(await ask(decide('approve', { by: 'bob' }))).toEqual({ ok: false, reason: 'voted_already' });
    expect(await ask(decide('approve', { by: 'eve' }))).toEqual({ ok: true, state: 'granted', missing: 0 });
    expect((await facts('approval.decided'))[0]?.body.votes).toMatchObject([{ by: 'bob' }, { by: 'eve' }]);
    expect((await facts('approval.refused')).map(({ body }) => body.reason)).toEqual(['asked_for_it', 'own_request', 'voted_already']);
  });

  it('of critical risk asks the fleet first; people may stop it, and then have the last word where the policy says so', async () => {
    const withRound = (thenPerson: boolean) => opened(approvalOrder('CRITICAL', {}, DEFAULT_APPROVALS, { ...DEFAULT_ROUND_POLICY, thenPerson }));
    const decided = (outcome: string, more: object = {}) => ({
      type: 'ROUND_DECIDED',
      round: `${ID}.round`,
      outcome,
      actionHash: HASH,
      tally: {},
      reasons: [{ voter: 'testing', vote: 'yes', why: 'green' }],
      ...more,
    });
    const first = await withRound(true);
    expect(first.value()).toEqual({ open: 'awaiting_round' });
    expect(first.node.system.childTable('rounds')?.which()).toMatchObject([{ id: `${ID}.round` }]);
    expect(await first.ask(decide('approve'))).toEqual({ ok: false, reason: 'round_first' });
    for (const foreign of [decided('accepted', { round: 'other' }), decided('accepted', { actionHash: 'b'.repeat(64) })]) await first.tell(foreign);
    await first.node.pass(DAY);
    expect(first.value()).toEqual({ open: 'awaiting_round' });
    await first.tell(decided('accepted'));
    await settle();
    expect(first.value()).toEqual({ open: 'awaiting_second' });
    expect(await first.ask(decide('approve'))).toMatchObject({ state: 'waiting', missing: 1 });
    expect(await first.ask(decide('approve', { by: 'eve' }))).toMatchObject({ state: 'granted' });
    const alone = await withRound(false);
    await alone.tell(decided('accepted'));
    await settle();
    expect(alone.heard().at(-1)).toMatchObject({ decision: 'approved', by: `round ${ID}.round`, why: 'testing yes: green' });
    const rejected = await withRound(false);
    await rejected.tell(decided('rejected'));
    await settle();
    expect(rejected.heard().at(-1)).toMatchObject({ decision: 'denied', by: `round ${ID}.round` });
    const undecided = await withRound(false);
    await undecided.tell(decided('expired'));
    await settle();
    expect(undecided.value()).toEqual({ open: 'awaiting_operator' });
    const stopped = await withRound(true);
    expect(await stopped.ask(decide('deny'))).toMatchObject({ state: 'denied' });
    await settle();
    expect(stopped.node.context(`rounds/${ID}.round`).heard).toMatchObject([{ type: 'WITHDRAW' }]);
  });

  it('takes as many people as its quorum says, and one no is a no', async () => {
    const quorum = { ...BY_PEOPLE, HIGH: { ...DEFAULT_APPROVALS.HIGH, people: 3 } };
    const { ask, heard } = await opened(approvalOrder('HIGH', {}, quorum));
    expect(await ask(decide('approve', { by: 'a' }))).toMatchObject({ missing: 2 });
    expect(await ask(decide('approve', { by: 'b' }))).toMatchObject({ missing: 1 });
    expect(await ask(decide('deny', { by: 'c' }))).toMatchObject({ state: 'denied' });
    await settle();
    expect(heard().at(-1)).toMatchObject({ decision: 'denied', by: 'c' });
  });

  it('up to the level that was confirmed beforehand is granted at once and asks nobody; critical never', async () => {
    const { heard, facts, value } = await opened(approvalOrder('HIGH', { approve: 'HIGH' }));
    expect(value()).toBe('granted');
    expect(heard()).toMatchObject([{ type: 'APPROVAL_DECIDED', by: 'ann', why: 'confirmed beforehand up to HIGH' }]);
    expect(await facts('approval.requested')).toEqual([]);
    expect((await opened(approvalOrder('HIGH', { approve: 'MEDIUM' }))).value()).toEqual({ open: 'awaiting_operator' });
    expect((await opened(approvalOrder('CRITICAL', { approve: 'CRITICAL' }))).value()).toEqual({ open: 'awaiting_operator' });
  });

  it('for what a person wants begun again counts that person, and asks for the others', async () => {
    const rerun = { by: 'bob', why: 'it had not' };
    expect((await opened(approvalOrder('HIGH', { rerun }))).heard()).toMatchObject([{ by: 'bob', why: 'rerun: it had not' }]);
    const { ask, value } = await opened(approvalOrder('CRITICAL', { rerun }));
    expect(value()).toEqual({ open: 'awaiting_operator' });
    expect(await ask(decide('approve', { by: 'bob' }))).toEqual({ ok: false, reason: 'voted_already' });
    expect(await ask(decide('approve', { by: 'eve' }))).toMatchObject({ state: 'granted' });
  });

  it('that wants four eyes takes two people though one would be enough otherwise, and neither of them gave the work', async () => {
    const strict = { ...DEFAULT_APPROVALS, HIGH: { ...DEFAULT_APPROVALS.HIGH, fourEyes: true, people: 1 } };
    const { ask } = await opened(approvalOrder('HIGH', {}, strict));
    expect(await ask(decide('approve', { by: 'ann' }))).toEqual({ ok: false, reason: 'asked_for_it' });
    expect(await ask(decide('approve', { by: 'bob' }))).toEqual({ ok: true, state: 'waiting', missing: 1 });
    expect(await ask(decide('approve', { by: 'bob' }))).toEqual({ ok: false, reason: 'voted_already' });
    expect(await ask(decide('approve', { by: 'eve' }))).toMatchObject({ state: 'granted' });
  });

  it('that wants a login takes no token, no confirmation beforehand, and says so', async () => {
    const terms = termsFor({ approvals: { ...DEFAULT_APPROVALS, login: 'always' }, rounds: DEFAULT_ROUND_POLICY, unhidden: false }, 'HIGH');
    expect(terms).toEqual(termsFor({ approvals: DEFAULT_APPROVALS, rounds: DEFAULT_ROUND_POLICY, unhidden: true }, 'HIGH'));
    const strict = { ...DEFAULT_APPROVALS, login: 'always' as const };
    const { ask, value } = await opened(approvalOrder('HIGH', { approve: 'HIGH' }, strict));
    expect(value()).toEqual({ open: 'awaiting_operator' });
    for (const decision of ['approve', 'deny'] as const) expect(await ask(decide(decision))).toEqual({ ok: false, reason: 'login_wanted' });
    expect(await ask(decide('approve', { login: true }))).toMatchObject({ state: 'granted' });
    expect((await opened(approvalOrder('MEDIUM', { approve: 'MEDIUM' }, strict))).value()).toBe('granted');
  });

  it('is withdrawn when its request is given up, whether it was granted or not', async () => {
    for (const decision of [undefined, 'approve' as const]) {
      const { ask, tell, facts, value } = await opened(approvalOrder('HIGH'));
      if (decision !== undefined) await ask(decide(decision));
      await tell({ type: 'REQUEST_ENDED', status: 'cancelled', why: 'enough' });
      await settle();
      expect(value()).toBeUndefined();
      expect((await facts('approval.ended')).map(({ body }) => body.state)).toEqual(['withdrawn']);
    }
  });

  it('ends as executed or as interrupted, as its execution did', async () => {
    for (const [status, state] of [
      ['failed', 'executed'],
      ['interrupted', 'interrupted'],
      ['cancelled', 'interrupted'],
    ] as const) {
      const { ask, tell, facts } = await opened(approvalOrder('HIGH'));
      await ask(decide('approve'));
      await ask(USE);
      await tell({ type: 'REQUEST_ENDED', status, why: 'w' });
      await settle();
      expect((await facts('approval.ended')).map(({ body }) => body.state)).toEqual([state]);
    }
  });

  it('whose grant nobody used, or whose execution never reported, ends all the same', async () => {
    const unused = await opened(approvalOrder('HIGH'));
    await unused.ask(decide('approve'));
    await unused.node.pass(7 * DAY);
    expect(unused.value()).toBeUndefined();
    expect(unused.heard().at(-1)).toMatchObject({ decision: 'expired', why: 'nobody used it in time' });
    const silent = await opened(approvalOrder('HIGH'));
    await silent.ask(decide('approve'));
    await silent.ask(USE);
    await silent.node.pass(14 * DAY);
    expect(silent.value()).toBeUndefined();
    expect((await silent.facts('approval.ended')).map(({ body }) => body.state)).toEqual(['interrupted']);
  });

  it('waits over the death of its node, and expires at its time, late rather than never', async () => {
    const store = memoryStore();
    const first = await approvalNode({ store });
    await first.open(approvalOrder('HIGH', { waitMs: DAY }));
    first.node.clock.advance(5 * HOUR);
    const { clock } = first.node;
    const second = await approvalNode({ store, clock });
    expect(second.value()).toMatchObject({ open: expect.stringMatching(/awaiting_(operator|second)/) });
    await second.node.pass(1);
    expect(second.value()).toEqual({ open: 'awaiting_second' });
    await second.node.pass(19 * HOUR);
    expect(second.value()).toBeUndefined();
    expect(second.heard(ID).at(-1)).toMatchObject({ decision: 'expired' });
  });
});
