// What voters look at, and what planted evidence makes of their votes.
import { describe, expect, it } from 'vitest';
import { FRESH_BACKUP_MS } from '../../../actors/consensus/evidence/judge-backup.ts';
import { DEFAULT_ROUND_POLICY, type RoundOrder, roundPolicySchema } from '../../../actors/consensus/round-order.ts';
import { hashAction } from '../../../actors/gate/action-hash.ts';
import type { RequestFacts } from '../../../actors/work/ports.ts';
import type { HostCall } from '../../support/scripted-hosts.ts';
import { settle } from '../../support/settle.ts';
import { type RoundNode, roundNode, roundOrder } from './round-node.ts';

const { electorate: VOTERS, quorum, threshold, veto } = roundPolicySchema.parse(DEFAULT_ROUND_POLICY);
const DEPLOY: RequestFacts = {
  id: 'p.ship.0.1',
  planId: 'p',
  taskId: 'ship',
  status: 'awaiting_approval',
  action: { type: 'DEPLOYMENT', payload: { environment: 'production', version: '1.2.0' } },
  surroundings: { workspace: '/w', deployRoot: '/deploy', healthUrl: 'http://127.0.0.1:5001/health' },
  factsHash: 'f'.repeat(64),
};
const CONTAINED = { reach: 'workspace', network: false, keepSettings: true } as const;
const GREEN = { status: 'succeeded', exitCode: 0, stdout: '12 passed', stderr: '' };
const RED = { status: 'failed', exitCode: 1, stdout: '11 passed, 1 failed', stderr: '', error: { code: 'CommandFailed', message: 'the command ended with exit code 1' } };

/** All is well: the plan runs, tests are there, a backup is an hour old, the version before can be had again. */
function plantWell(services: RoundNode['services']): void {
  const { evidence, clock } = services;
  Object.assign(services, { contain: () => CONTAINED });
  evidence.requests.set(DEPLOY.id, DEPLOY);
  evidence.plans.set('p', {
    planId: 'p',
    status: 'awaiting_approval',
    tasks: [
      { id: 'build', needs: [], status: 'succeeded' },
      { id: 'ship', needs: ['build'], status: 'awaiting_approval' },
    ],
  });
  evidence.agents.set('supervisor', { role: 'supervisor', capabilities: ['plan', 'delegate'] });
  evidence.agents.set('testing', { role: 'worker', capabilities: ['test', 'lint'] });
  evidence.agents.set('database', { role: 'worker', capabilities: ['database', 'sql'] });
  evidence.agents.set('deployment', { role: 'worker', capabilities: ['deploy'] });
  evidence.agents.set('instagram', { role: 'worker', capabilities: ['social'] });
  evidence.tests = 'npm test';
  evidence.backup = { id: 'b-1', at: clock.now() - 3_600_000, verifiedAt: clock.now() - 3_500_000 };
  evidence.rollback = { kind: 'version', version: '1.1.0', restorable: true };
}

const keyOf = (call: HostCall | undefined): unknown => (call?.params as { key: string } | undefined)?.key;

type Change = (services: RoundNode['services']) => void;

async function voted(change: Change = () => undefined, tests: object = GREEN, more: Partial<RoundOrder> = {}) {
  const node = await roundNode();
  plantWell(node.services);
  change(node.services);
  const ran: Array<{ readonly agent: string; readonly params: unknown }> = [];
  node.services.hosts.script = async (call) => {
    ran.push(call);
    return tests;
  };
  const actionHash = hashAction(DEPLOY.action, DEPLOY.surroundings, DEPLOY.factsHash ?? undefined);
  await node.open(roundOrder({ electorate: VOTERS.map((voter) => ({ voter })), subject: DEPLOY.id, actionHash, quorum, threshold, veto, ...more }));
  await settle();
  const { votes, outcome } = await node.report();
  return { ...node, ran, outcome, votes: Object.fromEntries(votes.map(({ voter, vote, why, evidence }) => [voter, { vote, why, evidence }])) };
}

