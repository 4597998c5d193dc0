// What can be read and watched of a node: its agents, one task, one actor, one inbox. Each is the answer of an operation as JSON.
import { type Resource, ResourceNotFoundError, type ResourceTemplateType } from '@modelcontextprotocol/server';
import { isCoded } from '../../runtime/index.ts';
import { dispatch, type NodeNow } from '../http/dispatch.ts';
import { agentNames } from '../node/running-node.ts';
import type { Asking, ResourceOffer } from './offer.ts';

const JSON_TYPE = 'application/json';

export const AGENTS_URI = 'troupe://agents';
export const taskUri = (task: string): string => `troupe://tasks/${encodeURIComponent(task)}`;
export const actorUri = (address: string): string => `troupe://actors/${address}`;
export const inboxUri = (agent: string): string => `troupe://inbox/${encodeURIComponent(agent)}`;

const TEMPLATES: readonly ResourceTemplateType[] = [
  { name: 'task', title: 'One task', uriTemplate: 'troupe://tasks/{id}', description: 'the report of a task, named `<plan>.<task>`', mimeType: JSON_TYPE },
  { name: 'actor', title: 'One actor', uriTemplate: 'troupe://actors/{+address}', description: 'a look inside one actor', mimeType: JSON_TYPE },
  { name: 'inbox', title: 'One inbox', uriTemplate: 'troupe://inbox/{agent}', description: 'the messages that an agent has received', mimeType: JSON_TYPE },
];

interface Source {
  readonly operation: string;
  readonly input: Readonly<Record<string, unknown>>;
}

/** Undefined for what is no resource of a node. */
function sourceOf(uri: string): Source | undefined {
  if (uri === AGENTS_URI) return { operation: 'agent.list', input: { limit: 500 } };
  const [, kind, rest] = /^troupe:\/\/(tasks|actors|inbox)\/(.+)$/.exec(uri) ?? [];
  if (kind === undefined || rest === undefined) return undefined;
  if (kind === 'actors') return { operation: 'actor.inspect', input: { address: rest } };
  const name = decoded(rest);
  if (name === undefined) return undefined;
  return kind === 'tasks' ? { operation: 'task.status', input: { task: name } } : { operation: 'inbox.read', input: { agent: name, limit: 500 } };
}

function decoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}

const MISSING = ['NoSuchTask', 'NoSuchActor', 'NoSuchAgent', 'InvalidAddress', 'InvalidInput', 'NoSuchPlan'] as const;

interface TaskRows {
  readonly items: ReadonlyArray<{ readonly plan: string; readonly id: string; readonly status: string }>;
  readonly nextCursor: string | null;
}

const PAGE = 100;

export function nodeResources(nodeNow: NodeNow): ResourceOffer {
  const ask = <T>({ operation, input }: Source, { caller, signal }: Asking): Promise<T> => dispatch(nodeNow, { name: operation, input, caller, signal }) as Promise<T>;
  /** What is always there comes first; then the tasks, the newest first. */
  const fixed = (): Resource[] => {
    const node = nodeNow();
    const names = node === undefined ? [] : agentNames(node.system);
    return [
      { uri: AGENTS_URI, name: 'agents', title: 'Agents', description: 'every agent and what it does now', mimeType: JSON_TYPE },
      ...names.map((agent) => ({ uri: inboxUri(agent), name: `inbox of ${agent}`, mimeType: JSON_TYPE })),
    ];
  };
  return {
    templates: TEMPLATES,
    async list(cursor, asking) {
      const input = { limit: PAGE, ...(cursor === undefined ? {} : { cursor }) };
      const { items, nextCursor } = await ask<TaskRows>({ operation: 'task.list', input }, asking);
      const tasks = items.map(({ plan, id, status }) => ({ uri: taskUri(`${plan}.${id}`), name: `task ${plan}.${id}`, description: status, mimeType: JSON_TYPE }));
      return { resources: [...(cursor === undefined ? fixed() : []), ...tasks], ...(nextCursor === null ? {} : { nextCursor }) };
    },
    async read(uri, asking) {
      const source = sourceOf(uri);
      if (source === undefined) throw new ResourceNotFoundError(uri);
      try {
        return { contents: [{ uri, mimeType: JSON_TYPE, text: JSON.stringify(await ask(source, asking)) }] };
      } catch (error) {
        if (MISSING.some((code) => isCoded(error, code))) throw new ResourceNotFoundError(uri);
        throw error;
      }
    },
  };
}
