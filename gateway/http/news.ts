// Facts as news for those who watch: a fact of a kind is told under that kind's name.
import type { FactRow } from '../../runtime/index.ts';

export interface News {
  readonly method: string;
  readonly params: { readonly seq: number; readonly at: number; readonly kind: string; readonly body: unknown };
}

const TOLD: readonly string[] = ['plan', 'task', 'request', 'approval', 'agent', 'message', 'fleet', 'alert'];

/** Of a round no vote is told before all are in. */
const TOLD_OF_ROUNDS: readonly string[] = ['round.opened', 'round.decided'];

/** Read once for all who watch. */
const read = new WeakMap<FactRow, News>();

/** Undefined for what only the audit needs. */
export function newsOf(fact: FactRow): News | undefined {
  const known = read.get(fact);
  if (known !== undefined) return known;
  const news = readNews(fact);
  if (news !== undefined) read.set(fact, news);
  return news;
}

function readNews({ seq, at, kind, body }: FactRow): News | undefined {
  const [topic = ''] = kind.split('.');
  return TOLD.includes(topic) || TOLD_OF_ROUNDS.includes(kind)
    ? { method: `notifications/troupe/${topic}`, params: { seq, at, kind, body: JSON.parse(body) as unknown } }
    : undefined;
}
