// Tasks: one piece of work of one agent.
import { z } from 'zod';
import type { PlanContext } from '../../actors/plan/plan-context.ts';
import { findTasks, listTasks } from '../../actors/read-model/index.ts';
import type { ResolveAnswer } from '../../actors/task/task.messages.ts';
import { RESOLUTIONS } from '../../actors/work/common-messages.ts';
import type { TaskReport, WorkStatus } from '../../actors/work/types.ts';
import { codedError, isCoded, PRIORITIES } from '../../runtime/index.ts';
import { pageOf, text, workStatus } from './answers/words.ts';
import { taskOfPlan, taskRow } from './answers/work.ts';
import { askActor } from './asking.ts';
import { awaitEnd } from './awaiting.ts';
import { filtered } from './filtered.ts';
import { nameInput, type Operation, type OperationContext, operation, readModel, whyInput } from './operation.ts';
import { pageInput } from './page.ts';
import { submitPlan } from './plan-source.ts';
import { planReport } from './plans.ts';
import { settledPlan } from './settled-plan.ts';
import { mustFindThinker, planOfWords } from './words.ts';

const REASONS = { not_interrupted: 'it is not interrupted', no_interrupted_step: 'none of its steps is interrupted' } as const;

const ENDED: readonly WorkStatus[] = ['succeeded', 'failed', 'cancelled', 'skipped', 'interrupted'];

interface Named {
  readonly plan: string;
  readonly id: string;
}

/** By `<plan>.<task>`, or by the task's id alone when it is clear which is meant. Throws `NoSuchTask` or `AmbiguousTask`. */
async function findTask(context: OperationContext, task: string, status?: string): Promise<Named> {
  const db = await readModel(context);
  const recorded = findTasks(db, task).map((row) => ({ plan: String(row.plan), id: String(row.id), status: row.status }));
  const unrecorded = db.current && recorded.length > 0 ? [] : await unrecordedTasks(context, task, recorded);
  const all = [...recorded, ...unrecorded];
  const wanted = all.filter((row) => status === undefined || row.status === status);
  const [only, ...others] = wanted.length > 0 ? wanted : all;
  if (only === undefined) throw codedError('NoSuchTask', { task });
  if (others.length > 0) throw codedError('AmbiguousTask', { task, candidates: [only, ...others].map(({ plan, id }) => `${plan}.${id}`).join(', ') });
  return only;
}

/** The read model knows a task once it is delegated; it was accepted with its plan. */
async function unrecordedTasks(context: OperationContext, task: string, known: readonly Named[]): Promise<ReadonlyArray<Named & { readonly status: WorkStatus }>> {
  const planned = plannedTasks(context, task, known);
  return planned.length > 0 || known.length > 0 ? planned : acceptedTask(context, task);
}

/** By its plan itself, which may be on its way into memory. Ids of plans have no dot. */
async function acceptedTask(context: OperationContext, task: string): Promise<ReadonlyArray<Named & { readonly status: WorkStatus }>> {
  const [plan = '', ...rest] = task.split('.');
  const id = rest.join('.');
  if (id === '') return [];
  const report = await planReport(context, plan).catch((error: unknown) => {
    if (isCoded(error, 'NoSuchPlan')) return undefined;
    throw error;
  });
  return (report?.tasks ?? []).filter((one) => one.id === id).map(({ status }) => ({ plan, id, status }));
}

/** What the read model may not know yet, by the plans' own contexts. No message is sent. */
function plannedTasks({ node: { system } }: OperationContext, task: string, known: readonly Named[]): ReadonlyArray<Named & { readonly status: WorkStatus }> {
  return (system.childTable('plans')?.which() ?? []).flatMap(({ id: plan }) => {
    const tasks = (system.inspect(`plans/${plan}`)?.context as PlanContext | undefined)?.tasks ?? {};
    const meant = Object.entries(tasks).filter(([id]) => id === task || `${plan}.${id}` === task);
    return meant.filter(([id]) => !known.some((one) => one.plan === plan && one.id === id)).map(([id, { status }]) => ({ plan, id, status }));
  });
}

async function reportOf(context: OperationContext, { plan, id }: Named): Promise<TaskReport & { readonly plan: string }> {
  const report = (await planReport(context, plan)).tasks.find((one) => one.id === id);
  if (report === undefined) throw codedError('NoSuchTask', { task: `${plan}.${id}` });
  return { plan, ...report };
}

