// One request of MCP's revision 2026-07-28 by hand, for what the official client has no call for.
import { HONEST } from './test-door.ts';

export interface ModernAnswer {
  readonly status: number;
  readonly result: Readonly<Record<string, unknown>> & { readonly structuredContent?: unknown };
  readonly error?: { readonly code: number; readonly message: string; readonly data?: unknown };
}

type Params = Readonly<Record<string, unknown>>;

interface More {
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
}

/** `_meta` of each of its requests. `capabilities` are what the client says that it can do. */
export const modernMeta = (capabilities: object) => ({
  'io.modelcontextprotocol/protocolVersion': '2026-07-28',
  'io.modelcontextprotocol/clientCapabilities': capabilities,
});

export const modernMessage = (id: number, method: string, params: Params, capabilities: object) => ({
  jsonrpc: '2.0',
  id,
  method,
  params: { ...params, _meta: modernMeta(capabilities) },
});

/** With the headers that go with it. */
export function postModern(port: number, method: string, params: Params, capabilities: object, { headers = {}, signal }: More = {}): Promise<Response> {
  const name = params.name ?? params.taskId ?? params.uri;
  return fetch(`http://127.0.0.1:${port}/mcp`, {
    method: 'POST',
    headers: {
      ...HONEST,
      'content-type': 'application/json',
      accept: 'application/json, text/event-stream',
      'mcp-protocol-version': '2026-07-28',
      'mcp-method': method,
      ...(typeof name === 'string' ? { 'mcp-name': name } : {}),
      ...headers,
    },
    body: JSON.stringify(modernMessage(1, method, params, capabilities)),
    ...(signal === undefined ? {} : { signal }),
  });
}

export async function modernRequest(
  port: number,
  method: string,
  params: Params,
  capabilities: object = {},
  headers: Readonly<Record<string, string>> = {},
): Promise<ModernAnswer> {
  const response = await postModern(port, method, params, capabilities, { headers });
  const text = await response.text();
  // A stream's last message is the answer.
  const last = text.startsWith('{')
    ? text
    : (text
        .split('\n')
        .findLast((line) => line.startsWith('data: {'))
        ?.slice('data: '.length) ?? '{}');
  return { status: response.status, ...(JSON.parse(last) as Omit<ModernAnswer, 'status'>) };
}
