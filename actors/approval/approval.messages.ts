// Messages that an approval takes. From outside comes only GET: decisions come through the operation, which knows who decides and how.
import { z } from 'zod';
import type { RoundDecided } from '../consensus/round.messages.ts';
import { getSchema } from '../work/common-messages.ts';
import type { StepOutcome } from '../work/types.ts';
import type { Decision, DecisionRefusal } from './decision.ts';
import type { GrantUse, UseRefusal } from './grant-use.ts';

export const approvalMessageSchema = z.discriminatedUnion('type', [getSchema]);

/** Answered with DecideAnswer. */
export interface Decide extends Decision {
  readonly type: 'DECIDE';
}

export type DecideAnswer =
  | { readonly ok: true; readonly state: 'granted' | 'denied' | 'waiting'; readonly missing: number }
  | { readonly ok: false; readonly reason: DecisionRefusal };

export type UseAnswer = { readonly ok: true } | { readonly ok: false; readonly reason: UseRefusal };

export type ApprovalMessage =
  | z.infer<typeof getSchema>
  | Decide
  | RoundDecided
  /** From the execution, right before it begins. Answered with UseAnswer. */
  | ({ readonly type: 'USE' } & GrantUse)
  /** From the request: that beginning has run nothing. */
  | { readonly type: 'RETURNED'; readonly use: number }
  /** From the request: it has settled, or was cut off, or is given up. */
  | { readonly type: 'REQUEST_ENDED'; readonly status: StepOutcome['status']; readonly why: string };

/** To the request, once somebody has to be asked. */
export interface ApprovalWaits {
  readonly type: 'APPROVAL_WAITS';
  readonly approval: string;
}

/** To the request, once: what was decided on the action of that hash. A grant that nobody used expires later. */
export interface ApprovalDecided {
  readonly type: 'APPROVAL_DECIDED';
  readonly approval: string;
  readonly decision: 'approved' | 'denied' | 'expired';
  readonly by: string;
  readonly why: string;
  readonly at: number;
  readonly actionHash: string;
}
