// Requests to a node, made from what the node says of itself: its OpenAPI document and its list of tools, and the tables of the other doors.
import fc from 'fast-check';
import { ACCESS_ROUTES, AUTH_ROUTES } from '../../gateway/http/api-routes.ts';
import { a2aShot } from './a2a-shots.ts';
import { HOSTILE_BODIES, HOSTILE_HEADERS, HOSTILE_TEXTS, HOSTILE_TYPES } from './hostile-values.ts';
import { allowedInput, hostileInput, type Known, nearInput, type Schema } from './schema-values.ts';

export type DoorName = 'health' | 'access' | 'api' | 'auth' | 'rpc' | 'agent';

export interface Shot {
  readonly door: DoorName;
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string | Buffer;
  /** Over a WebSocket under this subprotocol: `body` is one frame, binary where it is no text. */
  readonly socket?: 'jsonrpc' | 'mcp';
  /** The id of the frame, where an answer to it is promised. */
  readonly id?: string;
  /** It may stay open for as long as somebody listens. */
  readonly lasting?: boolean;
}

export interface Tool {
  readonly name: string;
  readonly inputSchema: Schema;
}

interface Route {
  readonly door: DoorName;
  readonly method: string;
  /** Names in braces are members of the input. */
  readonly path: string;
}

/** They wait for a person or stream; a client that hangs up ends them. */
const LASTING = /permission|events|\/mcp$/;
/** Tools that wait for a person, an agent or news, and the stream of news: over a socket all others answer at once. */
const WAITING = /permission|wait|^subscriptions\/listen$/;
const JSON_TYPE = { 'content-type': 'application/json' };
const MODERN = { 'io.modelcontextprotocol/protocolVersion': '2026-07-28', 'io.modelcontextprotocol/clientCapabilities': {} };

/** Rare: each starts or ends a process, or copies the whole node. */
const HEAVY: readonly string[] = ['backup_create', 'agent_restart', 'agent_stop', 'agent_spawn', 'user_add', 'user_link'];

export function shotsAt(tools: readonly Tool[], routes: ReadonlyMap<string, Route>, known: Known): fc.Arbitrary<Shot> {
  const byTool = tools.map((tool) => ({ weight: HEAVY.includes(tool.name) ? 1 : 20, arbitrary: shotOf(tool, routes.get(tool.name), known) }));
  return fc.oneof({ weight: 8, arbitrary: fc.oneof(...byTool) }, { weight: 2, arbitrary: strayShot([...routes.values()], tools) }, { weight: 1, arbitrary: a2aShot(known) });
}

/** Every operation's route, by the name of its tool. */
export function routesOf(paths: Readonly<Record<string, Readonly<Record<string, { readonly operationId: string }>>>>): ReadonlyMap<string, Route> {
  const described = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, { operationId }]) => [operationId, { door: 'api', method: method.toUpperCase(), path }] as const),
  );
  const apart = ([door, routes]: readonly [DoorName, typeof AUTH_ROUTES]) =>
    routes.map(({ method, path, operation }) => [operation.replace('.', '_'), { door, method, path: path.replace(/:(\w+)/g, '{$1}') }] as const);
  return new Map<string, Route>([...described, ...apart(['auth', AUTH_ROUTES]), ...apart(['access', ACCESS_ROUTES])]);
}

function shotOf({ name, inputSchema }: Tool, route: Route | undefined, known: Known): fc.Arbitrary<Shot> {
  const inputs = fc.oneof(allowedInput(inputSchema, known), nearInput(inputSchema, known), hostileInput(inputSchema));
  const throughs = [overRpc, overMcp, overSocket, overMcpSocket, ...(route === undefined ? [] : [overRoute(route), overRoute(route)])];
  const headers = fc.oneof({ weight: 9, arbitrary: fc.constant({}) }, { weight: 1, arbitrary: fc.constantFrom(...HOSTILE_HEADERS) });
  return fc.tuple(inputs, fc.constantFrom(...throughs), headers).map(([input, through, more]) => {
    const shot = through(name, input);
    return { ...shot, headers: { ...shot.headers, ...more }, ...(LASTING.test(shot.path) || (shot.socket === 'mcp' ? WAITING : /permission/).test(name) ? { lasting: true } : {}) };
  });
}

