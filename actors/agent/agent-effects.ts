// What an agent does to the world: delivers messages to its session, and looks at each activation whether the session is there.
import { fromObservable, type Observer } from 'xstate';
import { effect } from '../../runtime/index.ts';
import type { Services } from '../fleet/services.ts';
import type { InboxMessage } from './agent-context.ts';

const DELIVERY_MS = 10_000;

export interface Delivery {
  readonly agent: string;
  readonly message: InboxMessage;
}

/** Idempotent: a host knows messages by their id. */
export function deliverEffect({ hosts }: Services) {
  return effect<{ readonly id: string }, Delivery>({
    idempotent: true,
    deadlineMs: DELIVERY_MS + 5_000,
    run: async ({ input, signal }) => {
      const { id, from, kind, payload } = input.message;
      await hosts.call(input.agent, 'message.deliver', { id, from, type: kind, payload }, { signal, waitMs: DELIVERY_MS });
      return { id };
    },
  });
}

export interface SessionSight {
  readonly connected: boolean;
}

/**
 * A restored agent remembers a session that may have gone with the node before. A subscription starts again at each activation
 * (K17), so this tells it once whether there is one; sessions of the present node report themselves from then on.
 */
export function watchSession({ hosts }: Services) {
  return fromObservable<SessionSight, { readonly name: string }>(({ input }) => ({
    subscribe: (observer: Observer<SessionSight> | ((sight: SessionSight) => void)) => {
      const sight = { connected: hosts.connected(input.name) };
      if (typeof observer === 'function') observer(sight);
      else observer.next?.(sight);
      return { unsubscribe: () => undefined };
    },
  }));
}
