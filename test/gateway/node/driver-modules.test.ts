import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { folderTarget } from '../../../actors/gate/execute/folder-target.ts';
import { targetDrivers } from '../../../actors/process/target-drivers.ts';
import type { DeployWish } from '../../../actors/work/ports.ts';
import { loadDrivers } from '../../../gateway/node/driver-modules.ts';
import { privateFolder } from '../../support/private-folder.ts';

const METHODS = ['current', 'holds', 'place', 'lead', 'fault', 'trouble', 'retire', 'discard', 'folderOf'];

function moduleWith(text: string): string {
  const file = join(privateFolder(), 'driver.mjs');
  writeFileSync(file, text);
  return file;
}

/** Its methods answer with their name and an option. */
const driverText = (methods: readonly string[]): string =>
  `export const deployDriver = async ({ city }) => ({ ${methods.map((name) => `${name}: () => '${name} in ' + city`).join(', ')} });`;

const wish = (target: string): DeployWish => ({
  key: 'k',
  payload: { environment: 'staging', version: '1.0.0', target },
  surroundings: { workspace: '/w', deployRoot: '/nowhere/deployments', healthUrl: 'http://127.0.0.1:1/' },
  hidden: [],
});

describe('a driver of ones own', () => {
  it('is loaded with its options, and has the place of its name, and no other', async () => {
    const drivers = await loadDrivers([{ name: 'far', module: moduleWith(driverText(METHODS)), options: { city: 'Bern' } }]);
    const driver = targetDrivers(drivers, folderTarget);
    expect([driver.folderOf(wish('far'), '1.0.0'), driver.folderOf(wish('./far/'), '1.0.0')]).toEqual(['folderOf in Bern', 'folderOf in Bern']);
    expect([driver.folderOf(wish('near'), '1.0.0'), driver.placeOf(wish('far'))]).toEqual(['/nowhere/deployments/near/versions/1.0.0', '/nowhere/deployments/far']);
  });

  it.each([
    ['that is not there', () => '/nowhere/driver.mjs', /drivers\[0\]\.module: \/nowhere\/driver\.mjs cannot be loaded/],
    ['that exports another name', () => moduleWith('export const driver = 1;'), /exports no function deployDriver/],
    ['that lacks methods', () => moduleWith(driverText(METHODS.filter((name) => name !== 'retire' && name !== 'lead'))), /gives a driver without lead, retire/],
  ])('%s is refused with the field and what is wrong', async (_what, module, words) => {
    await expect(loadDrivers([{ name: 'far', module: module(), options: {} }])).rejects.toMatchObject({ code: 'InvalidFleet', message: expect.stringMatching(words) });
  });
});
