// Plans: given as a whole, followed to their end.
import { z } from 'zod';
import { listPlans } from '../../actors/read-model/index.ts';
import { type PlanReport, RISK_LEVELS } from '../../actors/work/types.ts';
import { codedError } from '../../runtime/index.ts';
import { pageOf, text, workStatus } from './answers/words.ts';
import { planAnswer, planRow } from './answers/work.ts';
import { askActor } from './asking.ts';
import { awaitEnd } from './awaiting.ts';
import { nameInput, type Operation, type OperationContext, operation, readModel, whyInput } from './operation.ts';
import { pageInput } from './page.ts';
import { loadPlan, submitPlan } from './plan-source.ts';
import { settledPlan } from './settled-plan.ts';

const one = z.strictObject({ plan: nameInput });
/** CRITICAL is never waved through. */
const approve = z.enum(RISK_LEVELS).exclude(['CRITICAL']).optional();
const LONGEST_TEXT = 1_000_000;
const ENDED: readonly string[] = ['succeeded', 'failed', 'cancelled', 'interrupted'];

/** As it is by now, as whoever asked it would be told. Not to be changed. */
export async function planReport({ node }: OperationContext, plan: string): Promise<PlanReport> {
  const settled = settledPlan(node.system, plan);
  if (settled !== undefined) return settled.report;
  return askActor<PlanReport>(node.system, `plans/${plan}`, { type: 'GET' }, ['NoSuchPlan', { plan }]);
}

function awaitPlan(context: OperationContext, plan: string, timeoutMs: number): Promise<PlanReport> {
  return awaitEnd(context, {
    isNews: (kind) => kind === 'plan.changed',
    read: () => planReport(context, plan),
    isEnded: ({ status }) => ENDED.includes(status),
    timeoutMs,
  });
}

export const PLAN_OPERATIONS: readonly Operation[] = [
  operation({
    name: 'plan.run',
    title: 'Run a plan',
    summary: 'checks a plan whole and starts it; `approve` confirms up to that level as the caller',
    permission: 'act',
    input: z.strictObject({
      text: z.string().min(1).max(LONGEST_TEXT),
      file: z.string().max(4_096).default('plan.yaml'),
      baseDir: z.string().startsWith('/').max(4_096).optional(),
      workspace: z.string().min(1).max(4_096).optional(),
      approve,
      approvalMs: z.coerce
        .number()
        .int()
        .min(1_000)
        .max(7 * 24 * 3_600_000)
        .optional(),
    }),
    output: z.strictObject({ plan: text }),
    async run(context, { text, file, baseDir, workspace, approve: level, approvalMs }) {
      // A level that is confirmed beforehand is a decision on every such step: it takes the right to decide.
      if (level !== undefined && level !== 'LOW' && !context.caller.permissions.includes('approve'))
        throw codedError('NotPermitted', { operation: 'plan.run with approve', permission: 'approve', scope: 'troupe:approve' });
      const plan = loadPlan(context.node, { text, file, baseDir: baseDir ?? process.cwd(), workspace });
      return submitPlan(context, plan, { approve: level, approvalMs });
    },
  }),
  operation({
    name: 'plan.list',
    title: 'Plans',
    summary: 'plans, the newest first',
    permission: 'read',
    input: z.strictObject({ status: workStatus.optional(), ...pageInput }),
    output: pageOf(planRow),
    run: async (context, input) => listPlans(await readModel(context), input),
  }),
  operation({
    name: 'plan.status',
    title: 'Report of a plan',
    summary: 'the report of a plan as it is now, with every step',
    permission: 'read',
    input: one,
    output: planAnswer,
    run: (context, { plan }) => planReport(context, plan),
  }),
  operation({
    name: 'plan.await',
    title: 'Wait for a plan',
    summary: 'the report once the plan has ended or is interrupted, or as it is when the time is over',
    permission: 'read',
    waits: true,
    input: z.strictObject({ plan: nameInput, timeoutMs: z.coerce.number().int().min(0).max(3_600_000).default(60_000) }),
    output: planAnswer,
    run: (context, { plan, timeoutMs }) => awaitPlan(context, plan, timeoutMs),
  }),
  operation({
    name: 'plan.cancel',
    title: 'Cancel a plan',
    summary: 'ends a plan: what has not begun never will, what runs is cut off',
    permission: 'act',
    destructive: true,
    idempotent: true,
    input: z.strictObject({ plan: nameInput, why: whyInput.default('cancelled') }),
    output: z.strictObject({ cancelled: text }),
    async run({ node, caller }, { plan, why }) {
      const answer = await askActor<{ readonly ok: boolean }>(node.system, `plans/${plan}`, { type: 'CANCEL', by: caller.name, why }, ['NoSuchPlan', { plan }]);
      if (!answer.ok) throw codedError('NotDone', { what: 'plan.cancel', reason: 'the plan has ended' });
      return { cancelled: plan };
    },
  }),
];
