import { describe, expect, it } from 'vitest';
import { decide } from '../../support/decide.ts';
import { deploymentNode, deployOrder, ID, PLACE, sagaOrder } from '../../support/deployment-node.ts';
import { settle } from '../../support/settle.ts';
import { FAILED, OK } from '../../support/turn-script.ts';

const HOUR = 3_600_000;

describe('a deployment that was approved', () => {
  it('is recorded, backed up, laid down, led there, verified and promoted, in this order', async () => {
    const { open, approve, states, outcome, services, facts, releases } = await deploymentNode();
    await open(deployOrder({ verify: 'test -f index.html' }));
    expect(services.deployDriver.log).toEqual([]);
    await approve();
    expect(await states()).toEqual(['checking', 'backing_up', 'placing', 'leading', 'verifying', 'promoted']);
    expect(services.deployDriver.log).toEqual(['place 1.0.0', 'lead 1.0.0']);
    expect(services.versions.recorded).toEqual([ID]);
    expect(services.versions.marks).toEqual([`production commit-${ID}`]);
    expect(services.backups.taken).toEqual([`deploy-${ID}`]);
    expect(services.hosts.of('request.execute')).toHaveLength(0);
    expect(outcome()).toMatchObject({ status: 'succeeded', result: { deployment: ID, version: '1.0.0', previous: null, backup: `deploy-${ID}`, commit: `commit-${ID}` } });
    expect(await releases()).toEqual(['1.0.0']);
    expect(await facts('deployment.opened')).toMatchObject([{ id: ID, kind: 'deploy', environment: 'production', version: '1.0.0', approval: ID, grantedBy: 'bob' }]);
    expect(await facts('deployment.verification')).toMatchObject([{ id: ID, command: 'test -f index.html', verdict: { level: 'LOW' } }]);
    expect(await facts('approval.ended')).toMatchObject([{ id: ID, state: 'executed' }]);
  });

  it('does nothing before it is approved, and nothing when it is denied', async () => {
    const { node, open, services, outcome, value } = await deploymentNode();
    await open();
    await node.pass(HOUR / 120);
    expect(value()).toBeUndefined();
    await node.ask(`approvals/${ID}`, decide('deny', { by: 'bob', login: true }), { timeoutMs: 60_000 });
    await settle();
    expect(outcome()).toMatchObject({ status: 'denied' });
    expect([services.deployDriver.log, services.backups.taken, services.versions.recorded]).toEqual([[], [], []]);
  });

  it('that does not hold goes back to the last good version by itself, through the gate, and is taken away', async () => {
    const { deploy, services, releases, states, facts, holder } = await deploymentNode();
    await deploy('1.0.0', { verify: 'test -f old' });
    services.deployDriver.content = 'two';
    services.hosts.script = ({ method, params }) =>
      method === 'request.execute' ? Promise.resolve((params as { action: { payload: { command: string } } }).action.payload.command === 'test -f new' ? FAILED : OK) : undefined;
    expect(await deploy('2.0.0', { verify: 'test -f new' })).toMatchObject({
      status: 'failed',
      error: { code: 'DeployRolledBack', message: expect.stringMatching(/version '2.0.0' does not hold: 'test -f new': exit 1; production is back at 1.0.0/) },
    });
    expect(services.deployDriver.log).toEqual(['place 1.0.0', 'lead 1.0.0', 'place 2.0.0', 'lead 2.0.0', 'lead 1.0.0', 'discard 2.0.0']);
    expect(await states('p.t.2.0.0')).toEqual(['checking', 'backing_up', 'placing', 'leading', 'verifying', 'taking_back', 'rolled_back']);
    expect(await states('p.t.2.0.0.rollback')).toEqual(['checking', 'leading', 'verifying', 'restored']);
    // The way back is a request of its own: assessed, recorded, granted, and all of that in the audit.
    expect((await facts('request.recorded')).at(-1)).toMatchObject({
      id: 'p.t.2.0.0.rollback',
      action: { payload: { version: '2.0.0', rollbackTo: '1.0.0', verify: 'test -f old' } },
      verdict: { level: 'HIGH' },
    });
    expect((await facts('approval.decided')).at(-1)).toMatchObject({
      id: 'p.t.2.0.0.rollback',
      decision: 'approved',
      by: 'bob',
      why: expect.stringContaining('the way back of p.t.2.0.0'),
    });
    expect(await releases()).toEqual(['1.0.0']);
    expect(await holder()).toBeNull();
    // It may come again under its version, and better.
    services.hosts.script = () => Promise.resolve(OK);
    services.deployDriver.content = 'two, mended';
    expect(await deploy('2.0.0', { verify: 'test -f new' }, { id: 'p.t.2.0.0.again' })).toMatchObject({ status: 'succeeded', result: { previous: '1.0.0' } });
    expect(await releases()).toEqual(['1.0.0', '2.0.0']);
  });

  it('where nothing ran before is taken away when it does not hold', async () => {
    const { deploy, services, releases } = await deploymentNode();
    services.hosts.script = () => Promise.resolve(FAILED);
    expect(await deploy('1.0.0', { verify: 'false' })).toMatchObject({ error: { code: 'DeployRolledBack', message: expect.stringContaining('is back at nothing, as before') } });
    expect(services.deployDriver.log).toEqual(['place 1.0.0', 'lead 1.0.0', 'lead null', 'discard 1.0.0']);
    expect(await releases()).toEqual([]);
  });

  it('leaves a place as it was when there is no verified backup', async () => {
    const { deploy, services, releases } = await deploymentNode();
    services.backups.failing.push('deploy-p.t.1.0.0');
    expect(await deploy('1.0.0')).toMatchObject({ status: 'failed', error: { code: 'BackupFailed' } });
    expect(services.deployDriver.log).toEqual([]);
    expect(await releases()).toEqual([]);
  });

  it('is refused where another version runs than was promoted last', async () => {
    const { deploy, services } = await deploymentNode();
    await deploy('1.0.0');
    services.deployDriver.at(PLACE).current = '0.9.0';
    expect(await deploy('2.0.0')).toMatchObject({ error: { code: 'DeployRefused', message: expect.stringContaining('0.9.0 runs there, though 1.0.0 was promoted last') } });
  });

  it('is refused where what runs has other files than were promoted: it could not come back', async () => {
    const { deploy, services } = await deploymentNode();
    await deploy('1.0.0');
    services.deployDriver.at(PLACE).versions.set('1.0.0', 'touched');
    expect(await deploy('2.0.0')).toMatchObject({ error: { code: 'DeployRefused', message: expect.stringContaining('1.0.0 runs there with other files') } });
    expect(services.deployDriver.log).toEqual(['place 1.0.0', 'lead 1.0.0']);
  });

  it('takes what runs in a place that nobody knows of for good, and goes back to it', async () => {
    const { deploy, services, releases } = await deploymentNode();
    services.deployDriver.at(PLACE).versions.set('0.9.0', 'old');
    services.deployDriver.at(PLACE).current = '0.9.0';
    services.hosts.script = () => Promise.resolve(FAILED);
    expect(await deploy('1.0.0', { verify: 'false' })).toMatchObject({ error: { code: 'DeployRolledBack', message: expect.stringContaining('back at 0.9.0') } });
    expect(services.deployDriver.at(PLACE).current).toBe('0.9.0');
    expect(await releases()).toEqual(['0.9.0']);
  });

  it('that runs already and does not hold any more changes nothing', async () => {
    const { deploy, services, releases } = await deploymentNode();
    await deploy('1.0.0', { verify: 'true' });
    services.hosts.script = () => Promise.resolve(FAILED);
    expect(await deploy('1.0.0', { verify: 'true' }, { id: 'p.t.1.0.0.again' })).toMatchObject({ error: { code: 'VerificationFailed' } });
    expect(services.deployDriver.log).toEqual(['place 1.0.0', 'lead 1.0.0']);
    expect(await releases()).toEqual(['1.0.0']);
  });

  it('whose running files are not what was laid down does not hold', async () => {
    const { deploy, services } = await deploymentNode();
    services.deployDriver.before = (step) => {
      if (step === 'current' && services.deployDriver.at(PLACE).current === '1.0.0') services.deployDriver.at(PLACE).versions.set('1.0.0', 'changed');
    };
    expect(await deploy('1.0.0')).toMatchObject({ error: { code: 'DeployRolledBack', message: expect.stringContaining('other files than were deployed') } });
  });

  it('says that it is stuck when the way back fails, and keeps what was good', async () => {
    const { deploy, services, releases, facts, holder } = await deploymentNode();
    await deploy('1.0.0');
    services.hosts.script = () => Promise.resolve(FAILED);
    services.deployDriver.before = (_step, wish) => {
      if (wish.payload.rollbackTo !== undefined) services.deployDriver.at(PLACE).versions.delete('1.0.0');
    };
    services.deployDriver.content = 'two';
    expect(await deploy('2.0.0', { verify: 'false' })).toMatchObject({
      error: { code: 'DeployStuck', message: expect.stringContaining('`troupe rollback p.t.2.0.0` tries again') },
    });
    expect((await facts('deployment.changed')).at(-1)).toMatchObject({ id: 'p.t.2.0.0', state: 'stuck', stuck: { code: 'DeployRefused' } });
    expect(await releases()).toEqual(['1.0.0']);
    expect(await holder()).toBeNull();
  });

  it('that is not well where it runs is taken back, whatever its own command says', async () => {
    const { deploy, services, releases } = await deploymentNode();
    services.deployDriver.ailing.set('1.0.0', 'its process ended with 1');
    expect(await deploy('1.0.0', { verify: 'true' })).toMatchObject({ error: { code: 'DeployRolledBack', message: expect.stringContaining('its process ended with 1') } });
    expect([await releases(), services.deployDriver.retired]).toEqual([[], [null]]);
  });

  it('ends what ran before only once it holds; where that fails it is good all the same, and the audit says so', async () => {
    const { deploy, services, facts, releases } = await deploymentNode();
    const during: number[] = [];
    services.hosts.script = () => {
      during.push(services.deployDriver.retired.length);
      return Promise.resolve(OK);
    };
    await deploy('1.0.0', { verify: 'true' });
    services.deployDriver.content = 'two';
    services.deployDriver.failing.push('retire');
    expect(await deploy('2.0.0', { verify: 'true' })).toMatchObject({ status: 'succeeded' });
    expect([during, services.deployDriver.retired, await releases()]).toEqual([[0, 1], ['1.0.0'], ['1.0.0', '2.0.0']]);
    expect(await facts('deployment.unretired')).toMatchObject([{ id: 'p.t.2.0.0', problem: expect.stringContaining('retire fails') }]);
  });

  it('says that it changed something although it was cut off right after the version was laid down; the same version again changes nothing', async () => {
    const { open, approve, services, store } = await deploymentNode();
    services.deployDriver.holdUp('place', '1.0.0');
    await open();
    await approve();
    const { deployDriver } = services;
    deployDriver.before = () => undefined;
    await deployDriver.place({ key: ID, payload: { environment: 'production', version: '1.0.0' }, surroundings: services.surroundings('p', '/w'), hidden: [] });
    const { outcome, deploy } = await deploymentNode({ services, store });
    await settle();
    expect(outcome()).toMatchObject({ status: 'succeeded', result: { changed: true } });
    expect(await deploy('1.0.0', {}, { id: 'p.t.again' })).toMatchObject({ status: 'succeeded', result: { changed: false } });
  });

  it('waits until the one before it has ended, and begins from what that has left', async () => {
    const { open, approve, services, value, outcome, releases } = await deploymentNode();
    const letGo = services.deployDriver.holdUp('place', '1.0.0');
    await open();
    await approve();
    await open(deployOrder({ version: '2.0.0' }, { id: 'p.u.0.1', taskId: 'u' }));
    await approve('p.u.0.1');
    expect([value(), value('p.u.0.1')]).toEqual(['placing', 'claiming']);
    letGo();
    await settle();
    expect(outcome('p.u.0.1')).toMatchObject({ status: 'succeeded', result: { previous: '1.0.0' } });
    expect(await releases()).toEqual(['1.0.0', '2.0.0']);
  });

  it('verifies nothing that is more dangerous than what was granted', async () => {
    const { deploy, services } = await deploymentNode();
    expect(await deploy('1.0.0', { environment: 'staging', verify: 'risk HIGH' })).toMatchObject({
      error: { code: 'DeployRolledBack', message: expect.stringContaining('rated HIGH, above what was granted') },
    });
    expect(services.hosts.calls).toHaveLength(0);
  });

  it('waits for a session to verify in, and gives up after ten waits', async () => {
    const { node, open, approve, services, outcome } = await deploymentNode();
    services.hosts.script = () => undefined;
    await open(deployOrder({ verify: 'true' }));
    await approve();
    for (let waits = 0; waits < 10; waits += 1) {
      services.hosts.calls.at(-1)?.fail('NoSession');
      await settle();
      await node.pass(1_000);
    }
    expect(services.hosts.calls).toHaveLength(11);
    services.hosts.calls.at(-1)?.fail('NoSession');
    await settle();
    expect(outcome()).toMatchObject({ error: { code: 'DeployRolledBack' } });
  });
});

