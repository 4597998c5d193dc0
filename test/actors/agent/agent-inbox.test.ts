import { describe, expect, it } from 'vitest';
import type { InboxMessage } from '../../../actors/agent/agent-context.ts';
import { INBOX_KEPT, MOST_TRIES, markDelivered, markTried, nextUndelivered, receive } from '../../../actors/agent/agent-inbox.ts';

const message = (id: string) => ({ id, from: 'ann', kind: 'note', payload: null, at: 1 });
const inboxOf = (...ids: string[]): readonly InboxMessage[] => ids.reduce<readonly InboxMessage[]>((inbox, id) => receive(inbox, message(id)), []);

describe('an inbox', () => {
  it('takes a message once', () => {
    expect(inboxOf('a', 'b', 'a').map(({ id }) => id)).toEqual(['a', 'b']);
  });

  it('delivers in the order of arrival', () => {
    const inbox = inboxOf('a', 'b');
    expect(nextUndelivered(inbox)?.id).toBe('a');
    expect(nextUndelivered(markDelivered(inbox, 'a'))?.id).toBe('b');
    expect(nextUndelivered(markDelivered(markDelivered(inbox, 'a'), 'b'))).toBeUndefined();
  });

  it('gives a message up after refusals of its host, never for want of a session', () => {
    let inbox = inboxOf('a', 'b');
    for (let i = 0; i < 50; i += 1) inbox = markTried(inbox, 'a', false);
    expect(nextUndelivered(inbox)?.id).toBe('a');
    for (let i = 0; i < MOST_TRIES; i += 1) inbox = markTried(inbox, 'a', true);
    expect(inbox[0]).toMatchObject({ id: 'a', state: 'undeliverable' });
    expect(nextUndelivered(inbox)?.id).toBe('b');
  });

  it('stays bounded, and lets delivered messages go first', () => {
    let inbox = inboxOf(...Array.from({ length: INBOX_KEPT }, (_, index) => `m${index}`));
    inbox = receive(markDelivered(inbox, 'm7'), message('new'));
    expect(inbox).toHaveLength(INBOX_KEPT);
    expect(inbox.some(({ id }) => id === 'm7')).toBe(false);
    expect(inbox.some(({ id }) => id === 'm0')).toBe(true);
    inbox = receive(inbox, message('newer'));
    expect(inbox).toHaveLength(INBOX_KEPT);
    expect(inbox.some(({ id }) => id === 'm0')).toBe(false);
  });
});
