// Which agent takes a task: the one it names, else of those who have all it asks for the least loaded, ties by name.

/** Steps are executed by hosts, under the gate; words are for who thinks. */
export type WorkForm = 'steps' | 'words';

export interface RoutableAgent {
  readonly name: string;
  readonly capabilities: readonly string[];
  /** Tasks it has, running or queued. */
  readonly load: number;
  readonly state: 'available' | 'unavailable';
  /** Default steps. */
  readonly takes?: WorkForm;
}

export interface RouteWish {
  readonly agent?: string | null;
  readonly capability?: readonly string[] | null;
  /** Default steps. */
  readonly form?: WorkForm;
}

export type RouteChoice =
  | { readonly ok: true; readonly agent: string }
  | { readonly ok: false; readonly reason: 'unknown_agent' | 'agent_unavailable' | 'no_such_capability' | 'none_available' };

export function chooseRoute({ agent, capability, form = 'steps' }: RouteWish, all: readonly RoutableAgent[]): RouteChoice {
  const agents = all.filter(({ takes = 'steps' }) => takes === form);
  if (agent !== undefined && agent !== null) {
    const named = agents.find((other) => other.name === agent);
    if (named === undefined) return { ok: false, reason: 'unknown_agent' };
    return named.state === 'available' ? { ok: true, agent } : { ok: false, reason: 'agent_unavailable' };
  }
  const able = agents.filter((other) => (capability ?? []).every((word) => other.capabilities.includes(word)));
  if (able.length === 0) return { ok: false, reason: 'no_such_capability' };
  const [first] = able.filter((other) => other.state === 'available').sort((a, b) => a.load - b.load || (a.name < b.name ? -1 : 1));
  return first === undefined ? { ok: false, reason: 'none_available' } : { ok: true, agent: first.name };
}
