// What a session was told of late, so that a client whose stream was cut gets what it missed (Last-Event-ID). Bounded: what is older
// than that is gone, and the client reads anew.
import type { EventStore, JSONRPCMessage } from '@modelcontextprotocol/server';

export const EVENTS_KEPT = 500;

interface Kept {
  readonly stream: string;
  readonly message: JSONRPCMessage;
}

/** Ids are `<stream>.<number>`; a number is given once in a session. */
export function recentEvents(most = EVENTS_KEPT): EventStore {
  const kept = new Map<number, Kept>();
  let last = 0;
  const streamOf = (eventId: string): string => eventId.slice(0, Math.max(0, eventId.lastIndexOf('.')));
  return {
    async storeEvent(stream, message) {
      last += 1;
      kept.set(last, { stream, message });
      if (kept.size > most) kept.delete(last - most);
      return `${stream}.${last}`;
    },
    getStreamIdForEventId: async (eventId) => streamOf(eventId),
    async replayEventsAfter(lastEventId, { send }) {
      const stream = streamOf(lastEventId);
      const after = Number(lastEventId.slice(stream.length + 1));
      for (const [number, event] of [...kept]) {
        // A priming event carries no message.
        if (number > after && event.stream === stream && 'jsonrpc' in event.message) await send(`${stream}.${number}`, event.message);
      }
      return stream;
    },
  };
}
