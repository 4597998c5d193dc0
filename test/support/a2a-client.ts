// The A2A SDK's own client, with a token, for a door on loopback.
import type { Message } from '@a2a-js/sdk';
import { Role } from '@a2a-js/sdk';
import { type Client, ClientFactory, DefaultAgentCardResolver, JsonRpcTransportFactory } from '@a2a-js/sdk/client';

export function a2aClient(origin: string, token: string, fetching: typeof fetch = fetch): Promise<Client> {
  const fetchImpl: typeof fetch = (input, init) => {
    const headers = new Headers(init?.headers);
    headers.set('authorization', `Bearer ${token}`);
    return fetching(input, { ...init, headers });
  };
  return new ClientFactory({ transports: [new JsonRpcTransportFactory({ fetchImpl })], cardResolver: new DefaultAgentCardResolver({ fetchImpl: fetching }) }).createFromUrl(origin);
}

let messages = 0;

export function saying(content: NonNullable<Message['parts'][number]['content']>, more: Partial<Message> = {}): Message {
  messages += 1;
  return {
    messageId: `message-${messages}`,
    contextId: '',
    taskId: '',
    role: Role.ROLE_USER,
    parts: [{ content, metadata: undefined, filename: '', mediaType: content.$case === 'data' ? 'application/json' : 'text/plain' }],
    metadata: undefined,
    extensions: [],
    referenceTaskIds: [],
    ...more,
  };
}

export const request = (message: Message, returnImmediately = false) => ({
  tenant: '',
  message,
  configuration: { acceptedOutputModes: [], taskPushNotificationConfig: undefined, returnImmediately },
  metadata: undefined,
});
