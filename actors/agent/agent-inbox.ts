// An agent's recent messages, the oldest first. Bounded: old ones go once they were delivered, and at last undelivered ones too.
import type { InboxMessage } from './agent-context.ts';

export const INBOX_KEPT = 100;
export const MOST_TRIES = 5;

type Inbox = readonly InboxMessage[];

/** The same id again changes nothing. None is older than the one before it, whatever the clock says. */
export function receive(inbox: Inbox, message: Pick<InboxMessage, 'id' | 'from' | 'kind' | 'payload' | 'at'>): Inbox {
  if (inbox.some((known) => known.id === message.id)) return inbox;
  const last = inbox.at(-1);
  const full = [...inbox, { ...message, at: Math.max(message.at, last?.at ?? 0), state: 'queued' as const, tries: 0, nth: (last?.nth ?? 0) + 1 }];
  if (full.length <= INBOX_KEPT) return full;
  const settled = full.findIndex((known) => known.state !== 'queued');
  return full.filter((_, index) => index !== Math.max(0, settled));
}

export function nextUndelivered(inbox: Inbox): InboxMessage | undefined {
  return inbox.find((message) => message.state === 'queued');
}

export function markDelivered(inbox: Inbox, id: string): Inbox {
  return inbox.map((message) => (message.id === id ? { ...message, state: 'delivered' as const } : message));
}

/** A session that is not there is no refusal: only refusals count. */
export function markTried(inbox: Inbox, id: string, refused: boolean): Inbox {
  if (!refused) return inbox;
  return inbox.map((message) => {
    if (message.id !== id) return message;
    const tries = message.tries + 1;
    return { ...message, tries, state: tries < MOST_TRIES ? ('queued' as const) : ('undeliverable' as const) };
  });
}
