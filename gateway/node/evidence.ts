// What voters look at, read from where it is: requests and plans by asking them, the last good version in the book of releases and on
// the disk. Nothing is taken on trust.
import { readReleases } from '../../actors/deployment/deployment.ts';
import { recordOf } from '../../actors/deployment/release-book.ts';
import { isGuestName } from '../../actors/guest/guest-context.ts';
import type { PlanContext } from '../../actors/plan/plan-context.ts';
import { planReport } from '../../actors/plan/plan-report.ts';
import type { DeployDriver, DeployedVersion, DeployWish, Evidence, RollbackTarget } from '../../actors/work/ports.ts';
import { testCommand } from '../../actors/workspace/index.ts';
import { isCoded, type System } from '../../runtime/index.ts';
import { latestBackup } from '../backup/find-backup.ts';
import { readRequest } from '../operations/settled-report.ts';
import { agentContextOf } from './running-node.ts';

export interface EvidenceSources {
  /** Asked at each look: rounds open only once the system runs. */
  systemNow(): System;
  readonly dataDir: string;
  readonly deployDriver: DeployDriver;
}

export function nodeEvidence({ systemNow, dataDir, deployDriver }: EvidenceSources): Evidence {
  return {
    async request(id) {
      const report = await readRequest(systemNow(), id).catch(isNobody);
      if (report === undefined || report.surroundings === null) return undefined;
      const { planId, taskId, action, surroundings, factsHash } = report;
      return { id, planId, taskId, status: report.report.status, action, surroundings, factsHash };
    },
    async plan(planId) {
      const context = (await systemNow().look(`plans/${planId}`))?.context as PlanContext | null | undefined;
      if (context === undefined || context === null) return undefined;
      const { status, tasks } = planReport(context);
      return { planId, status, tasks: context.order.plan.tasks.map(({ id, needs }) => ({ id, needs, status: tasks.find((task) => task.id === id)?.status ?? 'pending' })) };
    },
    // A guest has no executors that could look at anything.
    agent: async (name) => (isGuestName(name) ? undefined : agentContextOf(systemNow(), name)?.agent),
    testCommand: async (workspace) => testCommand(workspace),
    async latestVerifiedBackup() {
      const latest = latestBackup(dataDir);
      return latest === undefined ? undefined : { id: latest.id, at: latest.takenAt, verifiedAt: latest.verifiedAt };
    },
    rollbackTarget: (payload, surroundings) => rollbackTarget({ key: 'evidence', payload, surroundings, hidden: [] }, { deployDriver, systemNow }),
  };
}

function isNobody(error: unknown): undefined {
  if (!isCoded(error, 'NoSuchRequest')) throw error;
}

/** The last good version, and whether all of it is there, byte for byte; for a way back, the version that it leads to. */
async function rollbackTarget(wish: DeployWish, { systemNow, deployDriver }: Pick<EvidenceSources, 'systemNow' | 'deployDriver'>): Promise<RollbackTarget> {
  const { rollbackTo } = wish.payload;
  const { releases } = recordOf(await readReleases(systemNow()), deployDriver.placeOf(wish));
  const { signal } = new AbortController();
  if (rollbackTo === null) return { kind: 'first' };
  if (rollbackTo !== undefined) {
    const release = releases.find(({ version }) => version === rollbackTo);
    return release === undefined
      ? { kind: 'version', version: rollbackTo, restorable: false, problem: 'it was never promoted there' }
      : targetOf(wish, release, deployDriver, signal);
  }
  const last = releases.at(-1);
  if (last !== undefined) return targetOf(wish, last, deployDriver, signal);
  // What nobody promoted runs there all the same, and is what a deployment goes back to.
  const running = await deployDriver.current(wish, signal);
  return running === null ? { kind: 'first' } : targetOf(wish, running, deployDriver, signal);
}

async function targetOf(wish: DeployWish, { version, digest }: DeployedVersion, driver: DeployDriver, signal: AbortSignal): Promise<RollbackTarget> {
  const problem = await driver.fault(wish, { version, digest }, signal);
  return { kind: 'version', version, restorable: problem === undefined, ...(problem === undefined ? {} : { problem }) };
}
