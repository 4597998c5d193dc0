// Messages that an agent takes. Those from outside are parsed with these schemas before they are sent.
import { z } from 'zod';
import type { Delegate } from '../plan/plan.messages.ts';
import type { PlanOrder } from '../plan/plan-context.ts';
import type { TaskEnded } from '../task/task.messages.ts';
import { getSchema } from '../work/common-messages.ts';
import type { AgentInput, Assignment, SessionSeen } from './agent-context.ts';

const by = z.string().min(1).max(256);
const why = z.string().max(4_096);

/** To one agent, or to the group `agents`; kept in its inbox and delivered to its session. */
export const messageSchema = z.object({
  type: z.literal('MESSAGE'),
  id: z.string().min(1).max(256),
  from: z.string().min(1).max(256),
  kind: z.string().min(1).max(128),
  payload: z.json(),
});

const command = <T extends string>(type: T) => z.object({ type: z.literal(type), by, why: why.optional() });

export const agentMessageSchema = z.discriminatedUnion('type', [
  getSchema,
  messageSchema,
  z.object({ type: z.literal('INBOX') }),
  command('INTERRUPT'),
  command('STOP'),
  command('DRAIN'),
  command('START'),
  command('PAUSE'),
  command('RESUME'),
  /** The master agent only. */
  command('PAUSE_FLEET'),
  command('RESUME_FLEET'),
]);

/** To the supervisor agent; answered with `{ok: true, planId}`. The plan was validated before. */
export type SubmitPlan = { readonly type: 'SUBMIT_PLAN' } & Omit<PlanOrder, 'owner' | 'submittedAt'>;

export type SessionMessage =
  | ({ readonly type: 'SESSION_READY' } & SessionSeen)
  /** Of an epoch, when it is known: news of an older session is stale. `inOrder`: it was told to end, and is not counted. */
  | { readonly type: 'SESSION_LOST'; readonly why: string; readonly epoch?: number; readonly inOrder?: true }
  /** Its supervisor has given up. */
  | { readonly type: 'SESSION_FAILED'; readonly why: string };

export type AgentMessage =
  | z.infer<typeof agentMessageSchema>
  | SubmitPlan
  /** From the node at its start: what the fleet file says now. */
  | { readonly type: 'CONFIGURE'; readonly agent: AgentInput }
  | Delegate
  | SessionMessage
  | TaskEnded
  | ({ readonly type: 'ASSIGN' } & Omit<Assignment, 'priority'> & { readonly priority?: Assignment['priority'] })
  /** From the router: the task has ended without this agent. */
  | { readonly type: 'WITHDRAW'; readonly planId: string; readonly taskId: string };
