// What a run proves, read off its events, its report and its repository: nothing lost, nothing twice, and the report's facts true.
import type { PlanReport, StepReport } from '../../actors/work/types.ts';
import type { NodeEvent } from '../cli/node-client.ts';

export interface Proof {
  readonly claim: string;
  readonly holds: boolean;
  readonly detail: string;
}

export interface Executions {
  readonly request: string;
  readonly idempotent: boolean;
  /** How often its execution was begun. */
  readonly begun: number;
}

/** Counts how often each request was begun, from the events of the plan. */
export class ExecutionCount {
  readonly #idempotent = new Map<string, boolean>();
  readonly #begun = new Map<string, number>();

  observe({ kind, body }: NodeEvent): void {
    const id = String(body.id);
    if (kind === 'request.recorded') this.#idempotent.set(id, body.idempotent === true);
    if (kind === 'request.changed' && (body.report as StepReport).status === 'running') this.#begun.set(id, (this.#begun.get(id) ?? 0) + 1);
  }

  list(): readonly Executions[] {
    return [...this.#idempotent].map(([request, idempotent]) => ({ request, idempotent, begun: this.#begun.get(request) ?? 0 }));
  }
}

/** Every task of the plan ended well, and each was handed over by a message. */
export function nothingLost({ status, tasks }: PlanReport): Proof {
  const missing = tasks.filter((task) => task.status !== 'succeeded' || task.delegation === null).map(({ id, status: how }) => `${id} is ${how}`);
  const agents = new Set(tasks.map(({ agent }) => agent)).size;
  const detail = missing.length === 0 ? `${tasks.length} tasks of ${agents} agents, each delegated by a message` : missing.join(', ');
  return { claim: 'nothing was lost', holds: status === 'succeeded' && missing.length === 0, detail };
}

/** What may not be repeated was begun once; the step whose session was killed was begun again, under its own key. */
export function nothingTwice(executions: readonly Executions[], cutOff: string | undefined): Proof {
  const wrong = executions.filter(({ request, idempotent, begun }) => (idempotent && request === cutOff ? begun < 2 : begun !== 1));
  const once = executions.filter(({ idempotent }) => !idempotent).length;
  const again = executions.filter(({ begun }) => begun > 1).map(({ request }) => request);
  const detail =
    wrong.length > 0
      ? wrong.map(({ request, begun }) => `${request} was begun ${begun} times`).join(', ')
      : `${executions.length} requests, ${once} of them not repeatable; begun again: ${again.join(', ') || 'none'}`;
  return { claim: 'nothing was run twice', holds: executions.length > 0 && wrong.length === 0 && cutOff !== undefined, detail };
}

/** Facts as the report states them: `- name: value (…)`. */
export function readFacts(text: string): ReadonlyMap<string, string> {
  const lines = text.matchAll(/^- ([^:]+): (.*?)(?: \(`.*`\))?$/gm);
  return new Map([...lines].map(([, name = '', value = '']) => [name, value.trim()]));
}

export function factsTrue(stated: ReadonlyMap<string, string>, found: Readonly<Record<string, string>>): Proof {
  const wrong = Object.entries(found).filter(([name, value]) => stated.get(name) !== value);
  const detail =
    wrong.length === 0
      ? Object.entries(found)
          .map(([name, value]) => `${name} ${value}`)
          .join(', ')
      : wrong.map(([name, value]) => `${name} is ${value}, the report says ${stated.get(name) ?? 'nothing'}`).join(', ');
  return { claim: 'the report is true', holds: wrong.length === 0, detail };
}