describe('agents that vote by evidence', () => {
  it('say yes with their reasons where all is well, and the round is accepted', async () => {
    const { votes, outcome, facts, told } = await voted();
    expect(votes).toMatchObject({
      supervisor: { vote: 'yes', why: 'ship is due in the running plan p, and the request is what this round is about' },
      testing: { vote: 'yes', why: 'npm test passed', evidence: { exitCode: 0, stdout: '12 passed' } },
      database: { vote: 'yes', why: 'the backup b-1 is 1 h old and was verified' },
      deployment: { vote: 'yes', why: 'production can go back to 1.1.0' },
    });
    expect([outcome, told()]).toMatchObject(['accepted', [{ type: 'ROUND_DECIDED', outcome: 'accepted' }]]);
    expect(await facts('round.vote')).toHaveLength(4);
  });

  it.each<readonly [string, string, Change, object, string]>([
    ['a red test', 'testing', () => undefined, RED, 'npm test failed: the command ended with exit code 1'],
    ['a test command that is dangerous', 'testing', ({ evidence }) => void Object.assign(evidence, { tests: 'risk HIGH x' }), GREEN, 'risk HIGH x was not run: it is rated HIGH'],
    ['no backup', 'database', ({ evidence }) => void Object.assign(evidence, { backup: undefined }), GREEN, 'there is no verified backup to go back to'],
    [
      'a stale backup',
      'database',
      ({ evidence, clock }) => void Object.assign(evidence, { backup: { id: 'b-0', at: clock.now() - FRESH_BACKUP_MS - 1, verifiedAt: clock.now() } }),
      GREEN,
      'the newest verified backup, b-0, is 24 h old: older than 24 h',
    ],
    [
      'a version to go back to that is gone',
      'deployment',
      ({ evidence }) => void Object.assign(evidence, { rollback: { kind: 'version', version: '1.1.0', restorable: false, problem: 'its files are gone' } }),
      GREEN,
      'production could not go back to 1.1.0: its files are gone',
    ],
    [
      'a plan that was cancelled',
      'supervisor',
      ({ evidence }) => void evidence.plans.set('p', { planId: 'p', status: 'cancelled', tasks: [{ id: 'ship', needs: [], status: 'running' }] }),
      GREEN,
      'the plan p is cancelled',
    ],
    ['a plan that nobody knows', 'supervisor', ({ evidence }) => void evidence.plans.delete('p'), GREEN, 'no plan p has the task ship'],
    [
      'a need that is not done',
      'supervisor',
      ({ evidence }) =>
        void evidence.plans.set('p', {
          planId: 'p',
          status: 'running',
          tasks: [
            { id: 'build', needs: [], status: 'failed' },
            { id: 'ship', needs: ['build'], status: 'running' },
          ],
        }),
      GREEN,
      'ship needs build, which is not done',
    ],
    [
      'a request for something else than is voted on',
      'supervisor',
      ({ evidence }) => void evidence.requests.set(DEPLOY.id, { ...DEPLOY, action: { type: 'DEPLOYMENT', payload: { environment: 'production', version: '6.6.6' } } }),
      GREEN,
      'the request asks for something else than this round is about',
    ],
    [
      'a request that is over',
      'supervisor',
      ({ evidence }) => void evidence.requests.set(DEPLOY.id, { ...DEPLOY, status: 'cancelled' }),
      GREEN,
      'the request is cancelled and waits for nothing',
    ],
    [
      'an agent that the fleet has not',
      'database',
      ({ evidence }) => void evidence.agents.delete('database'),
      GREEN,
      "there is no agent 'database' to look at it: name another in the policy's electorate",
    ],
  ])('%s makes %s say no, and the round is rejected', async (_what, voter, change, tests, why) => {
    const { votes, outcome, told } = await voted(change, tests);
    expect(votes[voter]).toMatchObject({ vote: 'no', why });
    expect(outcome).toBe('rejected');
    expect(told()).toMatchObject([{ outcome: 'rejected', reasons: expect.arrayContaining([{ voter, vote: 'no', why }]) }]);
  });

  it('the same evidence without the veto flips the vote and leaves the outcome to the others', async () => {
    const { votes, outcome } = await voted(() => undefined, RED, { veto: [] });
    expect([votes.testing?.vote, outcome]).toEqual(['no', 'accepted']);
  });

  it('abstain where their role has nothing to look at', async () => {
    const bash: RequestFacts = { ...DEPLOY, action: { type: 'BASH_COMMAND', payload: { command: 'rm -rf /srv' } } };
    const { votes } = await voted(
      ({ evidence }) => {
        evidence.requests.set(DEPLOY.id, bash);
        evidence.tests = undefined;
      },
      GREEN,
      { electorate: ['testing', 'deployment', 'instagram'].map((voter) => ({ voter })), veto: [], quorum: 3, threshold: 1 },
    );
    expect(votes).toMatchObject({ testing: { vote: 'abstain' }, deployment: { vote: 'abstain' }, instagram: { vote: 'abstain', why: 'this role has nothing to look at' } });
  });

  it('run no tests where nothing contains them: the testing agent abstains, and a person has the last word', async () => {
    const { votes, ran } = await voted((services) => void Object.assign(services, { contain: () => null }));
    expect([ran, votes.testing]).toMatchObject([[], { vote: 'abstain', why: 'npm test was not run: this machine cannot contain it' }]);
  });

  it('run the tests in the session of the testing agent, exactly as they were rated, and have the verdict on record before', async () => {
    const { ran, facts } = await voted();
    const [call] = ran;
    const action = { type: 'BASH_COMMAND', payload: { command: 'npm test' } };
    const actionHash = hashAction(action as never, DEPLOY.surroundings);
    expect([call?.agent, call?.params]).toMatchObject([
      'testing',
      { request: 'r-1.testing', action, surroundings: DEPLOY.surroundings, actionHash, containment: CONTAINED, hidden: [] },
    ]);
    expect(await facts('round.evidence')).toMatchObject([{ id: 'r-1', voter: 'testing', action, verdict: { level: 'LOW', actionHash } }]);
  });

  it('cast no second vote when the node dies while they look, or have looked', async () => {
    const first = await roundNode();
    plantWell(first.services);
    const actionHash = hashAction(DEPLOY.action, DEPLOY.surroundings, DEPLOY.factsHash ?? undefined);
    await first.open(roundOrder({ electorate: VOTERS.map((voter) => ({ voter })), subject: DEPLOY.id, actionHash, quorum, threshold, veto }));
    await settle();
    expect((await first.report()).tally).toMatchObject({ yes: 3, missing: 1 });
    // What the others see by now is another thing: they have said what they said.
    first.services.evidence.backup = undefined;
    const next = await roundNode({ services: first.services, store: first.store });
    await settle();
    const runs = next.services.hosts.of('request.execute');
    expect(runs.map(keyOf)).toEqual([expect.any(String), keyOf(runs[0])]);
    runs[1]?.answer(GREEN);
    await settle();
    expect(await next.report()).toMatchObject({ outcome: 'accepted', tally: { yes: 4, void: 0 }, refused: 0 });
    expect(await next.facts('round.vote')).toHaveLength(4);
  });

  it('begin the tests again when their session was lost, and say no when it stays away', async () => {
    const node = await roundNode();
    plantWell(node.services);
    let begun = 0;
    node.services.hosts.script = () => {
      begun += 1;
      return Promise.reject(Object.assign(new Error('gone'), { code: 'SessionLost' }));
    };
    await node.open(roundOrder({ electorate: [{ voter: 'testing' }, { voter: 'person:ann' }], subject: DEPLOY.id, quorum: 2, threshold: 2 }));
    await node.pass(10_000);
    expect(begun).toBe(4);
    expect(await node.report()).toMatchObject({ votes: [{ voter: 'testing', vote: 'no', why: 'could not be looked at: gone' }] });
  });

  it('wait for their key when it cannot be read, and then say what they had found', async () => {
    const node = await roundNode();
    plantWell(node.services);
    const { sign } = node.services.voterKeys;
    Object.assign(node.services.voterKeys, { sign: () => Promise.reject(new Error('disk')) });
    await node.open(roundOrder({ electorate: [{ voter: 'database' }, { voter: 'person:ann' }], subject: DEPLOY.id, quorum: 2, threshold: 2 }));
    await node.pass(3_000);
    expect((await node.report()).votes).toEqual([]);
    Object.assign(node.services.voterKeys, { sign });
    node.services.evidence.backup = undefined;
    await node.pass(3_000);
    expect(await node.report()).toMatchObject({ votes: [{ voter: 'database', vote: 'yes' }], refused: 0 });
  });

  it('are let go when the round is over: running tests are ended', async () => {
    const node = await roundNode();
    plantWell(node.services);
    await node.open(roundOrder({ electorate: VOTERS.map((voter) => ({ voter })), subject: 'no such request', quorum: 4, threshold: 3, veto: [] }));
    await settle();
    expect(node.told()).toMatchObject([{ outcome: 'rejected' }]);
    const second = { ...roundOrder({ id: 'r-2', electorate: VOTERS.map((voter) => ({ voter })), subject: DEPLOY.id, quorum: 4, threshold: 4 }) };
    await node.open(second);
    await settle();
    expect(await node.report('r-2')).toMatchObject({ outcome: 'rejected' });
    const [run] = node.services.hosts.of('request.execute');
    expect(run?.signal.aborted).toBe(true);
    expect(node.system.childTable('ballots')?.which()).toEqual([]);
  });

  it('are asked by a message what they think of a proposal, and say nothing by themselves', async () => {
    const node = await roundNode();
    plantWell(node.services);
    await node.system.startChild('agents', { template: 'agent', id: 'testing', input: null });
    await node.open(roundOrder({ purpose: 'proposal', subject: 'freeze the release', electorate: [{ voter: 'testing' }, { voter: 'person:ann' }], quorum: 2, threshold: 2 }));
    await settle();
    expect(node.system.inspect('agents/testing')?.context).toMatchObject({
      told: [{ type: 'MESSAGE', id: 'r-1.testing', kind: 'round', payload: { round: 'r-1', subject: 'freeze the release' } }],
    });
    expect((await node.report()).votes).toEqual([]);
  });
});
