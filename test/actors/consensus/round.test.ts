import { describe, expect, it } from 'vitest';
import { publicKeyOf } from '../../../actors/consensus/signature.ts';
import { settle } from '../../support/settle.ts';
import { signedVote, testKey } from '../../support/voter-keys.ts';
import { ballot, HASH, OTHER_HASH, PEOPLE, roundNode, roundOrder } from './round-node.ts';

const COUNTED = { ok: true, repeated: false };
const AGAIN = { ok: true, repeated: true };
const refused = (reason: string) => ({ ok: false, reason });

async function opened(more: Parameters<typeof roundOrder>[0] = {}) {
  const node = await roundNode();
  await node.open(roundOrder(more));
  return node;
}

describe('a round', () => {
  it('is decided by its votes as soon as they suffice, and tells who opened it once', async () => {
    const { cast, told, report, facts } = await opened();
    for (const voter of PEOPLE.slice(0, 3)) expect(await cast(ballot(voter, 'yes'))).toEqual(COUNTED);
    await settle();
    const tally = { yes: 3, no: 0, abstain: 0, void: 0, missing: 2 };
    const reasons = PEOPLE.slice(0, 3).map((voter) => ({ voter, vote: 'yes', why: `${voter} says yes` }));
    expect(told()).toEqual([{ type: 'ROUND_DECIDED', round: 'r-1', outcome: 'accepted', actionHash: HASH, tally, reasons }]);
    expect(await report()).toMatchObject({ outcome: 'accepted', decidedBy: 'votes', tally });
    expect(await facts('round.decided')).toMatchObject([{ id: 'r-1', outcome: 'accepted', by: 'votes', tally, reasons }]);
  });

  it('is rejected as soon as it cannot be won any more', async () => {
    const { cast, told } = await opened();
    for (const voter of PEOPLE.slice(0, 3)) await cast(ballot(voter, 'no'));
    await settle();
    expect(told()).toMatchObject([{ outcome: 'rejected' }]);
  });

  it('is rejected by one who has the veto, whoever else says yes', async () => {
    const { cast, told } = await opened({ veto: ['person:eve'] });
    for (const voter of PEOPLE.slice(0, 4)) await cast(ballot(voter, 'yes'));
    await settle();
    expect(told()).toEqual([]);
    await cast(ballot('person:eve', 'no'));
    await settle();
    expect(told()).toMatchObject([{ outcome: 'rejected' }]);
  });

  it('expires at its deadline: time alone accepts nothing', async () => {
    const { cast, told, services, report } = await opened({ threshold: 2, quorum: 4 });
    for (const voter of PEOPLE.slice(0, 3)) await cast(ballot(voter, 'yes'));
    services.clock.advance(59_999);
    await settle();
    expect(told()).toEqual([]);
    services.clock.advance(1);
    await settle();
    expect(told()).toMatchObject([{ outcome: 'expired', tally: { yes: 3, missing: 2 } }]);
    expect(await report()).toMatchObject({ outcome: 'expired', decidedBy: 'deadline' });
  });

  it.each([
    ['of another round', 'other_round', ballot('person:ann', 'yes', { round: 'r-0' })],
    ['on another action', 'other_action', ballot('person:ann', 'yes', { actionHash: OTHER_HASH })],
    ['of somebody who is no voter', 'foreign', ballot('person:mallory', 'yes')],
    ['that another key has signed', 'bad_signature', signedVote({ round: 'r-1', actionHash: HASH, voter: 'person:ann', vote: 'yes' }, testKey('person:bob'))],
    ['that was changed after it was signed', 'bad_signature', { ...ballot('person:ann', 'yes'), vote: 'no' as const }],
    ['whose time was changed after it was signed', 'bad_signature', { ...ballot('person:ann', 'yes'), at: 7 }],
    ['whose signature is none', 'bad_signature', { ...ballot('person:ann', 'yes'), signature: '' }],
  ])('refuses a vote %s as %s, records it, and harms nobody by it', async (_what, reason, vote) => {
    const { cast, facts, report } = await opened();
    expect(await cast(vote)).toEqual(refused(reason));
    expect(await facts('round.refused')).toMatchObject([{ id: 'r-1', reason, voter: vote.voter, claimedRound: vote.round, voids: false }]);
    expect(await facts('round.vote')).toEqual([]);
    expect(await cast(ballot('person:ann', 'yes'))).toEqual(COUNTED);
    expect(await report()).toMatchObject({ refused: 1, tally: { yes: 1, void: 0 } });
  });

  it('takes the same vote again as the same vote, also when it was signed anew', async () => {
    const { cast, facts, report } = await opened();
    expect(await cast(ballot('person:ann', 'yes'))).toEqual(COUNTED);
    expect(await cast(ballot('person:ann', 'yes'))).toEqual(AGAIN);
    expect(await cast(ballot('person:ann', 'yes', { at: 9 }))).toEqual(AGAIN);
    expect(await facts('round.vote')).toHaveLength(1);
    expect(await report()).toMatchObject({ tally: { yes: 1, missing: 4 }, refused: 0 });
  });

  it('records a voter who says two things, and counts that voter no more, whatever comes', async () => {
    const { cast, facts, report } = await opened();
    await cast(ballot('person:ann', 'yes'));
    expect(await cast(ballot('person:ann', 'no'))).toEqual(refused('equivocation'));
    expect(await cast(ballot('person:ann', 'yes'))).toEqual(refused('void'));
    expect(await facts('round.refused')).toMatchObject([
      { reason: 'equivocation', voids: true, voter: 'person:ann', vote: 'no' },
      { reason: 'void', voids: false },
    ]);
    expect(await report()).toMatchObject({ tally: { yes: 0, no: 0, void: 1, missing: 4 }, votes: [{ voter: 'person:ann', void: true }] });
  });

  it('that is decided refuses what comes late, and stays as it is', async () => {
    const { cast, told, report, value } = await opened();
    for (const voter of PEOPLE.slice(0, 3)) await cast(ballot(voter, 'yes'));
    expect(await cast(ballot('person:dot', 'no'))).toEqual(refused('late'));
    expect(await cast(ballot('person:ann', 'no'))).toEqual(refused('late'));
    expect(await cast(ballot('person:ann', 'yes'))).toEqual(AGAIN);
    await settle();
    expect(told()).toHaveLength(1);
    expect([value(), (await report()).tally]).toEqual(['decided', { yes: 3, no: 0, abstain: 0, void: 0, missing: 2 }]);
  });

  it('goes on after the death of its node with its votes, its keys and its deadline', async () => {
    const { cast, services, store } = await opened();
    await cast(ballot('person:ann', 'yes'));
    await cast(ballot('person:bob', 'yes'));
    services.clock.advance(30_000);
    const next = await roundNode({ services, store });
    expect(await next.cast(ballot('person:ann', 'yes'))).toEqual(AGAIN);
    await next.cast(ballot('person:cid', 'yes'));
    await settle();
    expect(next.told()).toMatchObject([{ outcome: 'accepted' }]);
    await next.open(roundOrder({ id: 'r-2' }));
    services.clock.advance(30_000);
    const third = await roundNode({ services, store });
    await third.pass(31_000);
    expect(third.told()).toMatchObject([{ round: 'r-1' }, { round: 'r-2', outcome: 'expired' }]);
  });

  it('pins the keys that it is not given when it opens, and holds to them', async () => {
    const { facts, cast } = await opened({
      electorate: [{ voter: 'person:ann' }, { voter: 'person:bob', publicKey: publicKeyOf(testKey('another key of bob')) }],
      quorum: 1,
      threshold: 1,
    });
    const pinned = { 'person:ann': publicKeyOf(testKey('person:ann')), 'person:bob': publicKeyOf(testKey('another key of bob')) };
    expect(await facts('round.opened')).toMatchObject([{ id: 'r-1', electorate: Object.entries(pinned).map(([voter, publicKey]) => ({ voter, publicKey })) }]);
    expect(await cast(ballot('person:bob', 'yes'))).toEqual(refused('bad_signature'));
    expect(await cast(ballot('person:ann', 'yes'))).toEqual(COUNTED);
  });

  it('whose keys cannot be read waits for them, takes votes afterwards, and expires at its own deadline if they never can', async () => {
    const node = await roundNode();
    let readable = false;
    const { publicKeys } = node.services.voterKeys;
    Object.assign(node.services.voterKeys, { publicKeys: (voters: readonly string[]) => (readable ? publicKeys(voters) : Promise.reject(new Error('disk'))) });
    await node.open(roundOrder({ electorate: [{ voter: 'person:ann' }], quorum: 1, threshold: 1 }));
    await node.open(roundOrder({ id: 'r-2', electorate: [{ voter: 'person:ann' }], quorum: 1, threshold: 1, deadlineMs: 4_000 }));
    const early = node.cast(ballot('person:ann', 'yes'));
    await node.pass(4_000);
    expect(node.told()).toMatchObject([{ round: 'r-2', outcome: 'expired' }]);
    readable = true;
    await node.pass(2_000);
    expect(await early).toEqual(COUNTED);
    expect(node.told()).toMatchObject([{ round: 'r-2' }, { round: 'r-1', outcome: 'accepted' }]);
  });

  it('that is withdrawn says so in the record and to nobody else', async () => {
    const { system, told, report, facts } = await opened();
    await system.ref('rounds/r-1').tell({ type: 'WITHDRAW', by: 'approvals/p.t.0.1', why: 'cancelled' });
    await settle();
    expect(told()).toEqual([]);
    expect(await report()).toMatchObject({ outcome: 'withdrawn', decidedBy: 'approvals/p.t.0.1' });
    expect(await facts('round.decided')).toMatchObject([{ outcome: 'withdrawn' }]);
  });

  it('leaves no more than a hundred facts about refused votes, and counts them all', async () => {
    const { cast, facts, report } = await opened();
    for (let sent = 0; sent < 120; sent += 1) await cast(ballot('person:mallory', 'yes', { at: sent }));
    expect(await facts('round.refused')).toHaveLength(100);
    expect(await report()).toMatchObject({ refused: 120 });
  });

  it('is gone a day after its decision', async () => {
    const { services, value, system } = await opened();
    services.clock.advance(60_000);
    await settle();
    expect(value()).toBe('decided');
    services.clock.advance(24 * 3_600_000);
    await settle();
    expect(system.inspect('rounds/r-1')).toBeUndefined();
  });
});
