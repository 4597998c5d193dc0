import { describe, expect, it } from 'vitest';
import { DEFAULT_ROUND_POLICY } from '../../../actors/consensus/round-order.ts';
import { runningNode } from '../../support/running-node.ts';
import { settle } from '../../support/settle.ts';

const ANN = { name: 'ann', permissions: ['read', 'act', 'admin'] } as const;
const AGENT = { name: 'testing', permissions: ['read', 'act'] } as const;

async function proposed(input: object = {}) {
  const node = await runningNode();
  const { round } = await node.run<{ round: string }>('round.open', { subject: 'freeze the release', summary: 'until Monday', ...input });
  await settle();
  const vote = (word: string, caller: typeof ANN | typeof AGENT | { name: string; permissions: typeof ANN.permissions } = ANN) =>
    node.run('round.vote', { round, vote: word, why: `it is ${word}` }, { caller });
  return { ...node, round, vote, status: () => node.run<Readonly<Record<string, unknown>>>('round.status', { round }) };
}

describe('a proposal', () => {
  it('goes to every agent, and more than half of them decide, unless it says otherwise', async () => {
    const { status } = await proposed();
    expect(await status()).toMatchObject({
      purpose: 'proposal',
      electorate: expect.arrayContaining([{ voter: 'testing', publicKey: expect.any(String) }]),
      quorum: 4,
      threshold: 4,
      outcome: null,
      openedBy: 'ann',
    });
  });

  it('is decided by the people and agents that it names, each under its own name', async () => {
    const { vote, status, run } = await proposed({ electorate: ['testing', 'person:ann', 'person:bob'], quorum: 2, threshold: 2 });
    expect(await vote('yes')).toMatchObject({ voter: 'person:ann', repeated: false });
    expect(await vote('yes')).toMatchObject({ voter: 'person:ann', repeated: true });
    expect(await vote('yes', AGENT)).toMatchObject({ voter: 'testing' });
    await settle();
    expect(await status()).toMatchObject({
      outcome: 'accepted',
      tally: { yes: 2, missing: 1 },
      votes: [{ voter: 'person:ann', why: 'it is yes', refused: null }, { voter: 'testing' }],
    });
    expect(await run('round.list')).toMatchObject({ items: [] });
    expect(await run('round.list', { all: true })).toMatchObject({ items: [{ outcome: 'accepted' }] });
  });

  it('takes no vote of a person whom it does not name, also under the name of an agent', async () => {
    const { vote, status } = await proposed({ electorate: ['testing', 'person:bob'] });
    await expect(vote('yes')).rejects.toMatchObject({ code: 'VoteRefused', message: expect.stringContaining("'person:ann'") });
    await expect(vote('yes', { ...ANN, name: 'testing' })).rejects.toMatchObject({ code: 'VoteRefused', message: expect.stringContaining('it names testing, person:bob') });
    expect(await status()).toMatchObject({ votes: [] });
  });

  it('counts nobody who says two things, and shows both', async () => {
    const { vote, status } = await proposed({ electorate: ['person:ann', 'person:bob', 'person:cid'] });
    await vote('yes');
    await expect(vote('no')).rejects.toMatchObject({ code: 'VoteRefused' });
    await settle();
    expect(await status()).toMatchObject({
      outcome: null,
      votes: [
        { vote: 'yes', refused: null, void: true },
        { vote: 'no', refused: 'equivocation' },
      ],
    });
  });

  it('is refused where it could not be won or names nobody, and nothing is opened', async () => {
    const { run } = await proposed();
    const open = (input: object) => run('round.open', { subject: 's', electorate: ['testing', 'person:ann'], ...input });
    await expect(open({ quorum: 3 })).rejects.toMatchObject({ code: 'InvalidInput', message: expect.stringContaining('quorum') });
    await expect(open({ threshold: 3 })).rejects.toMatchObject({ code: 'InvalidInput' });
    await expect(open({ veto: ['person:eve'] })).rejects.toMatchObject({ code: 'InvalidInput', message: expect.stringContaining("'person:eve' is no voter") });
    await expect(open({ electorate: ['testing', 'testing'] })).rejects.toMatchObject({ code: 'InvalidInput', message: expect.stringContaining('twice') });
    await expect(open({ electorate: ['tester'] })).rejects.toMatchObject({ code: 'NoSuchAgent' });
    expect(await run('round.list', { all: true })).toMatchObject({ items: [{ subject: 'freeze the release' }] });
  });

  it('that is made twice under one key is made once', async () => {
    const { run } = await proposed();
    const open = () => run<{ round: string }>('round.open', { subject: 's' }, { idempotencyKey: 'k-1' });
    const [one, two] = [await open(), await open()];
    await settle();
    expect(two.round).toBe(one.round);
    expect(await run('round.list')).toMatchObject({ items: [{ id: one.round }, {}] });
  });
});

it('an agent does not vote on a request by hand: its evidence speaks', async () => {
  const { run, system } = await runningNode();
  const { electorate, quorum, threshold, veto, deadlineMs } = DEFAULT_ROUND_POLICY;
  const voters = electorate.filter((voter) => voter !== 'deployment').map((voter) => ({ voter }));
  const order = {
    id: 'r-1',
    purpose: 'request',
    subject: 'p.t.0.1',
    actionHash: 'a'.repeat(64),
    summary: '',
    electorate: voters,
    quorum: quorum - 1,
    threshold,
    veto: veto.filter((voter) => voter !== 'deployment'),
    deadlineMs,
    replyTo: null,
    openedBy: 'approvals/p.t.0.1',
  };
  await system.startChild('rounds', { template: 'round', id: 'r-1', input: order });
  await expect(run('round.vote', { round: 'r-1', vote: 'yes', why: 'w' }, { caller: AGENT })).rejects.toMatchObject({
    code: 'VoteRefused',
    message: expect.stringContaining('evidence'),
  });
});

it('a round that nobody knows is said to be none', async () => {
  const { run } = await runningNode();
  for (const [name, input] of [
    ['round.status', {}],
    ['round.vote', { vote: 'yes', why: 'w' }],
  ] as const)
    await expect(run(name, { round: 'r-0', ...input })).rejects.toMatchObject({ code: 'NoSuchRound' });
});
