// Whose a place is: the driver's whose name it has, whatever links lead there.
import { mkdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { folderTarget } from '../../../actors/gate/execute/folder-target.ts';
import { targetDrivers } from '../../../actors/process/target-drivers.ts';
import type { DeployDriver, DeployWish } from '../../../actors/work/ports.ts';
import { NamedDeployments } from '../../support/named-deployments.ts';
import { privateFolder } from '../../support/private-folder.ts';

const NEVER = new AbortController().signal;

function places() {
  const folder = privateFolder();
  const deployRoot = join(folder, 'deployments');
  mkdirSync(join(deployRoot, 'shop'), { recursive: true });
  mkdirSync(join(deployRoot, 'site'));
  symlinkSync('shop', join(deployRoot, 'front'));
  symlinkSync(folder, join(deployRoot, 'out'));
  const shop = new NamedDeployments();
  shop.lead = async () => void shop.log.push('led');
  const driver = targetDrivers(new Map<string, DeployDriver>([['shop', shop]]), folderTarget);
  const wish = (target: string, root = deployRoot): DeployWish => ({
    key: 'k',
    payload: { environment: 'production', version: '1.0.0', target },
    surroundings: { workspace: folder, deployRoot: root, healthUrl: 'http://127.0.0.1:1/health' },
    hidden: [],
  });
  return { folder, deployRoot, shop, driver, wish };
}

it('a place that is reached by a link is the place that the link leads to: one book, and the same driver', async () => {
  const { deployRoot, shop, driver, wish } = places();
  expect(['shop', 'front', './front/.'].map((target) => driver.placeOf(wish(target)))).toEqual(Array(3).fill(join(deployRoot, 'shop')));
  await driver.lead(wish('front'), '1.0.0', NEVER);
  expect(shop.log).toEqual(['led']);
});

it('a place below a link that is not there yet lies where the link leads', () => {
  const { deployRoot, driver, wish } = places();
  expect([driver.placeOf(wish('front/new/deep')), driver.placeOf(wish('site'))]).toEqual([join(deployRoot, 'shop/new/deep'), join(deployRoot, 'site')]);
});

it('places have the name of the folder for deployments as that is given, also where that is a link', () => {
  const { folder, deployRoot, driver, wish } = places();
  const linked = join(folder, 'linked');
  symlinkSync(deployRoot, linked);
  expect([driver.placeOf(wish('front', linked)), driver.placeOf(wish('site', linked))]).toEqual([join(linked, 'shop'), join(linked, 'site')]);
});

it('a link that leads out of the folder for deployments makes no place of what it leads to', async () => {
  const { deployRoot, driver, wish } = places();
  expect(driver.placeOf(wish('out'))).toBe(join(deployRoot, 'out'));
  await expect(driver.current(wish('out'), NEVER)).rejects.toMatchObject({ code: 'PathRefused' });
});
