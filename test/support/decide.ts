// A decision as the operation sends it: a person's, without a login, unless a test says otherwise.
import type { Decide } from '../../actors/approval/approval.messages.ts';
import type { Message } from '../../runtime/index.ts';

export function decide(decision: Decide['decision'], more: Partial<Decide> = {}): Decide & Message {
  return { type: 'DECIDE', decision, by: 'bob', as: 'person', login: false, reason: decision === 'deny' ? 'no' : '', ...more };
}
