// What voters look at, read from where it is: requests and plans by asking them, deployments on the disk. Nothing is taken on trust.
import { lstatSync, readlinkSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { PlanContext } from '../../actors/plan/plan-context.ts';
import { planReport } from '../../actors/plan/plan-report.ts';
import type { RequestReport } from '../../actors/request/request-report.ts';
import type { Evidence, RollbackTarget } from '../../actors/work/ports.ts';
import { testCommand } from '../../actors/workspace/index.ts';
import { isCoded, type System } from '../../runtime/index.ts';
import { latestBackup } from '../backup/find-backup.ts';
import { agentContextOf } from './running-node.ts';

const ASK_MS = 15_000;

/** `systemNow` is asked at each look: rounds open only once the system runs. */
export function nodeEvidence(systemNow: () => System, dataDir: string): Evidence {
  return {
    async request(id) {
      const report = await requestReport(systemNow(), id);
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
    agent: async (name) => agentContextOf(systemNow(), name)?.agent,
    testCommand: async (workspace) => testCommand(workspace),
    async latestVerifiedBackup() {
      const latest = latestBackup(dataDir);
      return latest === undefined ? undefined : { id: latest.id, at: latest.takenAt, verifiedAt: latest.verifiedAt };
    },
    rollbackTarget: async ({ environment, target = environment }, { deployRoot }) => rollbackTarget(join(deployRoot, target)),
  };
}

async function requestReport(system: System, id: string): Promise<RequestReport | undefined> {
  try {
    return (await system.ref(`requests/${id}`).ask({ type: 'GET' }, { timeoutMs: ASK_MS })) as RequestReport;
  } catch (error) {
    if (isCoded(error, 'NoSuchActor') || isCoded(error, 'InvalidAddress')) return undefined;
    throw error;
  }
}

/** What `current` leads to is what a new version would replace. */
function rollbackTarget(folder: string): RollbackTarget {
  const current = join(folder, 'current');
  const link = lstatSync(current, { throwIfNoEntry: false });
  if (link === undefined) return { kind: 'first' };
  if (!link.isSymbolicLink()) return { kind: 'version', version: basename(current), restorable: false, problem: `${current} is no link` };
  const version = basename(readlinkSync(current));
  const there = lstatSync(join(folder, 'versions', version), { throwIfNoEntry: false })?.isDirectory() === true;
  return { kind: 'version', version, restorable: there, ...(there ? {} : { problem: 'its files are gone' }) };
}
