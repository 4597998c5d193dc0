// What a drill has shown: the journal's facts held against what the client knows by itself, and against what the steps wrote. Pure.
import type { PlanReport } from '../../actors/work/types.ts';
import type { FactRow } from '../../runtime/index.ts';
import type { ClientLedger } from './client-ledger.ts';
import { outageWithin } from './drill-strikes.ts';
import type { Outage } from './drilled-node.ts';

export interface Evidence {
  readonly ledger: Pick<ClientLedger, 'messages' | 'plans' | 'timers'>;
  readonly facts: ReadonlyArray<Pick<FactRow, 'kind' | 'body'>>;
  /** How often each mark was written. */
  readonly marks: ReadonlyMap<string, number>;
  readonly ended: ReadonlyMap<string, PlanReport['status']>;
  /** Why a task did not succeed, by `<plan>.<task>`. */
  readonly causes: ReadonlyMap<string, string>;
  readonly outages: readonly Outage[];
}

export interface Verdict {
  /** Each for people. */
  readonly lost: readonly string[];
  readonly doubled: readonly string[];
  /** Timers that fired at another time than theirs. */
  readonly late: readonly string[];
  readonly disordered: readonly string[];
}

/** Beyond this a timer counts as late; time in which the node could not run is not counted. */
const LATE_MS = 3_000;
/** A step reads the clock more than once. */
const EARLY_MS = 50;
const KINDS = ['lost', 'doubled', 'late', 'disordered'] as const;

interface Bodies {
  'message.received': { readonly agent: string; readonly id: string };
  'approval.requested': { readonly id: string; readonly planId: string; readonly expiresAt: number };
  'approval.decided': { readonly id: string; readonly by: string; readonly at: number };
}

export function judgeDrill(evidence: Evidence): Verdict {
  const parts = [messages(evidence), tasks(evidence), timers(evidence)];
  return Object.fromEntries(KINDS.map((kind) => [kind, parts.flatMap((part) => part[kind] ?? [])])) as unknown as Verdict;
}

function bodies<K extends keyof Bodies>({ facts }: Evidence, kind: K): ReadonlyArray<Bodies[K]> {
  return facts.filter((fact) => fact.kind === kind).map(({ body }) => JSON.parse(body) as Bodies[K]);
}

/** Every accepted message was received once, and those of one sender to one agent in their order (G1, G2, G3). */
function messages(evidence: Evidence): Partial<Verdict> {
  const received = bodies(evidence, 'message.received');
  const places = new Map<string, number[]>();
  for (const [at, { agent, id }] of received.entries()) places.set(`${id} to ${agent}`, [...(places.get(`${id} to ${agent}`) ?? []), at]);
  const last = new Map<string, number>();
  const disordered: string[] = [];
  for (const { id, agent } of evidence.ledger.messages) {
    const at = places.get(`${id} to ${agent}`)?.[0] ?? -1;
    const pair = `${id.slice(0, id.indexOf('-'))} to ${agent}`;
    if (at !== -1 && at < (last.get(pair) ?? -1)) disordered.push(`message ${id} to ${agent} came before an earlier one`);
    if (at !== -1) last.set(pair, at);
  }
  return {
    lost: evidence.ledger.messages.filter(({ id, agent }) => !places.has(`${id} to ${agent}`)).map(({ id, agent }) => `message ${id} to ${agent} was accepted and never received`),
    doubled: [...places].filter(([, at]) => at.length > 1).map(([message, at]) => `message ${message} was received ${at.length} times`),
    disordered,
  };
}

/** Every plan succeeded, every step ran, and what may not be repeated ran once (G1, G4). */
function tasks({ ledger, marks, ended, causes }: Evidence): Partial<Verdict> {
  const all = ledger.plans.flatMap(({ plan, tasks: given }) => given.map((task) => ({ ...task, plan, status: ended.get(plan) ?? 'unknown' })));
  return {
    lost: all
      .filter(({ mark, status }) => status !== 'succeeded' || !marks.has(mark))
      .map(({ task, mark, plan, status }) => {
        const cause = causes.get(`${plan}.${task}`);
        return `task ${mark}: its plan ${plan} is ${status}, its mark is written ${marks.get(mark) ?? 0} times${cause === undefined ? '' : `; ${cause}`}`;
      }),
    doubled: all.filter(({ mark, idempotent }) => !idempotent && (marks.get(mark) ?? 0) > 1).map(({ mark }) => `task ${mark} may not be repeated and ran ${marks.get(mark)} times`),
  };
}

/** An approval that nobody gives expires once, at its time or when the node can run again (G5). */
function timers(evidence: Evidence): Partial<Verdict> {
  const requested = new Map(bodies(evidence, 'approval.requested').map((body) => [body.planId, body]));
  const fired = bodies(evidence, 'approval.decided').filter(({ by }) => by === 'deadline');
  const all = evidence.ledger.timers.map((plan) => {
    const request = requested.get(plan);
    return { plan, request, at: fired.filter(({ id }) => id === request?.id).map((decision) => decision.at) };
  });
  const late = all.flatMap(({ plan, request, at: [at] }) => (request === undefined || at === undefined ? [] : lateness(plan, request.expiresAt, at, evidence.outages)));
  return {
    lost: all.filter(({ at }) => at.length === 0).map(({ plan }) => `the timer of ${plan} never fired`),
    doubled: all.filter(({ at }) => at.length > 1).map(({ plan, at }) => `the timer of ${plan} fired ${at.length} times`),
    late,
  };
}

function lateness(plan: string, dueAt: number, at: number, outages: readonly Outage[]): readonly string[] {
  const lateMs = at - dueAt - outageWithin(outages, dueAt, at);
  if (at < dueAt - EARLY_MS) return [`the timer of ${plan} fired ${dueAt - at} ms early`];
  return lateMs > LATE_MS ? [`the timer of ${plan} fired ${lateMs} ms late`] : [];
}