type Through = (name: string, input: Readonly<Record<string, unknown>>) => Shot;

const overRpc: Through = (name, params) => ({
  door: 'rpc',
  method: 'POST',
  path: '/rpc',
  headers: JSON_TYPE,
  body: JSON.stringify({ jsonrpc: '2.0', id: 1, method: name.replace('_', '.'), params }),
});

/** Each goes over a socket of its own, so that its id is its own too. */
const SOCKET = { door: 'rpc', method: 'WS', path: '/ws', headers: {}, id: 'x' } as const;

const overSocket: Through = (name, params) => ({
  ...SOCKET,
  socket: 'jsonrpc',
  body: JSON.stringify({ jsonrpc: '2.0', id: SOCKET.id, method: name.replace('_', '.'), params }),
});

const overMcpSocket: Through = (name, input) => ({
  ...SOCKET,
  socket: 'mcp',
  body: JSON.stringify({ jsonrpc: '2.0', id: SOCKET.id, method: 'tools/call', params: { name, arguments: input, _meta: MODERN } }),
});

const overMcp: Through = (name, input) => mcpShot('tools/call', { name, arguments: input }, name);

function mcpShot(method: string, params: object, name?: string): Shot {
  return {
    door: 'rpc',
    method: 'POST',
    path: '/mcp',
    headers: {
      ...JSON_TYPE,
      accept: 'application/json, text/event-stream',
      'mcp-protocol-version': '2026-07-28',
      'mcp-method': method,
      ...(name === undefined ? {} : { 'mcp-name': /^[\x21-\x7e]+$/.test(name) ? name : `=?base64?${Buffer.from(name).toString('base64')}?=` }),
    },
    body: JSON.stringify({ jsonrpc: '2.0', id: 1, method, params: { ...params, _meta: MODERN } }),
  };
}

function overRoute({ door, method, path }: Route): Through {
  return (_name, input) => {
    const inPath = [...path.matchAll(/\{(\w+)\}/g)].map(([, member = '']) => member);
    const at = inPath.reduce((url, member) => url.replace(`{${member}}`, () => segment(textOf(input[member]))), path);
    const rest = Object.entries(input).filter(([member]) => !inPath.includes(member));
    if (method === 'POST') return { door, method, path: at, headers: JSON_TYPE, body: JSON.stringify(Object.fromEntries(rest)) };
    const query = rest.flatMap(([member, value]) => (value === undefined ? [] : [`${segment(member)}=${segment(textOf(value))}`])).join('&');
    // Longer ones no server reads.
    return { door, method, path: `${at}?${query}`.slice(0, 10_000).replace(/%.?$/, ''), headers: {} };
  };
}

const textOf = (value: unknown): string => (typeof value === 'string' ? value : (JSON.stringify(value) ?? ''));
const segment = (text: string): string => encodeURIComponent(Buffer.from(text.slice(0, 2_500)).toString());

