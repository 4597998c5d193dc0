// The behaviours of deployments: the template of the dynamic supervisor `deployments`, and the keeper of releases, a child of the root.
import type { ChildSpec, System } from '../../runtime/index.ts';
import { worker } from '../../supervisors/index.ts';
import { deploymentMachine } from './deployment.machine.ts';
import type { DeploymentServices } from './deployment-effects.ts';
import type { ReleaseBook } from './release-book.ts';
import { releasesMachine } from './releases.machine.ts';
import { RELEASES } from './releases.messages.ts';

const ASK_MS = 15_000;

/** Template `deployment` of the supervisor `deployments`, with a DeploymentOrder. */
export function deploymentTemplate(services: DeploymentServices): (input: unknown, id: string) => ChildSpec {
  const logic = deploymentMachine(services);
  return (input, id) => worker(id, logic, { durable: true, restart: 'transient', input, version: 1 });
}

export function releasesWorker(): ChildSpec {
  return worker(RELEASES, releasesMachine(), { durable: true, restart: 'permanent', version: 1 });
}

/** Which versions were good, by place. */
export async function readReleases(system: Pick<System, 'ref'>): Promise<ReleaseBook> {
  return (await system.ref(RELEASES).ask({ type: 'GET' }, { timeoutMs: ASK_MS })) as ReleaseBook;
}
