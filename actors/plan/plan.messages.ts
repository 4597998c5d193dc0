// Messages that a plan takes. Those from outside are parsed with these schemas before they are sent.
import { z } from 'zod';
import type { TaskOrder } from '../task/task-context.ts';
import type { TaskChanged } from '../task/task-report.ts';
import { awaitSchema, cancelSchema, getSchema } from '../work/common-messages.ts';

/** AWAIT is answered with the PlanReport once the plan has ended. */
export const planMessageSchema = z.discriminatedUnion('type', [getSchema, awaitSchema, cancelSchema]);

export type PlanMessage = z.infer<typeof getSchema> | z.infer<typeof awaitSchema> | z.infer<typeof cancelSchema> | TaskChanged;

/** To the owner: have this task done by somebody. */
export interface Delegate {
  readonly type: 'DELEGATE';
  readonly order: Omit<TaskOrder, 'delegatedBy' | 'messageId' | 'delegatedAt'>;
}
