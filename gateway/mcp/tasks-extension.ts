// The tasks extension of MCP (SEP-2663): a call of a client that declares it may be answered with a task, which is then looked at,
// answered and cancelled by its name. What a task is, is the offer's; the words on the wire are here.
import { type CallToolResult, MissingRequiredClientCapabilityError, ProtocolError, ProtocolErrorCode, type Server, type ServerContext } from '@modelcontextprotocol/server';
import { z } from 'zod';
import type { Asking, TaskOffer, TaskSeen } from './offer.ts';

export const TASKS_EXTENSION = 'io.modelcontextprotocol/tasks';

const NEEDED = { extensions: { [TASKS_EXTENSION]: {} } };
/** How soon it pays to look again. */
const POLL_MS = 1_000;

const named = z.looseObject({ taskId: z.string().min(1).max(1_000) });
const anything = z.looseObject({});
type Named = z.output<typeof named>;

/** A tool that cannot do without says so by this. */
export function needTasks({ capabilities }: Pick<Asking, 'capabilities'>): void {
  if (capabilities?.extensions?.[TASKS_EXTENSION] === undefined) throw new MissingRequiredClientCapabilityError({ requiredCapabilities: NEEDED });
}

export function declaresTasks({ capabilities }: Asking): boolean {
  return capabilities?.extensions?.[TASKS_EXTENSION] !== undefined;
}

export interface BegunTask {
  readonly task: string;
  readonly seen: TaskSeen;
  readonly answer: CallToolResult;
}

/** The task that the call is answered with; undefined when the call is to be answered as it is. */
export async function beginTask(tasks: TaskOffer, tool: string, input: Readonly<Record<string, unknown>>, asking: Asking): Promise<BegunTask | undefined> {
  if (!declaresTasks(asking)) return undefined;
  const task = await tasks.begin(tool, input, asking);
  const seen = task === undefined ? undefined : await tasks.see(task, asking);
  // Its result is carried as the extension has it, which the SDK's type does not know.
  return task === undefined || seen === undefined ? undefined : { task, seen, answer: { resultType: 'task', ...wordsOf(task, seen) } as unknown as CallToolResult };
}

export function addTaskMethods(server: Server, tasks: TaskOffer, askingOf: (context: ServerContext) => Asking): void {
  const method = (name: string, serve: (params: Named, asking: Asking, context: ServerContext) => Promise<object>): void =>
    server.setRequestHandler(name, { params: named, result: anything }, async (params, context) => {
      const asking = askingOf(context);
      needTasks(asking);
      return { resultType: 'complete', ...(await serve(params, asking, context)) };
    });
  method('tasks/get', async ({ taskId }, asking) => detailsOf(taskId, await find(tasks, taskId, asking)));
  method('tasks/update', async ({ taskId, inputResponses }, asking, { mcpReq }) => {
    await find(tasks, taskId, asking);
    // The SDK lifts what it knows out of the parameters.
    await tasks.answer(taskId, { ...(inputResponses as object | undefined), ...mcpReq.inputResponses }, asking);
    return {};
  });
  method('tasks/cancel', async ({ taskId }, asking) => {
    await find(tasks, taskId, asking);
    await tasks.cancel(taskId, asking);
    return {};
  });
}

async function find(tasks: TaskOffer, task: string, asking: Asking): Promise<TaskSeen> {
  const seen = await tasks.see(task, asking);
  if (seen === undefined) throw new ProtocolError(ProtocolErrorCode.InvalidParams, `there is no task '${task}'`);
  return seen;
}

function wordsOf(taskId: string, { status, createdAt, lastUpdatedAt, statusMessage }: TaskSeen) {
  const at = (moment: number): string => new Date(moment).toISOString();
  const said = statusMessage === undefined ? {} : { statusMessage };
  // It is as durable as what it stands for.
  return { taskId, status, ...said, createdAt: at(createdAt), lastUpdatedAt: at(lastUpdatedAt), ttlMs: null, pollIntervalMs: POLL_MS };
}

/** What `tasks/get` says of it, and what is told of it. */
export function detailsOf(taskId: string, seen: TaskSeen) {
  const words = wordsOf(taskId, seen);
  if (seen.status === 'completed') return { ...words, result: { resultType: 'complete', ...seen.result } };
  if (seen.status === 'failed') return { ...words, error: seen.error };
  return seen.status === 'input_required' ? { ...words, inputRequests: seen.inputRequests } : words;
}
