// Messages that the router takes. From outside it only answers.
import { z } from 'zod';
import type { TaskEnded } from '../task/task.messages.ts';
import { getSchema } from '../work/common-messages.ts';
import type { WorkForm } from './route-choice.ts';
import type { Route } from './router-context.ts';

export const routerMessageSchema = z.discriminatedUnion('type', [getSchema]);

export type RouterMessage =
  | z.infer<typeof getSchema>
  /** From whoever delegates. */
  | ({ readonly type: 'ROUTE' } & Route)
  | Availability
  /** From an agent: it will not begin this one. */
  | { readonly type: 'RETURN'; readonly planId: string; readonly taskId: string; readonly agent: string }
  /** For a guest: it wants this one; answered with ClaimAnswer. */
  | { readonly type: 'CLAIM'; readonly planId: string; readonly taskId: string; readonly agent: string }
  /** From tasks. */
  | TaskEnded;

export type ClaimAnswer = { readonly ok: true } | { readonly ok: false; readonly reason: 'not_waiting' };

/** From agents: whether they take tasks now, and in which form; default steps. */
export interface Availability {
  readonly type: 'AVAILABLE' | 'UNAVAILABLE';
  readonly agent: string;
  readonly capabilities: readonly string[];
  readonly takes?: WorkForm;
}
