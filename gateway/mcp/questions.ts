// What the person at a client can be asked about work that waits: to allow a step, or what became of one that was cut off. A question's
// key names what it is about and binds the action that was shown; an answer is the operation that every other door has for it.
import { acceptedContent, type InputRequest, type InputRequests, inputRequired } from '@modelcontextprotocol/server';
import type { PlanReport, TaskReport } from '../../actors/work/types.ts';
import { dispatch, type NodeNow } from '../http/dispatch.ts';
import { type Caller, mayCall } from '../operations/index.ts';
import type { Asking } from './offer.ts';

interface Approval {
  readonly request: string;
  readonly task: string;
  readonly agent: string;
  readonly risk: string;
  readonly actionHash: string;
  readonly action: { readonly type: string; readonly payload: Readonly<Record<string, unknown>> };
  readonly findings: ReadonlyArray<{ readonly level: string; readonly why: string }>;
  readonly mayDecide: { readonly people: readonly string[] | null; readonly not: readonly string[] } | null;
  readonly votes: ReadonlyArray<{ readonly by: string }>;
}

const LONGEST_ACTION = 2_000;
const MOST_AT_ONCE = 20;

export function canBeAsked({ capabilities }: Asking): boolean {
  return capabilities?.elicitation !== undefined;
}

/** Nothing for a client that cannot ask its person, and nothing that the caller may not decide. */
export async function questionsAbout(nodeNow: NodeNow, { plan, tasks }: PlanReport, asking: Asking): Promise<InputRequests> {
  if (!canBeAsked(asking)) return {};
  const { caller, signal } = asking;
  const waiting = tasks.filter(({ status }) => status === 'awaiting_approval');
  const cutOff = mayCall(caller, { name: 'task.resolve', permission: 'admin' }) ? tasks.filter(({ status }) => status === 'interrupted') : [];
  const asked = cutOff.map((task) => [`resolve ${plan}.${task.id}`, resolveForm(plan, task)] as const);
  if (waiting.length === 0 || !mayCall(caller, { name: 'approval.decide', permission: 'approve' })) return Object.fromEntries(asked);
  const { items } = (await dispatch(nodeNow, { name: 'approval.list', input: { plan, limit: 500 }, caller, signal })) as { readonly items: readonly Approval[] };
  const mine = items.filter((approval) => waiting.some(({ id }) => id === approval.task) && isFor(approval, caller)).slice(0, MOST_AT_ONCE);
  return Object.fromEntries([...mine.map((approval) => [`allow ${approval.request} ${approval.actionHash}`, allowForm(approval)] as const), ...asked]);
}

function isFor({ mayDecide, votes }: Approval, { name }: Caller): boolean {
  if (mayDecide === null || mayDecide.not.includes(name) || votes.some(({ by }) => by === name)) return false;
  return mayDecide.people === null || mayDecide.people.includes(name);
}

/** Does what the person answered to questions about this work; what is asked no more is passed over. Returns the keys of those that were asked. */
export async function takeAnswers(nodeNow: NodeNow, work: PlanReport, responses: Readonly<Record<string, unknown>>, asking: Asking): Promise<readonly string[]> {
  const given = Object.entries(responses);
  const asked = given.length === 0 ? {} : await questionsAbout(nodeNow, work, asking);
  const taken = given.filter(([key]) => Object.hasOwn(asked, key));
  for (const [key, response] of taken) await takeAnswer(nodeNow, key, response, asking);
  return taken.map(([key]) => key);
}

/** `cancel` decides nothing; `decline` of an approval is a no. */
async function takeAnswer(nodeNow: NodeNow, key: string, response: unknown, { caller, signal }: Asking): Promise<void> {
  const [kind = '', subject = '', actionHash = ''] = key.split(' ');
  const content = acceptedContent<{ confirm?: unknown; reason?: unknown; action?: unknown }>({ it: response as never }, 'it');
  const said = typeof content?.reason === 'string' && content.reason !== '' ? content.reason : undefined;
  const run = (name: string, input: object): Promise<unknown> => dispatch(nodeNow, { name, input, caller, signal });
  if (kind === 'resolve') {
    if (content !== undefined) await run('task.resolve', { task: subject, action: content.action, why: said ?? 'decided at an MCP client' });
    return;
  }
  const declined = (response as { readonly action?: unknown } | undefined)?.action === 'decline';
  if (!declined && typeof content?.confirm !== 'boolean') return;
  const decision = content?.confirm === true ? 'approve' : 'deny';
  await run('approval.decide', { request: subject, decision, actionHash, ...(said === undefined ? {} : { reason: said }) });
}

function allowForm({ agent, task, risk, action, findings }: Approval): InputRequest {
  const why = findings.filter(({ level }) => level === risk).map((finding) => finding.why);
  return inputRequired.elicit({
    message: [`Agent ${agent} asks to act for the task ${task}. Risk ${risk}: ${why.join('; ')}.`, actionText(action)].join('\n\n'),
    requestedSchema: {
      type: 'object',
      properties: { confirm: { type: 'boolean', title: 'Allow it' }, reason: { type: 'string', title: 'Why', description: 'is kept with the decision', maxLength: 4_096 } },
      required: ['confirm'],
    },
  });
}

function resolveForm(plan: string, { id, error }: TaskReport): InputRequest {
  return inputRequired.elicit({
    message: `The task ${plan}.${id} was interrupted${error === undefined ? '' : `: ${error.message}`}. What is not known to have happened is never run again unasked.`,
    requestedSchema: {
      type: 'object',
      properties: {
        action: { type: 'string', title: 'What now', enum: ['rerun', 'done', 'skip', 'fail'], description: 'run the step again, count it as done, skip the task, or let it fail' },
        reason: { type: 'string', title: 'Why', description: 'is kept with the decision', maxLength: 4_096 },
      },
      required: ['action'],
    },
  });
}

function actionText({ type, payload }: Approval['action']): string {
  const text = type === 'BASH_COMMAND' && typeof payload.command === 'string' ? payload.command : `${type} ${JSON.stringify(payload)}`;
  return text.length > LONGEST_ACTION ? `${text.slice(0, LONGEST_ACTION)}… (${text.length - LONGEST_ACTION} more characters)` : text;
}
