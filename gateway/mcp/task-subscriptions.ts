// What a `subscriptions/listen` of the revision 2026-07-28 says of tasks (`taskIds`), which the SDK knows nothing of: it serves the rest of
// the subscription, and what it acknowledges is completed.
import { CLIENT_CAPABILITIES_META_KEY, type ClientCapabilities, ProtocolError, ProtocolErrorCode, SUBSCRIPTION_ID_META_KEY } from '@modelcontextprotocol/server';
import { z } from 'zod';
import type { Caller } from '../operations/index.ts';
import type { TaskOffer } from './offer.ts';
import { type Following, followTasks, TASK_NEWS } from './task-news.ts';
import { needTasks } from './tasks-extension.ts';

export const ACKNOWLEDGED = 'notifications/subscriptions/acknowledged';

const MOST_TASKS = 100;
/** A resource that is none: the SDK ends a subscription to nothing at once. */
const NOTHING_ELSE = 'troupe:tasks-only';

const taskIds = z.array(z.string().min(1).max(1_000)).max(MOST_TASKS);
const listening = z.looseObject({
  id: z.union([z.string(), z.number()]),
  method: z.literal('subscriptions/listen'),
  params: z.looseObject({ _meta: z.looseObject({}), notifications: z.looseObject({ taskIds: z.unknown(), resourceSubscriptions: z.array(z.string()).optional() }) }),
});

export interface Notification {
  readonly jsonrpc: '2.0';
  readonly method: string;
  readonly params: Readonly<Record<string, unknown>>;
}

/** A subscription that asks for tasks. */
export interface TaskSubscription {
  readonly id: string | number;
  /** The message as the SDK is to see it. */
  readonly rest: Readonly<Record<string, unknown>>;
  /** Why it is not served. */
  readonly refusal: ProtocolError | undefined;
  /** What the SDK acknowledged, with the tasks. */
  acknowledged(message: Notification): Notification;
  /** Tells of each task that there is; returns what ends it. */
  follow(tell: (message: Notification) => void): () => void;
}

/** Undefined for a message that asks for no tasks. */
export async function taskSubscription(message: unknown, tasks: TaskOffer, caller: Caller): Promise<TaskSubscription | undefined> {
  const parsed = listening.safeParse(message);
  if (!parsed.success || parsed.data.params.notifications.taskIds === undefined) return undefined;
  const { id, params } = parsed.data;
  const { taskIds: wanted, ...filter } = params.notifications;
  const capabilities = params._meta[CLIENT_CAPABILITIES_META_KEY] as ClientCapabilities | undefined;
  const asking = { caller, capabilities };
  const refusal = refusalOf(wanted, asking);
  const names = refusal === undefined ? await present(wanted as readonly string[], tasks, asking) : [];
  // What is refused is seen by the SDK first, which may have more to say against it.
  const open = refusal !== undefined || names.length > 0;
  const resources = [...(filter.resourceSubscriptions ?? []), ...(open ? [NOTHING_ELSE] : [])];
  const _meta = { [SUBSCRIPTION_ID_META_KEY]: id };
  return {
    id,
    rest: { ...parsed.data, params: { ...params, notifications: { ...filter, ...(resources.length > 0 ? { resourceSubscriptions: resources } : {}) } } },
    refusal,
    acknowledged: (said) => withTasks(said, names),
    follow: (tell) => followTasks(names, { tasks, asking, tell: (details) => tell({ jsonrpc: '2.0', method: TASK_NEWS, params: { ...details, _meta } }) }),
  };
}

function refusalOf(wanted: unknown, asking: Following['asking']): ProtocolError | undefined {
  if (!taskIds.safeParse(wanted).success) return new ProtocolError(ProtocolErrorCode.InvalidParams, `Invalid params: taskIds names ${MOST_TASKS} tasks at most`);
  try {
    needTasks(asking);
    return undefined;
  } catch (error) {
    return error as ProtocolError;
  }
}

async function present(wanted: readonly string[], tasks: TaskOffer, asking: Following['asking']): Promise<readonly string[]> {
  const { signal } = new AbortController();
  const seen = await Promise.all([...new Set(wanted)].map(async (task) => ({ task, is: (await tasks.see(task, { ...asking, signal })) !== undefined })));
  return seen.filter(({ is }) => is).map(({ task }) => task);
}

function withTasks(said: Notification, names: readonly string[]): Notification {
  const { resourceSubscriptions = [], ...rest } = said.params.notifications as { readonly resourceSubscriptions?: readonly string[] };
  const resources = resourceSubscriptions.filter((uri) => uri !== NOTHING_ELSE);
  const notifications = { ...rest, ...(resources.length > 0 ? { resourceSubscriptions: resources } : {}), ...(names.length > 0 ? { taskIds: names } : {}) };
  return { ...said, params: { ...said.params, notifications } };
}
