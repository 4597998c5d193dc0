// What an approval remembers. Plain JSON (K3).
import type { Outcome } from '../consensus/round.messages.ts';
import type { WayBack } from '../request/request-context.ts';
import type { Action, RiskLevel, RiskVerdict } from '../work/types.ts';
import type { ApprovalTerms } from './terms.ts';

/** What a request wants decided. `id` is the request's own, or with `.rerun-<n>` behind it for what a person wants begun again. */
export interface ApprovalOrder {
  readonly id: string;
  /** Id of the request, an actor at `requests/<id>`. */
  readonly requestId: string;
  readonly planId: string;
  readonly taskId: string;
  readonly step: number;
  readonly attempt: number;
  readonly agent: string;
  readonly action: Action;
  readonly idempotent: boolean;
  readonly verdict: RiskVerdict;
  /** Who gave the work, and up to which level that person confirmed beforehand. */
  readonly caller: string;
  readonly approve: RiskLevel | null;
  /** Who wants it begun again after a cut-off: that is one person's yes. */
  readonly rerun: { readonly by: string; readonly why: string } | null;
  /** It takes back a deployment that was granted: whoever did that knew of it. */
  readonly wayBack?: WayBack;
  /** How long the asker waits at most. */
  readonly waitMs: number;
  readonly terms: ApprovalTerms;
}

export interface Vote {
  readonly by: string;
  readonly why: string;
  readonly at: number;
}

/** How it was decided. */
export interface Decided extends Vote {
  readonly decision: 'approved' | 'denied' | 'expired';
}

/** One beginning of the execution. `use` counts them; `epoch` is the activation of the request that began it. */
export interface Use {
  readonly use: number;
  readonly epoch: number;
  /** Given back: nothing was run. */
  readonly returned: boolean;
}

export interface ApprovalContext {
  readonly order: ApprovalOrder;
  readonly openedAt: number;
  /** Index of the rung that was asked last; -1 before the first. */
  readonly rung: number;
  /** Each a different person's yes. */
  readonly votes: readonly Vote[];
  /** What the fleet's round came to; null before, and where there is none. */
  readonly round: Outcome | null;
  readonly decided: Decided | null;
  readonly used: Use | null;
}

export function newApproval(order: ApprovalOrder, openedAt: number): ApprovalContext {
  const votes = order.rerun === null || order.terms.login ? [] : [{ by: order.rerun.by, why: `rerun: ${order.rerun.why}`, at: openedAt }];
  return { order, openedAt, rung: -1, votes, round: null, decided: null, used: null };
}
