// Messages that the router takes. From outside it only answers.
import { z } from 'zod';
import { getSchema } from '../request/request.messages.ts';
import type { TaskEnded } from '../task/task.messages.ts';
import type { Route } from './router-context.ts';

export const routerMessageSchema = z.discriminatedUnion('type', [getSchema]);

export type RouterMessage =
  | z.infer<typeof getSchema>
  /** From whoever delegates. */
  | ({ readonly type: 'ROUTE' } & Route)
  /** From agents: whether they take tasks now. */
  | { readonly type: 'AVAILABLE' | 'UNAVAILABLE'; readonly agent: string; readonly capabilities: readonly string[] }
  /** From an agent: it will not begin this one. */
  | { readonly type: 'RETURN'; readonly planId: string; readonly taskId: string; readonly agent: string }
  /** From tasks. */
  | TaskEnded;
