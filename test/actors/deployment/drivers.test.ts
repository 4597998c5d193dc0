// The drivers that need no process: the one of folders, and the one of tests, whose places are only names.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { folderTarget } from '../../../actors/gate/execute/folder-target.ts';
import type { DeployWish } from '../../../actors/work/ports.ts';
import { type DriverPlace, driverConformance } from '../../support/driver-conformance.ts';
import { NamedDeployments } from '../../support/named-deployments.ts';
import { privateFolder } from '../../support/private-folder.ts';

const wishIn =
  (workspace: string, deployRoot: string) =>
  (version: string): DeployWish => ({
    key: `deploy-${version}`,
    payload: { environment: 'staging', version },
    surroundings: { workspace, deployRoot, healthUrl: 'http://127.0.0.1:1/health' },
    hidden: [],
  });

driverConformance('the driver of folders', async (): Promise<DriverPlace> => {
  const folder = privateFolder();
  const workspace = join(folder, 'workspace');
  mkdirSync(workspace);
  return { driver: folderTarget, wish: wishIn(workspace, join(folder, 'deployments')), content: (text) => writeFileSync(join(workspace, 'page.html'), text) };
});

driverConformance('the driver of tests', async (): Promise<DriverPlace> => {
  const driver = new NamedDeployments();
  const content = (text: string): void => {
    driver.content = text;
  };
  return { driver, wish: wishIn('/w', '/deploy'), content };
});
