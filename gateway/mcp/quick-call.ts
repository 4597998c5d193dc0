// The quick way of a tool call: a request that is right in every part and asks for a tool that answers soon needs no server of its own.
// Whatever differs in the least goes the other way, where the SDK says what is wrong with it.
import type { CallToolResult } from '@modelcontextprotocol/server';
import type { Caller } from '../operations/index.ts';
import type { McpOffer } from './offer.ts';

type Members = Readonly<Record<string, unknown>>;
type Headers = Readonly<Record<string, string | string[] | undefined>>;

export const MODERN = '2026-07-28';
const VERSION_META = 'io.modelcontextprotocol/protocolVersion';
const CAPABILITIES_META = 'io.modelcontextprotocol/clientCapabilities';
const CLIENT_META = 'io.modelcontextprotocol/clientInfo';
const RESERVED = 'io.modelcontextprotocol/';
/** Anything else may change what the call means. */
const CALL_MEMBERS: readonly string[] = ['name', 'arguments', '_meta'];
const FRAME_MEMBERS: readonly string[] = ['jsonrpc', 'id', 'method', 'params'];
const MODERN_META: readonly string[] = [VERSION_META, CAPABILITIES_META, CLIENT_META];
/** Of a call in a session, whose revision was agreed on before. */
const SESSION_META: readonly string[] = ['progressToken', 'claudecode/toolUseId'];
/** What answers soon is not given up. */
const NEVER = new AbortController().signal;
const PLAIN_NAME = /^[A-Za-z0-9_]{1,64}$/;

export interface QuickCall {
  readonly id: string | number;
  readonly tool: string;
  readonly input: Members;
  readonly era: 'modern' | 'legacy';
}

/** Undefined for what goes the other way. `revision` is that of the session, if the request is of one. */
export function quickCall({ tools }: McpOffer, headers: Headers, body: unknown, revision: string | undefined): QuickCall | undefined {
  if (!isObject(body) || body.jsonrpc !== '2.0' || body.method !== 'tools/call' || !isId(body.id) || !hasOnly(body, FRAME_MEMBERS)) return undefined;
  const { params, id } = body;
  if (!isObject(params) || !hasOnly(params, CALL_MEMBERS)) return undefined;
  const { name, arguments: input = {}, _meta: meta = {} } = params;
  if (typeof name !== 'string' || !PLAIN_NAME.test(name) || !isObject(input) || !isObject(meta)) return undefined;
  const era = revision === undefined ? modern(headers, name, meta) : inSession(headers, meta, revision);
  if (era === undefined || !acceptsBoth(headers) || !tools.isQuick(name)) return undefined;
  return { id, tool: name, input, era };
}

function modern(headers: Headers, name: string, meta: Members): 'modern' | undefined {
  if (headers['mcp-session-id'] !== undefined) return undefined;
  const claimed = headers['mcp-protocol-version'] === MODERN && headers['mcp-method'] === 'tools/call' && headers['mcp-name'] === name && meta[VERSION_META] === MODERN;
  return claimed && isObject(meta[CAPABILITIES_META]) && isClient(meta[CLIENT_META]) && reservedAmong(meta, MODERN_META) ? 'modern' : undefined;
}

function inSession(headers: Headers, meta: Members, revision: string): 'legacy' | undefined {
  const said = headers['mcp-protocol-version'];
  return (said === undefined || said === revision) && hasOnly(meta, SESSION_META) ? 'legacy' : undefined;
}

/** As the specification asks of every client: it must be able to take either kind of answer. */
function acceptsBoth({ accept, 'content-type': type }: Headers): boolean {
  return (
    typeof accept === 'string' && accept.includes('application/json') && accept.includes('text/event-stream') && typeof type === 'string' && type.startsWith('application/json')
  );
}

export async function answerQuick({ tools, name, version }: McpOffer, { id, tool, input, era }: QuickCall, caller: Caller): Promise<string> {
  const result = (await tools.call(tool, input, { caller, signal: NEVER })) as CallToolResult;
  const told = era === 'legacy' ? result : { resultType: 'complete', ...result, _meta: { ...result._meta, 'io.modelcontextprotocol/serverInfo': { name, version } } };
  return JSON.stringify({ jsonrpc: '2.0', id, result: told });
}

function isObject(value: unknown): value is Members {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isId(value: unknown): value is string | number {
  return typeof value === 'string' || (typeof value === 'number' && Number.isInteger(value));
}

function isClient(value: unknown): boolean {
  return value === undefined || (isObject(value) && typeof value.name === 'string' && typeof value.version === 'string');
}

function hasOnly(value: Members, allowed: readonly string[]): boolean {
  for (const member in value) if (!allowed.includes(member)) return false;
  return true;
}

/** Members of others' namespaces are none of ours; a progress token asks for what a quick call never sends. */
function reservedAmong(meta: Members, allowed: readonly string[]): boolean {
  for (const member in meta) if (member.startsWith(RESERVED) && !allowed.includes(member)) return false;
  return true;
}
