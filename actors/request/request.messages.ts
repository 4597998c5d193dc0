// Messages that a request takes. Those from outside are parsed with these schemas before they are sent.
import { z } from 'zod';
import type { ApprovalDecided, ApprovalWaits } from '../approval/approval.messages.ts';
import type { DeploymentEnded } from '../deployment/deployment.messages.ts';

const by = z.string().min(1).max(256);
const why = z.string().min(1).max(4_096);

export const RESOLUTIONS = ['rerun', 'done', 'skip', 'fail'] as const;
export type Resolution = (typeof RESOLUTIONS)[number];

/** What a person decides about something interrupted. */
export const resolveSchema = z.object({ type: z.literal('RESOLVE'), action: z.enum(RESOLUTIONS), why, by });

export const getSchema = z.object({ type: z.literal('GET') });
/** Answered with the StepOutcome once it has settled (interrupted counts). */
export const awaitSchema = z.object({ type: z.literal('AWAIT') });
export const cancelSchema = z.object({ type: z.literal('CANCEL'), by, why });

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
