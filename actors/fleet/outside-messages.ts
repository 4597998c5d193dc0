// What may be sent to an actor from outside: each kind of address has its schema, everything else is refused before it is journalled.
// Messages between actors (BEGIN, STEP_CHANGED, …) are in none of them, so nobody forges them from a command line.
import type { z } from 'zod';
import type { Message } from '../../runtime/index.ts';
import { agentMessageSchema } from '../agent/agent.messages.ts';
import { approvalMessageSchema } from '../approval/approval.messages.ts';
import { roundMessageSchema } from '../consensus/round.messages.ts';
import { planMessageSchema } from '../plan/plan.messages.ts';
import { policyMessageSchema } from '../policy/policy.messages.ts';
import { requestMessageSchema } from '../request/request.messages.ts';
import { routerMessageSchema } from '../router/router.messages.ts';
import { taskMessageSchema } from '../task/task.messages.ts';

/** By address; `*` stands for any last segment. */
const SCHEMAS: ReadonlyMap<string, z.ZodType<Message>> = new Map<string, z.ZodType<Message>>([
  ['agents/*', agentMessageSchema as z.ZodType<Message>],
  ['plans/*', planMessageSchema as z.ZodType<Message>],
  ['tasks/*', taskMessageSchema as z.ZodType<Message>],
  ['approvals/*', approvalMessageSchema as z.ZodType<Message>],
  ['requests/*', requestMessageSchema as z.ZodType<Message>],
  ['rounds/*', roundMessageSchema as z.ZodType<Message>],
  ['policy', policyMessageSchema as z.ZodType<Message>],
  ['router', routerMessageSchema as z.ZodType<Message>],
]);

export type OutsideMessage = { readonly ok: true; readonly message: Message } | { readonly ok: false; readonly reason: 'no_such_address' | 'invalid'; readonly problem: string };

/** The message as the actor's schema reads it, unknown members dropped. */
export function readOutsideMessage(address: string, message: unknown): OutsideMessage {
  const last = address.lastIndexOf('/');
  const schema = SCHEMAS.get(last < 0 ? address : `${address.slice(0, last)}/*`);
  if (schema === undefined) return { ok: false, reason: 'no_such_address', problem: `'${address}' takes no messages from outside` };
  const read = schema.safeParse(message);
  if (read.success) return { ok: true, message: read.data };
  return { ok: false, reason: 'invalid', problem: read.error.issues.map((issue) => `${issue.path.join('.') || 'message'}: ${issue.message}`).join('; ') };
}