/** The report of a task, by its name. Throws `NoSuchTask` or `AmbiguousTask`. Not to be changed. */
export async function seenTask(context: OperationContext, task: string): Promise<TaskReport & { readonly plan: string }> {
  // Neither ids of plans nor those of tasks have a dot: the name can mean no other.
  const [plan = '', id] = task.split('.', 2);
  const settled = id === undefined ? undefined : settledPlan(context.node.system, plan)?.tasks.get(task);
  if (settled !== undefined) return settled;
  return reportOf(context, await findTask(context, task));
}

export const TASK_OPERATIONS: readonly Operation[] = [
  operation({
    name: 'task.submit',
    title: 'Give a task',
    summary: 'one sentence for a guest that thinks: the one that is named, or one that can do what is asked for',
    permission: 'act',
    input: z.strictObject({
      text: z.string().min(1).max(65_536),
      agent: nameInput.optional(),
      capability: z.array(nameInput).optional(),
      priority: z.enum(PRIORITIES).exclude(['control']).optional(),
      workspace: z.string().regex(/^\//, 'is no absolute path').max(4_096).optional().describe('folder that it is about'),
    }),
    output: z.strictObject({ task: text }),
    async run(context, sentence) {
      mustFindThinker(context.node, sentence);
      const { plan: words, task } = planOfWords(sentence);
      const { plan } = await submitPlan(context, words, {});
      return { task: `${plan}.${task}` };
    },
  }),
  operation({
    name: 'task.list',
    title: 'Tasks',
    summary: 'tasks, the newest first',
    permission: 'read',
    input: z.strictObject({ plan: nameInput.optional(), agent: nameInput.optional(), status: workStatus.optional(), ...pageInput }),
    output: pageOf(taskRow),
    run: async (context, input) => filtered(context, input, listTasks(await readModel(context), input)),
  }),
  operation({
    name: 'task.status',
    title: 'Report of a task',
    summary: 'the report of one task, with every step',
    permission: 'read',
    input: z.strictObject({ task: nameInput }),
    output: taskOfPlan,
    run: (context, { task }) => seenTask(context, task),
  }),
  operation({
    name: 'task.await',
    title: 'Wait for a task',
    summary: 'the report of one task once it has ended or is interrupted, or as it is when the time is over',
    permission: 'read',
    waits: true,
    input: z.strictObject({ task: nameInput, timeoutMs: z.coerce.number().int().min(0).max(3_600_000).default(60_000) }),
    output: taskOfPlan,
    async run(context, { task, timeoutMs }) {
      const found = await findTask(context, task);
      return awaitEnd(context, {
        isNews: (kind) => kind === 'task.changed' || kind === 'plan.changed',
        read: () => reportOf(context, found),
        isEnded: ({ status }) => ENDED.includes(status),
        timeoutMs,
      });
    },
  }),
  operation({
    name: 'task.cancel',
    title: 'Cancel a task',
    summary: 'ends a task; what needs it is skipped',
    permission: 'act',
    destructive: true,
    idempotent: true,
    input: z.strictObject({ task: nameInput, why: whyInput.default('cancelled') }),
    output: z.strictObject({ cancelled: text }),
    async run(context, { task, why }) {
      const { plan, id } = await findTask(context, task);
      const answer = await askActor<{ readonly ok: boolean }>(context.node.system, `tasks/${plan}.${id}`, { type: 'CANCEL', by: context.caller.name, why }, [
        'NotDone',
        { what: 'task.cancel', reason: `it waits for other tasks and has not begun: \`troupe cancel ${plan}\` ends the plan` },
      ]);
      if (!answer.ok) throw codedError('NotDone', { what: 'task.cancel', reason: 'the task has ended' });
      return { cancelled: `${plan}.${id}` };
    },
  }),
  operation({
    name: 'task.resolve',
    title: 'Resolve an interrupted task',
    summary: 'decides about a task that was cut off: run its step again, call it done, skip it, or let it fail',
    permission: 'admin',
    destructive: true,
    input: z.strictObject({ task: nameInput, action: z.enum(RESOLUTIONS), why: whyInput }),
    output: z.strictObject({ task: text, action: z.enum(RESOLUTIONS), by: text }),
    async run(context, { task, action, why }) {
      const { plan, id } = await findTask(context, task, 'interrupted');
      const message = { type: 'RESOLVE', action, why, by: context.caller.name };
      const answer = await askActor<ResolveAnswer>(context.node.system, `tasks/${plan}.${id}`, message, ['NoSuchTask', { task }]);
      if (!answer.ok) throw codedError('NotResolved', { task: `${plan}.${id}`, reason: REASONS[answer.reason] });
      return { task: `${plan}.${id}`, action, by: context.caller.name };
    },
  }),
];
