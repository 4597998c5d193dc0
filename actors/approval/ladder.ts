// The ladder of an approval: which rung is asked by when, and who may decide by then. Pure; times are milliseconds of the clock.
import type { ApprovalContext } from './approval-context.ts';
import type { ApprovalTerms, RungKind } from './terms.ts';

type Rung = ApprovalTerms['rungs'][number];

export function expiresAt({ order, openedAt }: Pick<ApprovalContext, 'order' | 'openedAt'>): number {
  return openedAt + Math.min(order.waitMs, order.terms.expireMs);
}

/** The last rung whose time has come; the first one has always come. A round is not passed by before it is decided, and then at once. */
export function rungAt({ order, openedAt, round }: ApprovalContext, now: number): number {
  const { rungs } = order.terms;
  const due = Math.max(
    0,
    rungs.findLastIndex(({ afterMs }) => openedAt + afterMs <= now),
  );
  const at = rungs.findIndex(({ who }) => who === 'round');
  if (at === -1) return due;
  return round === null ? Math.min(due, at) : Math.max(due, at + 1);
}

export function rungOf({ order, rung }: ApprovalContext): Rung | undefined {
  return order.terms.rungs[rung];
}

export function isOn(context: ApprovalContext, who: RungKind): boolean {
  return rungOf(context)?.who === who;
}

/** Until the next rung is asked, or it expires, whichever comes first. */
export function untilNext(context: ApprovalContext, now: number): number {
  // The round has its own deadline.
  const next = isOn(context, 'round') ? undefined : context.order.terms.rungs[context.rung + 1];
  const at = Math.min(expiresAt(context), next === undefined ? Number.POSITIVE_INFINITY : context.openedAt + next.afterMs);
  return Math.max(0, at - now);
}

/** Who may decide now, and who never may. For people to read and for `refuseDecision`. */
export interface Deciders {
  /** Agents that were asked. */
  readonly agents: readonly string[];
  /** Null: every person with the right to decide. */
  readonly people: readonly string[] | null;
  readonly not: readonly string[];
  /** How many people must say yes. */
  readonly count: number;
  readonly login: boolean;
}

export function decidersOf(context: ApprovalContext): Deciders {
  const { order, rung } = context;
  const { agent, caller, terms } = order;
  const asked = terms.rungs.slice(0, rung + 1);
  const forPeople = terms.rungs.filter(({ who }) => who === 'operator' || who === 'second');
  const reached = forPeople.filter((each) => asked.includes(each));
  // People need not wait for a delegate: those of the first rung for people may always decide.
  const open = reached.length > 0 ? reached : forPeople.slice(0, 1);
  return {
    agents: asked.flatMap(({ who, names = [] }) => (who === 'delegate' ? names : [])).filter((name) => name !== agent),
    people: open.some(({ names }) => names === undefined) || open.length === 0 ? null : [...new Set(open.flatMap(({ names = [] }) => names))],
    not: terms.fourEyes ? [...new Set([agent, caller])] : [agent],
    count: peopleNeeded(terms),
    login: terms.login,
  };
}

export function peopleNeeded({ fourEyes, people }: ApprovalTerms): number {
  return fourEyes ? Math.max(2, people) : people;
}
