// Deployments: given as a plan of one step, so that they go through the gate like every other; listed, and taken back. A way back is a deployment of
// its own, with its own decision.
import { existsSync } from 'node:fs';
import { z } from 'zod';
import { readReleases } from '../../actors/deployment/deployment.ts';
import { DEPLOYMENT_STATES } from '../../actors/deployment/deployment-report.ts';
import { recordOf } from '../../actors/deployment/release-book.ts';
import { type DeploymentRow, findDeployment, listDeployments } from '../../actors/read-model/index.ts';
import type { DeployPayload } from '../../actors/work/types.ts';
import { codedError } from '../../runtime/index.ts';
import { rosterOf } from '../node/running-node.ts';
import { count, moment, momentOrNull, pageOf, risk, text, textOrNull } from './answers/words.ts';
import { deployInput, refuseSource } from './deploy-wish.ts';
import { findAgent } from './find-agent.ts';
import { nameInput, type Operation, type OperationContext, operation, readModel, whyInput } from './operation.ts';
import { pageInput } from './page.ts';
import { loadPlan, submitPlan } from './plan-source.ts';

const problem = z.strictObject({ code: text, message: text }).nullable();

const deploymentRow = z.strictObject({
  id: text,
  plan: text,
  task: text,
  agent: text,
  caller: text,
  kind: z.enum(['deploy', 'rollback']),
  environment: text,
  version: text,
  rollbackTo: textOrNull.describe('of a way back: what runs afterwards; null: nothing'),
  place: text,
  within: textOrNull.describe('the deployment whose way back this is'),
  state: text,
  payload: z.looseObject({ environment: text, version: text }),
  workspace: text,
  level: risk,
  approval: textOrNull,
  grantedBy: textOrNull,
  actionHash: text,
  lastGood: textOrNull,
  commit: textOrNull,
  backup: textOrNull,
  digest: textOrNull,
  files: count.nullable(),
  problem,
  stuck: problem,
  openedAt: moment,
  endedAt: momentOrNull,
});

const run = z.strictObject({
  run: text,
  version: text,
  port: count.nullable(),
  state: z.enum(['starting', 'running', 'restarting', 'given_up', 'stopped']),
  pid: count.nullable(),
  startedAt: momentOrNull,
  restarts: count.describe('times that it was started again'),
  why: textOrNull.describe('what was wrong with it last'),
});

const placeNow = z.strictObject({ runs: z.array(run).readonly().describe('processes that run there now; none where a version is only files'), log: textOrNull });

const submitted = z.strictObject({ deployment: text, plan: text });

async function findRow(context: OperationContext, deployment: string): Promise<DeploymentRow> {
  const row = findDeployment(await readModel(context), deployment);
  if (row === undefined) throw codedError('NoSuchDeployment', { deployment });
  return row;
}

const NOBODY_DEPLOYS = "agent: nobody in this fleet has the capability 'deploy': name who does it, or give it to one of them in the fleet file";

const canDeploy = ({ node: { system } }: OperationContext): boolean => rosterOf(system).some(({ capabilities }) => capabilities.includes('deploy'));

interface Wanted {
  readonly payload: DeployPayload;
  readonly workspace: string;
  readonly agent?: string | undefined;
  readonly name: string;
  readonly goal?: string;
}

/** By an agent that can deploy, or the one that is named. */
async function submit(context: OperationContext, { payload, workspace, agent, name, goal }: Wanted): Promise<z.output<typeof submitted>> {
  if (agent === undefined && !canDeploy(context)) throw codedError('InvalidInput', { problem: NOBODY_DEPLOYS });
  const who = agent === undefined ? { capability: ['deploy'] } : { agent };
  const text = JSON.stringify({ name, workspace, ...(goal === undefined ? {} : { goal }), tasks: [{ id: name, ...who, steps: [{ deploy: payload }] }] });
  const plan = loadPlan(context.node, { text, file: `deployment.${name}`, baseDir: workspace });
  const { plan: planId } = await submitPlan(context, plan, {});
  return { deployment: `${planId}.${name}.0.1`, plan: planId };
}

