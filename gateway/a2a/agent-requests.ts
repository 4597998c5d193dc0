// What A2A clients ask of one agent, done by operations of the table: a message becomes a plan with one task for it, which is journalled
// before the answer and which every other door sees too. Nothing is kept here; other agents' tasks are not found here.
import { createHash } from 'node:crypto';
import type { AgentCard, Message, SendMessageRequest, StreamResponse, Task } from '@a2a-js/sdk';
import {
  ExtendedAgentCardNotConfiguredError,
  PushNotificationNotSupportedError,
  RequestMalformedError,
  TaskNotCancelableError,
  TaskNotFoundError,
  UnsupportedOperationError,
} from '@a2a-js/sdk/errors';
import type { A2ARequestHandler, ServerCallContext } from '@a2a-js/sdk/server';
import { isCoded } from '../../runtime/index.ts';
import { isFault } from '../../runtime/json-rpc-error.ts';
import { dispatch, type NodeNow } from '../http/dispatch.ts';
import type { Log } from '../log.ts';
import { a2aError } from './a2a-error.ts';
import { type Asking, askingOf, refuse } from './asking.ts';
import { follow } from './follow.ts';
import { hasEnded, isHeld, shownTask, type TaskOfPlan, taskId } from './shown-task.ts';
import { decisionOf, wantedOf } from './wanted-task.ts';

export interface AgentRequestsOptions {
  readonly agent: string;
  readonly nodeNow: NodeNow;
  readonly log: Log;
  readonly card: AgentCard;
}

/** The only task of a plan that a message makes. */
const TASK = 'task';

export class AgentRequests implements A2ARequestHandler {
  readonly #agent: string;
  readonly #nodeNow: NodeNow;
  readonly #log: Log;
  readonly #card: AgentCard;

  constructor({ agent, nodeNow, log, card }: AgentRequestsOptions) {
    this.#agent = agent;
    this.#nodeNow = nodeNow;
    this.#log = log;
    this.#card = card;
  }

  async getAgentCard(): Promise<AgentCard> {
    return this.#card;
  }

  async sendMessage(request: SendMessageRequest, context: ServerCallContext): Promise<Task> {
    const asking = askingOf(context);
    const begun = await this.#begin(request, asking);
    if (request.configuration?.returnImmediately === true) return shownTask(begun);
    let last = begun;
    for await (const seen of this.#follow(begun, asking)) last = seen;
    return shownTask(last);
  }

  async *sendMessageStream(request: SendMessageRequest, context: ServerCallContext): AsyncGenerator<StreamResponse, void, undefined> {
    const asking = askingOf(context);
    yield* this.#told(await this.#begin(request, asking), asking);
  }

  async *resubscribe({ id }: { readonly id: string }, context: ServerCallContext): AsyncGenerator<StreamResponse, void, undefined> {
    const asking = askingOf(context);
    const task = await this.#find(id, asking);
    if (hasEnded(task)) throw new UnsupportedOperationError(`task '${id}' has ended: get it`);
    yield* this.#told(task, asking);
  }

  async getTask({ id }: { readonly id: string }, context: ServerCallContext): Promise<Task> {
    return shownTask(await this.#find(id, askingOf(context)));
  }

  async cancelTask({ id }: { readonly id: string }, context: ServerCallContext): Promise<Task> {
    const asking = askingOf(context);
    const task = await this.#find(id, asking);
    if (hasEnded(task)) throw new TaskNotCancelableError(`task '${id}' has ended`);
    await this.#run('task.cancel', { task: taskId(task), why: 'cancelled over A2A' }, asking).catch((error: unknown) => {
      // It ended meanwhile, and its actor with it.
      throw error instanceof TaskNotFoundError ? new TaskNotCancelableError(`task '${id}' has ended`) : error;
    });
    let last = task;
    for await (const seen of this.#follow(task, asking)) last = seen;
    return shownTask(last);
  }

  async listTasks(): Promise<never> {
    throw new UnsupportedOperationError('lists are at the main door: GET /api/v1/tasks?agent=, or task_list over MCP');
  }

  async getAuthenticatedExtendedAgentCard(): Promise<never> {
    throw new ExtendedAgentCardNotConfiguredError();
  }
  async createTaskPushNotificationConfig(): Promise<never> {
    throw new PushNotificationNotSupportedError();
  }
  async getTaskPushNotificationConfig(): Promise<never> {
    throw new PushNotificationNotSupportedError();
  }
  async listTaskPushNotificationConfigs(): Promise<never> {
    throw new PushNotificationNotSupportedError();
  }
  async deleteTaskPushNotificationConfig(): Promise<never> {
    throw new PushNotificationNotSupportedError();
  }

  async #begin({ message }: SendMessageRequest, asking: Asking): Promise<TaskOfPlan> {
    if (message === undefined || message.messageId === '') throw new RequestMalformedError('message.messageId: it makes a retry safe, so give one');
    if (message.taskId !== '') return this.#decide(await this.#find(message.taskId, asking), message, asking);
    if (message.contextId !== '') throw new RequestMalformedError('message.contextId: contexts are given by this node; leave it out');
    return this.#appeared(await this.#start(message, asking), asking);
  }

