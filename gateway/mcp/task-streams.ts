// Subscription streams over HTTP that tell of tasks too: the SDK's stream goes on as it is, and what is told of tasks comes between its events.
import type { McpHttpHandler } from '@modelcontextprotocol/server';
import type { Caller } from '../operations/index.ts';
import type { McpOffer } from './offer.ts';
import { type Notification, type TaskSubscription, taskSubscription } from './task-subscriptions.ts';

type Fetch = McpHttpHandler['fetch'];

const BAD_REQUEST = 400;

export function withTaskStreams(fetch: Fetch, { tasks }: Pick<McpOffer, 'tasks'>): Fetch {
  return async (request, options = {}) => {
    const caller = options.authInfo?.extra?.caller as Caller;
    const subscription = await taskSubscription(options.parsedBody, tasks, caller);
    if (subscription === undefined) return fetch(request, options);
    const response = await fetch(request, { ...options, parsedBody: subscription.rest });
    const { body } = response;
    if (body === null || response.headers.get('content-type') !== 'text/event-stream') return response;
    const { id, refusal } = subscription;
    if (refusal === undefined) return new Response(withTasks(body, subscription), response);
    await body.cancel();
    const { code, message, data } = refusal;
    return Response.json({ jsonrpc: '2.0', id, error: { code, message, ...(data === undefined ? {} : { data }) } }, { status: BAD_REQUEST });
  };
}

/** The first event is what the SDK acknowledges. */
function withTasks(events: ReadableStream<Uint8Array>, subscription: TaskSubscription): ReadableStream<Uint8Array> {
  const reader = events.getReader();
  const { encode, decode } = { encode: new TextEncoder(), decode: new TextDecoder() };
  const bytesOf = (message: Notification): Uint8Array => encode.encode(`event: message\ndata: ${JSON.stringify(message)}\n\n`);
  let end: (() => void) | undefined;
  return new ReadableStream({
    async pull(stream) {
      const { done, value } = await reader.read().catch((error: unknown) => {
        end?.();
        throw error;
      });
      if (done) {
        end?.();
        return stream.close();
      }
      if (end !== undefined) return stream.enqueue(value);
      stream.enqueue(bytesOf(subscription.acknowledged(JSON.parse(decode.decode(value).replace(/^[^{]*/, '')))));
      end = subscription.follow((message) => stream.enqueue(bytesOf(message)));
    },
    async cancel(reason) {
      end?.();
      await reader.cancel(reason);
    },
  });
}
