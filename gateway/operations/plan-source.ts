// A plan as it comes in: a text in YAML or JSON, checked whole before anything is journalled.
import { existsSync, realpathSync } from 'node:fs';
import { dirname, join, resolve, sep } from 'node:path';
import { readPlan } from '../../actors/plan/plan-file.ts';
import { newPlanId } from '../../actors/plan/plan-id.ts';
import { problemsText } from '../../actors/source-file/index.ts';
import type { Plan, RiskLevel } from '../../actors/work/types.ts';
import { codedError } from '../../runtime/index.ts';
import { type RunningNode, rosterOf } from '../node/running-node.ts';
import { askActor } from './asking.ts';
import { agentOfRole } from './find-agent.ts';
import type { OperationContext } from './operation.ts';

export interface PlanSource {
  readonly text: string;
  /** For messages. */
  readonly file: string;
  /** What a relative workspace is relative to; absolute. */
  readonly baseDir: string;
  /** Instead of the plan's own; absolute or relative to baseDir. */
  readonly workspace?: string | undefined;
}

/** Throws `InvalidPlan` with every problem, its file, line and field, or `WorkspaceUnusable`. */
export function loadPlan(node: RunningNode, { text, file, baseDir, workspace }: PlanSource): Plan {
  const reading = readPlan(text, { file, fleet: { agents: rosterOf(node.system) }, baseDir });
  if (!reading.ok) throw codedError('InvalidPlan', { problems: `\n${problemsText(reading.problems)}` });
  const plan = workspace === undefined ? reading.plan : { ...reading.plan, workspace: resolve(baseDir, workspace) };
  checkWorkspace(plan.workspace, node.dataDir);
  return plan;
}

/** A folder that is no repository is worked in as it is, so the node's secrets must not lie in it. */
function checkWorkspace(folder: string, dataDir: string): void {
  if (!existsSync(folder)) throw codedError('WorkspaceUnusable', { folder, problem: 'does not exist' });
  const holds = `${realpathSync(dataDir)}${sep}`.startsWith(`${realpathSync(folder)}${sep}`);
  if (holds && !isInRepository(realpathSync(folder))) {
    throw codedError('WorkspaceUnusable', { folder, problem: `holds the data directory ${dataDir}: move that with --data, or make the workspace a git repository` });
  }
}

function isInRepository(folder: string): boolean {
  return existsSync(join(folder, '.git')) || (dirname(folder) !== folder && isInRepository(dirname(folder)));
}

export interface PlanWishes {
  readonly approve?: RiskLevel | undefined;
  readonly approvalMs?: number | undefined;
}

const APPROVAL_MS = 24 * 3_600_000;

/** Hands the plan to the supervisor agent. Resolves when it is journalled. */
export async function submitPlan({ node, caller, idempotencyKey }: OperationContext, plan: Plan, { approve, approvalMs }: PlanWishes): Promise<{ readonly plan: string }> {
  const owner = agentOfRole(node.system, 'supervisor');
  if (owner === undefined) throw codedError('NotDone', { what: 'plan.run', reason: 'the fleet has no agent of the role supervisor' });
  const planId = newPlanId(plan.name);
  const message = { type: 'SUBMIT_PLAN', planId, plan, caller: caller.name, approve: approve ?? null, approvalMs: approvalMs ?? APPROVAL_MS };
  // The key is the caller's word: it must not meet that of a message to the same agent.
  const id = idempotencyKey === undefined ? undefined : `plan.run ${idempotencyKey}`;
  const answer = await askActor<{ readonly planId: string }>(node.system, `agents/${owner}`, message, undefined, id);
  return { plan: answer.planId };
}
