// Facts of the journal as news of MCP: which resources changed, and what is pushed as `notifications/troupe/…`.
import { type FactRow, readSteps } from '../../runtime/index.ts';
import type { NodeNow } from '../http/dispatch.ts';
import { newsOf } from '../http/news.ts';
import { AGENTS_URI, actorUri, inboxUri, taskUri } from './node-resources.ts';
import type { McpNews } from './offer.ts';

type Body = Readonly<Record<string, unknown>>;

/** Facts are followed only while somebody listens. */
export function nodeNews(nodeNow: NodeNow): (listener: (news: McpNews) => void) => () => void {
  return (listener) => nodeNow()?.facts.listen((fact) => void newsOfFact(fact).forEach(listener)) ?? (() => undefined);
}

function newsOfFact(fact: FactRow): McpNews[] {
  const told = newsOf(fact);
  const push: McpNews[] = told === undefined ? [] : [{ kind: 'push', method: told.method, params: told.params }];
  return [...urisOf(fact, told?.params.body).map((uri) => ({ kind: 'resource' as const, uri })), ...push];
}

/** Every step of an actor changes what a look inside it shows. */
function urisOf({ kind, body }: FactRow, told: unknown): readonly string[] {
  if (kind === 'steps') return [...new Set(readSteps(JSON.parse(body) as readonly unknown[]).map(({ address }) => actorUri(address)))];
  const { name, agent, planId, taskId } = (told ?? {}) as Body;
  if (kind === 'agent.changed') return [AGENTS_URI, inboxUri(String(name))];
  if (kind === 'message.received') return [inboxUri(String(agent))];
  if (kind === 'task.changed') return [taskUri(`${String(planId)}.${String(taskId)}`)];
  return [];
}