  async #start(message: Message, asking: Asking): Promise<string> {
    const wanted = wantedOf(message);
    const agent = this.#agent;
    if (wanted.kind === 'sentence') return (await this.#run<{ readonly task: string }>('task.submit', { text: wanted.text, agent }, asking)).task;
    const { workspace, ...work } = wanted.work;
    const text = JSON.stringify({ name: `a2a-${agent}`, tasks: [{ id: TASK, agent, ...work }] });
    const { plan } = await this.#run<{ readonly plan: string }>(
      'plan.run',
      { text, file: 'message', ...(workspace === undefined ? {} : { workspace }) },
      asking,
      keyOf(agent, message, asking),
    );
    return `${plan}.${TASK}`;
  }

  /** A message to a task is the decision that it waits for: the first that is open. */
  async #decide(task: TaskOfPlan, message: Message, asking: Asking): Promise<TaskOfPlan> {
    const decision = decisionOf(message);
    const { items } = await this.#run<{ readonly items: ReadonlyArray<{ readonly request: string; readonly task: string }> }>('approval.list', { plan: task.plan }, asking);
    const open = items.find((approval) => approval.task === task.id);
    if (open === undefined) throw new UnsupportedOperationError(`task '${taskId(task)}' waits for nothing`);
    await this.#run('approval.decide', { request: open.request, ...decision }, asking);
    return this.#find(taskId(task), asking);
  }

  /** What was just journalled is on its way to its actor. */
  async #appeared(id: string, asking: Asking): Promise<TaskOfPlan> {
    const read = (): Promise<TaskOfPlan | undefined> =>
      this.#find(id, asking).catch((error: unknown) => {
        if (error instanceof TaskNotFoundError) return undefined;
        throw error;
      });
    for await (const seen of follow(this.#nodeNow, asking.signal, { read, isLast: (task) => task !== undefined })) if (seen !== undefined) return seen;
    throw new TaskNotFoundError(`no task '${id}' yet`);
  }

  async #find(id: string, asking: Asking): Promise<TaskOfPlan> {
    if (id === '') throw new RequestMalformedError('id: the task is missing');
    const task = await this.#run<TaskOfPlan>('task.status', { task: id }, asking);
    if (task.agent !== this.#agent && task.agent !== null) throw new TaskNotFoundError(`no task '${id}' of this agent`);
    return task;
  }

  /** As it changes, from now on to its end, or to where somebody must do something. */
  #follow(task: TaskOfPlan, asking: Asking): AsyncGenerator<TaskOfPlan, void, undefined> {
    return follow(this.#nodeNow, asking.signal, {
      read: () => this.#run<TaskOfPlan>('task.status', { task: taskId(task) }, asking),
      isLast: (seen) => hasEnded(seen) || isHeld(seen),
    });
  }

  async *#told(task: TaskOfPlan, asking: Asking): AsyncGenerator<StreamResponse, void, undefined> {
    yield { payload: { $case: 'task', value: shownTask(task) } };
    let before = task.status;
    for await (const seen of this.#follow(task, asking)) {
      const { id, contextId, status, artifacts } = shownTask(seen);
      for (const artifact of artifacts)
        yield { payload: { $case: 'artifactUpdate', value: { taskId: id, contextId, artifact, append: false, lastChunk: true, metadata: undefined } } };
      if (seen.status !== before) yield { payload: { $case: 'statusUpdate', value: { taskId: id, contextId, status, metadata: undefined } } };
      before = seen.status;
    }
  }

  async #run<T>(name: string, input: unknown, asking: Asking, idempotencyKey?: string): Promise<T> {
    try {
      return (await dispatch(this.#nodeNow, { name, input, ...asking, idempotencyKey })) as T;
    } catch (error) {
      if (isCoded(error, 'NotPermitted') || isCoded(error, 'LoginWanted')) refuse(asking, error);
      if (isFault(error)) this.#log.error({ err: error, method: name }, 'an operation failed');
      throw a2aError(error);
    }
  }
}

/** A message that is sent again is the same message, if the same caller sends it to the same agent. */
function keyOf(agent: string, { messageId }: Message, { caller }: Asking): string {
  return createHash('sha256')
    .update(JSON.stringify([agent, caller.token?.client ?? '', caller.name, messageId]))
    .digest('base64url');
}
