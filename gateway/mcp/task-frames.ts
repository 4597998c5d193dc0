// Subscriptions over a connection of its own (a WebSocket) that tell of tasks too: between the SDK and the connection, frame by frame.
import type { JSONRPCMessage } from '@modelcontextprotocol/server';
import { SUBSCRIPTION_ID_META_KEY } from '@modelcontextprotocol/server';
import type { Caller } from '../operations/index.ts';
import type { TaskOffer } from './offer.ts';
import { ACKNOWLEDGED, type Notification, type TaskSubscription, taskSubscription } from './task-subscriptions.ts';

export interface TaskFramesOptions {
  readonly tasks: TaskOffer;
  readonly caller: Caller;
  /** To the client. */
  send(message: object): void;
  /** To the SDK. */
  pass(message: JSONRPCMessage): void;
}

export interface TaskFrames {
  /** What the client says; it is passed on, but for what is refused here. */
  said(message: JSONRPCMessage): void;
  /** What the SDK says; it is sent on. */
  answered(message: JSONRPCMessage): void;
  end(): void;
}

interface Open {
  subscription?: TaskSubscription;
  stop?: () => void;
}

export function taskFrames({ tasks, caller, send, pass }: TaskFramesOptions): TaskFrames {
  const open = new Map<unknown, Open>();
  const forget = (id: unknown): void => {
    open.get(id)?.stop?.();
    open.delete(id);
  };
  const begin = async (message: JSONRPCMessage & { readonly id?: unknown }): Promise<void> => {
    const entry: Open = {};
    open.set(message.id, entry);
    const subscription = await taskSubscription(message, tasks, caller);
    // It was cancelled meanwhile, or is no more than the SDK serves.
    if (open.get(message.id) !== entry) return;
    if (subscription === undefined) open.delete(message.id);
    else entry.subscription = subscription;
    if (subscription?.refusal === undefined) return pass((subscription?.rest ?? message) as JSONRPCMessage);
    open.delete(message.id);
    const { code, message: text, data } = subscription.refusal;
    send({ jsonrpc: '2.0', id: message.id, error: { code, message: text, ...(data === undefined ? {} : { data }) } });
  };
  return {
    said(message) {
      if ('method' in message && message.method === 'subscriptions/listen' && 'id' in message) {
        forget(message.id);
        begin(message).catch(() => pass(message));
        return;
      }
      if ('method' in message && message.method === 'notifications/cancelled') forget((message.params as { readonly requestId?: unknown } | undefined)?.requestId);
      pass(message);
    },
    answered(message) {
      // Refused, or ended by the SDK.
      if (!('method' in message) && 'id' in message) forget(message.id);
      const entry = 'method' in message && message.method === ACKNOWLEDGED ? open.get(subscriptionOf(message)) : undefined;
      if (entry?.subscription === undefined) return send(message);
      send(entry.subscription.acknowledged(message as Notification));
      entry.stop = entry.subscription.follow(send);
    },
    end() {
      for (const id of [...open.keys()]) forget(id);
    },
  };
}

function subscriptionOf({ params }: { readonly params?: unknown }): unknown {
  return (params as { readonly _meta?: Readonly<Record<string, unknown>> } | undefined)?._meta?.[SUBSCRIPTION_ID_META_KEY];
}
