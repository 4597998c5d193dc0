// Messages that a guest takes. What its client asks for comes as JOIN, HEARD, ACK and LEAVE from the operations, which know whose it is;
// from outside it takes what every agent takes.
import type { AgentMessage } from '../agent/agent.messages.ts';
import type { GuestWishes, HeldTask } from './guest-context.ts';

export type GuestMessage =
  | Extract<AgentMessage, { readonly type: 'GET' | 'INBOX' | 'MESSAGE' | 'INTERRUPT' | 'STOP' | 'DRAIN' | 'START' | 'PAUSE' | 'RESUME' | 'ASSIGN' | 'TASK_ENDED' | 'WITHDRAW' }>
  /** Answered with JoinAnswer. With the membership that it has, it only goes on. */
  | ({ readonly type: 'JOIN'; readonly owner: string; readonly membership: number | null } & GuestWishes)
  /** A sign of life. */
  | { readonly type: 'HEARD'; readonly membership: number }
  /** It has read these. */
  | { readonly type: 'ACK'; readonly ids: readonly string[] }
  | { readonly type: 'LEAVE'; readonly why: string }
  /** From its task: the work itself. */
  | { readonly type: 'HAND'; readonly planId: string; readonly taskId: string; readonly held: HeldTask }
  /** To itself: what it holds goes to somebody else. */
  | { readonly type: 'DROP' };

export type JoinAnswer = { readonly ok: true; readonly membership: number } | { readonly ok: false; readonly reason: 'not_yours' };
