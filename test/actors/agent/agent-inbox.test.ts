import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { InboxMessage } from '../../../actors/agent/agent-context.ts';
import { INBOX_KEPT, MOST_TRIES, markDelivered, markTried, nextUndelivered, receive } from '../../../actors/agent/agent-inbox.ts';

const message = (id: string) => ({ id, from: 'ann', kind: 'note', payload: null, at: 1 });
const inboxOf = (...ids: string[]): readonly InboxMessage[] => ids.reduce<readonly InboxMessage[]>((inbox, id) => receive(inbox, message(id)), []);

describe('an inbox', () => {
  it('takes a message once', () => {
    expect(inboxOf('a', 'b', 'a').map(({ id }) => id)).toEqual(['a', 'b']);
  });

  it('numbers what it receives in the order of arrival, and dates nothing before what came earlier, whatever the clock says', () => {
    const received = fc.array(fc.record({ id: fc.string({ minLength: 1, maxLength: 2 }), at: fc.nat(50) }), { maxLength: 3 * INBOX_KEPT });
    fc.assert(
      fc.property(received, fc.func(fc.boolean()), (messages, isDelivered) => {
        let inbox: readonly InboxMessage[] = [];
        let newest = 0;
        for (const [arrival, { id, at }] of messages.entries()) {
          const before = inbox;
          inbox = receive(inbox, { ...message(id), at, payload: arrival });
          if (inbox !== before) newest = inbox.at(-1)?.nth ?? 0;
          if (isDelivered(arrival)) inbox = markDelivered(inbox, id);
        }
        const pairs = inbox.slice(1).map((later, index) => [inbox[index] as InboxMessage, later] as const);
        expect(pairs.every(([earlier, later]) => (earlier.nth ?? 0) < (later.nth ?? 0) && earlier.at <= later.at && Number(earlier.payload) < Number(later.payload))).toBe(true);
        expect(inbox.at(-1)?.nth ?? 0).toBe(newest);
      }),
    );
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
