import { describe, expect, it } from 'vitest';
import { deploymentNode, deployOrder, PLACE } from '../../support/deployment-node.ts';

describe('a way back that a person asks for', () => {
  it('waits for its own decision, then leads to the version before, which is the last good one again', async () => {
    const { deploy, open, approve, services, outcome, releases } = await deploymentNode();
    await deploy('1.0.0');
    services.deployDriver.content = 'two';
    await deploy('2.0.0');
    await open(deployOrder({ version: '2.0.0', rollbackTo: '1.0.0' }));
    expect(services.deployDriver.at(PLACE).current).toBe('2.0.0');
    await approve();
    expect(outcome()).toMatchObject({ status: 'succeeded', result: { version: '1.0.0', previous: '2.0.0' } });
    expect(services.deployDriver.at(PLACE).current).toBe('1.0.0');
    expect(await releases()).toEqual(['1.0.0']);
    expect(services.versions.marks.at(-1)).toBe('production commit-p.t.1.0.0');
  });

  it('that leads there and does not hold says so: what the place leads to is on record, and the next deployment begins from it', async () => {
    const { deploy, services, releases } = await deploymentNode();
    await deploy('1.0.0');
    services.deployDriver.content = 'two';
    await deploy('2.0.0');
    services.deployDriver.ailing.set('1.0.0', 'its process ended with 1');
    expect(await deploy('2.0.0', { rollbackTo: '1.0.0' }, { id: 'p.t.back' })).toMatchObject({
      status: 'failed',
      error: { code: 'VerificationFailed', message: expect.stringMatching(/its process ended with 1; production leads to 1\.0\.0 now$/) },
    });
    expect([services.deployDriver.at(PLACE).current, await releases()]).toEqual(['1.0.0', ['1.0.0']]);
    services.deployDriver.content = 'three';
    expect(await deploy('3.0.0')).toMatchObject({ status: 'succeeded' });
    expect(await releases()).toEqual(['1.0.0', '3.0.0']);
  });

  it('that does not even lead there leaves what was promoted last', async () => {
    const { deploy, services, releases } = await deploymentNode();
    await deploy('1.0.0');
    services.deployDriver.content = 'two';
    await deploy('2.0.0');
    services.deployDriver.failing.push('lead');
    expect(await deploy('2.0.0', { rollbackTo: '1.0.0' }, { id: 'p.t.back' })).toMatchObject({
      error: { message: expect.stringMatching(/lead fails; production leads to 2\.0\.0 now$/) },
    });
    expect([services.deployDriver.at(PLACE).current, await releases()]).toEqual(['2.0.0', ['1.0.0', '2.0.0']]);
  });

  it('that leads nowhere, where nobody can say what it leads to, ends all the same', async () => {
    const { deploy, services, releases } = await deploymentNode();
    await deploy('1.0.0');
    services.deployDriver.before = (step) => {
      if (step === 'lead') services.deployDriver.failing.push('lead', 'current');
    };
    expect(await deploy('1.0.0', { rollbackTo: null }, { id: 'p.t.back' })).toMatchObject({ status: 'failed', error: { message: expect.stringMatching(/lead fails$/) } });
    expect(await releases()).toEqual(['1.0.0']);
  });

  it('is refused to a version that never was promoted, and from one that does not run', async () => {
    const { deploy } = await deploymentNode();
    await deploy('1.0.0');
    expect(await deploy('1.0.0', { rollbackTo: '0.5.0' }, { id: 'p.t.back' })).toMatchObject({
      error: { code: 'DeployRefused', message: expect.stringContaining('0.5.0 was never promoted there') },
    });
    expect(await deploy('3.0.0', { rollbackTo: null }, { id: 'p.t.back2' })).toMatchObject({
      error: { code: 'DeployRefused', message: expect.stringContaining('1.0.0 runs there, and not 3.0.0') },
    });
  });
});