/** Requests that no table has: other methods, other paths, bodies that are none, frames and messages that are wrong. */
function strayShot(routes: readonly Route[], tools: readonly Tool[]): fc.Arbitrary<Shot> {
  const paths = [...routes.map(({ door, path }) => ({ door, path })), ...OTHER_PATHS];
  const place = fc.constantFrom(...paths);
  const word = fc.constantFrom(...HOSTILE_TEXTS, ...tools.map(({ name }) => name));
  const body = fc.constantFrom(...HOSTILE_BODIES);
  const type = fc.constantFrom('application/json', ...HOSTILE_TYPES);
  const method = fc.constantFrom('GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'HEAD', 'OPTIONS');
  return fc.oneof(
    fc
      .tuple(place, method, word, fc.constantFrom({}, ...HOSTILE_HEADERS))
      .map(([{ door, path }, verb, text, headers]) => ({ door, method: verb, path: path.replace(/\{\w+\}/g, () => segment(text)), headers, lasting: LASTING.test(path) })),
    fc
      .tuple(place, body, type)
      .map(([{ door, path }, text, given]) => ({ door, method: 'POST', path, headers: { 'content-type': given }, body: text, lasting: LASTING.test(path) })),
    fc.tuple(fc.constantFrom('api', 'rpc', 'auth', 'access', 'health', 'agent') as fc.Arbitrary<DoorName>, fc.string({ unit: 'binary', maxLength: 30 })).map(([door, path]) => ({
      door,
      method: 'GET',
      path: `/${segment(path)}`,
      headers: {},
    })),
    rpcFrame(word).map((text) => ({ ...overRpc('x_x', {}), body: text })),
    fc
      .tuple(fc.constantFrom('jsonrpc' as const, 'mcp' as const), fc.oneof(rpcFrame(word), body))
      .map(([socket, frame]) => ({ door: 'rpc' as const, method: 'WS', path: '/ws', headers: {}, socket, body: frame })),
    fc.tuple(fc.constantFrom(...MCP_METHODS, 'initialize', 'ping'), mcpParams(word), fc.constantFrom({}, { _meta: MODERN })).map(([name, params, meta]) => ({
      ...SOCKET,
      socket: 'mcp' as const,
      body: JSON.stringify({ jsonrpc: '2.0', id: SOCKET.id, method: name, params: { ...params, ...meta } }),
      lasting: WAITING.test(name) || WAITING.test(params.name ?? ''),
    })),
    fc.tuple(fc.constantFrom(...MCP_METHODS), mcpParams(word)).map(([name, params]) => ({ ...mcpShot(name, params, params.name ?? params.uri ?? params.taskId), lasting: true })),
  );
}

const OTHER_PATHS: ReadonlyArray<{ readonly door: DoorName; readonly path: string }> = [
  ...['/health', '/health/live', '/health/ready', '/health/components', '/metrics'].map((path) => ({ door: 'health', path }) as const),
  ...['/authorize', '/token', '/introspect', '/revoke', '/register', '/device_authorization', '/device', '/logout', '/jwks', '/userinfo', '/interaction/{uid}'].map(
    (path) => ({ door: 'auth', path }) as const,
  ),
  ...['/interaction/{uid}/login', '/interaction/{uid}/consent', '/link/{secret}', '/.well-known/oauth-authorization-server'].map((path) => ({ door: 'auth', path }) as const),
  ...['/rpc', '/mcp', '/ws', '/.well-known/oauth-protected-resource/mcp'].map((path) => ({ door: 'rpc', path }) as const),
  { door: 'api', path: '/openapi.json' },
  { door: 'api', path: '/api/v1/events' },
  { door: 'agent', path: '/health' },
];

const MCP_METHODS = [
  'server/discover',
  'tools/list',
  'tools/call',
  'resources/list',
  'resources/read',
  'resources/templates/list',
  'prompts/list',
  'prompts/get',
  'completion/complete',
  'tasks/get',
  'tasks/update',
  'tasks/cancel',
  'subscriptions/listen',
  'nonsense/x',
];

interface McpParams {
  readonly name?: string;
  readonly uri?: string;
  readonly taskId?: string;
  readonly [member: string]: unknown;
}

function mcpParams(word: fc.Arbitrary<string>): fc.Arbitrary<McpParams> {
  const short = word.map((text) => text.slice(0, 300));
  return fc.oneof(
    fc.record({ name: short, arguments: fc.jsonValue({ maxDepth: 2 }) }),
    short.map((text) => ({ uri: `troupe://${text}` })),
    short.map((taskId) => ({ taskId })),
    short.map((cursor) => ({ cursor })),
    fc.record({ ref: fc.record({ type: fc.constantFrom('ref/prompt', 'ref/resource', 'x'), name: short, uri: short }), argument: fc.record({ name: short, value: short }) }),
  );
}

function rpcFrame(word: fc.Arbitrary<string>): fc.Arbitrary<string> {
  const member = fc.oneof(word, fc.jsonValue({ maxDepth: 1 }));
  const frame = fc.record({ jsonrpc: fc.constantFrom<unknown>('2.0', '1.0', 2), id: member, method: member, params: member }, { requiredKeys: [] });
  return fc.oneof(frame, fc.array(frame, { maxLength: 60 })).map((value) => JSON.stringify(value));
}