describe('a deployment without a grant for exactly its action does nothing', () => {
  /** While another, granted and under way, holds its place. */
  async function beside(make: (granted: string) => Parameters<typeof sagaOrder>[1]) {
    const here = await deploymentNode();
    here.services.deployDriver.holdUp('place', '1.0.0');
    await here.open();
    await here.approve();
    const [granted] = await here.facts('approval.decided');
    await here.node.system.startChild('deployments', { template: 'deployment', id: 'd', input: await sagaOrder(here.services, make(String(granted?.actionHash))) });
    await settle();
    const changes = (await here.facts('deployment.changed')).filter(({ id }) => id === 'd');
    return { ...here, end: changes.at(-1), log: here.services.deployDriver.log };
  }

  it('when nobody gave one, or its approval is not there', async () => {
    for (const grant of [null, { approval: 'nowhere', use: 1, by: 'bob' }]) {
      const { end, log, services } = await beside(() => ({ grant }));
      expect(end).toMatchObject({ state: 'failed', problem: { code: 'GrantRefused' } });
      expect([log, services.backups.taken, services.versions.recorded]).toEqual([[], [`deploy-${ID}`], [ID]]);
    }
  });

  it('when the grant is for another action', async () => {
    const { end, log } = await beside(() => ({ grant: { approval: ID, use: 1, by: 'bob' } }));
    expect(end).toMatchObject({ state: 'failed', problem: { code: 'GrantRefused', message: expect.stringContaining('hash_mismatch') } });
    expect(log).toEqual([]);
  });

  it('when it carries the hash of the grant, and is another', async () => {
    const { end, log } = await beside((actionHash) => ({ grant: { approval: ID, use: 1, by: 'bob' }, actionHash }));
    expect(end).toMatchObject({ state: 'failed', problem: { code: 'GateMismatch' } });
    expect(log).toEqual([]);
  });
});

describe('a deployment that is cancelled', () => {
  it('before the new version runs changes nothing', async () => {
    const { node, open, approve, services, outcome, holder } = await deploymentNode();
    const letGo = services.deployDriver.holdUp('place', '1.0.0');
    await open();
    await approve();
    await node.tell(`requests/${ID}`, { type: 'CANCEL', by: 'ann', why: 'not now' });
    await settle();
    letGo();
    await settle();
    expect(outcome()).toMatchObject({ status: 'cancelled' });
    expect(services.deployDriver.log).toEqual(['place 1.0.0', 'discard 1.0.0']);
    expect(await holder()).toBeNull();
  });

  it('while the new version is verified goes back', async () => {
    const { node, open, approve, services, releases, states } = await deploymentNode();
    services.hosts.script = () => undefined;
    await open(deployOrder({ verify: 'true' }));
    await approve();
    await node.tell(`requests/${ID}`, { type: 'CANCEL', by: 'ann', why: 'not now' });
    await settle();
    expect(services.deployDriver.at(PLACE).current).toBeNull();
    expect((await states()).at(-1)).toBe('rolled_back');
    expect(await releases()).toEqual([]);
  });
});
