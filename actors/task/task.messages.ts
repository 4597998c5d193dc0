// Messages that a task takes. Those from outside are parsed with these schemas before they are sent.
import { z } from 'zod';
import type { StepChanged } from '../request/request-report.ts';
import { cancelSchema, getSchema, resolveSchema } from '../work/common-messages.ts';
import type { RequestSubmission } from '../work/ports.ts';
import type { WorkStatus } from '../work/types.ts';

export const taskMessageSchema = z.discriminatedUnion('type', [getSchema, cancelSchema, resolveSchema]);

export type TaskMessage =
  | z.infer<typeof getSchema>
  | z.infer<typeof cancelSchema>
  /** Answered with ResolveAnswer. */
  | z.infer<typeof resolveSchema>
  /** From the agent, when it is this task's turn. */
  | { readonly type: 'BEGIN'; readonly agent: string; readonly at: number }
  /** From the agent: its turn is to end. */
  | { readonly type: 'INTERRUPT'; readonly why: string }
  /** From the agent's host, by submitRequest. */
  | { readonly type: 'SUBMIT_STEP'; readonly agent: string; readonly submission: RequestSubmission }
  | StepChanged
  | WordsMessage
  /** To itself: the time for turns is spent. */
  | { readonly type: 'OVERDUE' }
  /** From the plan, which is over. */
  | { readonly type: 'FORGET' };

/** About a task in words, from the guest that was handed it; REPORT and NOTE are answered with HolderAnswer. */
export type WordsMessage =
  | { readonly type: 'REPORT'; readonly agent: string; readonly epoch: number; readonly outcome: ReportedOutcome }
  | { readonly type: 'NOTE'; readonly agent: string; readonly epoch: number; readonly note: string }
  /** It holds the task no more, and has not done it. */
  | { readonly type: 'LOST'; readonly agent: string };

export type ReportedOutcome = { readonly status: 'succeeded'; readonly result: unknown } | { readonly status: 'failed'; readonly why: string };

/** `repeated`: the same report had been taken before. */
export type HolderAnswer = { readonly ok: true; readonly repeated: boolean } | { readonly ok: false; readonly reason: 'not_yours' | 'stale_epoch' | 'ended' };

export type ResolveAnswer = { readonly ok: true } | { readonly ok: false; readonly reason: 'not_interrupted' | 'no_interrupted_step' };

/** To agent and router when the task needs the agent no more, for now (`interrupted`) or for good. */
export interface TaskEnded {
  readonly type: 'TASK_ENDED';
  readonly planId: string;
  readonly taskId: string;
  readonly agent: string | null;
  readonly status: WorkStatus;
}