/** What it goes back to: the last that was promoted before, or, where its own way back failed, the last good one. Throws `NotDone` when it does not run. */
async function wayBackOf({ node }: OperationContext, row: DeploymentRow): Promise<DeployPayload> {
  const refused = (reason: string) => codedError('NotDone', { what: 'deployment.rollback', reason });
  if (row.kind !== 'deploy') throw refused(`${row.id} is a way back itself: deploy ${row.version} again`);
  const { releases } = recordOf(await readReleases(node.system), row.place);
  const last = releases.at(-1);
  if (row.state !== 'stuck' && last?.deployment !== row.id)
    throw refused(`it is ${row.state}, and ${last === undefined ? 'nothing' : `${last.version} of ${last.deployment}`} runs there`);
  const back = row.state === 'stuck' ? last : releases.at(-2);
  const { environment, version, target } = row.payload;
  const verify = back === undefined || back.verify === null ? {} : { verify: back.verify };
  return { environment, version, ...(target === undefined ? {} : { target }), rollbackTo: back?.version ?? null, ...verify };
}

export const DEPLOYMENT_OPERATIONS: readonly Operation[] = [
  operation({
    name: 'deployment.start',
    title: 'Deploy',
    summary: 'asks for a deployment of a folder: once it is granted it is backed up, laid down, verified, and promoted or taken back',
    permission: 'act',
    input: deployInput,
    output: submitted,
    run: async (context, { workspace, agent, ...payload }) => {
      if (agent !== undefined) findAgent(context.node.system, agent);
      if (payload.source !== undefined && existsSync(workspace)) refuseSource(workspace, payload.source);
      const given = Object.fromEntries(Object.entries(payload).filter(([, value]) => value !== undefined)) as unknown as DeployPayload;
      return submit(context, { payload: given, workspace, agent, name: 'deploy' });
    },
  }),
  operation({
    name: 'deployment.list',
    title: 'Deployments',
    summary: 'deployments that were granted, the newest first, with what became of each',
    permission: 'read',
    input: z.strictObject({ environment: nameInput.optional(), state: z.enum(DEPLOYMENT_STATES).optional(), ...pageInput }),
    output: pageOf(deploymentRow),
    run: async (context, input) => listDeployments(await readModel(context), input),
  }),
  operation({
    name: 'deployment.status',
    title: 'One deployment',
    summary: 'one deployment that was granted: how far it is, and what it goes back to',
    permission: 'read',
    input: z.strictObject({ deployment: nameInput }),
    output: deploymentRow.extend({ now: placeNow.describe('what runs in the place, of whichever deployment') }),
    async run(context, { deployment }) {
      const row = await findRow(context, deployment);
      return { ...row, now: context.node.targetReport(row.place) };
    },
  }),
  operation({
    name: 'deployment.rollback',
    title: 'Take a deployment back',
    summary: 'asks for the way back from a deployment that runs, to the version that was promoted before; it waits for its own decision',
    permission: 'act',
    destructive: true,
    input: z.strictObject({ deployment: nameInput, why: whyInput.default('asked for'), agent: nameInput.optional() }),
    output: submitted.extend({ rollbackTo: textOrNull }),
    async run(context, { deployment, why, agent }) {
      if (agent !== undefined) findAgent(context.node.system, agent);
      const row = await findRow(context, deployment);
      const payload = await wayBackOf(context, row);
      // Nothing of the workspace is needed any more, and it may be gone.
      const workspace = existsSync(row.workspace) ? row.workspace : row.place;
      const asked = await submit(context, { payload, workspace, agent, name: 'rollback', goal: `take ${row.id} back: ${why}` });
      return { ...asked, rollbackTo: payload.rollbackTo ?? null };
    },
  }),
];
