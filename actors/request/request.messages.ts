// Messages that a request takes. Those from outside are parsed with this schema before they are sent.
import { z } from 'zod';
import type { ApprovalDecided, ApprovalWaits } from '../approval/approval.messages.ts';
import type { DeploymentEnded } from '../deployment/deployment.messages.ts';
import { awaitSchema, cancelSchema, getSchema, type resolveSchema } from '../work/common-messages.ts';

export const requestMessageSchema = z.discriminatedUnion('type', [getSchema, awaitSchema, cancelSchema]);

export type RequestMessage =
  | z.infer<typeof getSchema>
  | z.infer<typeof awaitSchema>
  | z.infer<typeof cancelSchema>
  | ApprovalWaits
  | ApprovalDecided
  | DeploymentEnded
  /** From the task, at the start of the turn that goes on. */
  | (z.infer<typeof resolveSchema> & { readonly agent?: string | undefined })
  /** From the task: its turn was ended. What runs is cut off and waits for a resolution. */
  | { readonly type: 'INTERRUPT'; readonly why: string }
  /** From the task: it needs the request no more. */
  | { readonly type: 'FORGET' };
