// JSON-RPC 2.0 frames (jsonrpc.org/specification): what a text says, and the texts we send. Pure; no wire, no state.
// Checked by hand, unlike other boundaries: the grammar is five members, and every agent host pays for what this imports.

export const PARSE_ERROR = -32700;
export const INVALID_REQUEST = -32600;
export const METHOD_NOT_FOUND = -32601;
export const INVALID_PARAMS = -32602;
export const INTERNAL_ERROR = -32603;

export type RpcId = string | number | null;

export interface RpcErrorObject {
  readonly code: number;
  readonly message: string;
  readonly data?: unknown;
}

export type Frame =
  | { readonly kind: 'request'; readonly id: RpcId; readonly method: string; readonly params: unknown }
  | { readonly kind: 'notification'; readonly method: string; readonly params: unknown }
  | { readonly kind: 'result'; readonly id: RpcId; readonly result: unknown }
  | { readonly kind: 'failure'; readonly id: RpcId; readonly error: RpcErrorObject }
  /** Answered with INVALID_REQUEST. */
  | { readonly kind: 'invalid'; readonly id: RpcId }
  /** Meant as an answer, but is none: nobody answers an answer. */
  | { readonly kind: 'stray' };

export type Reading = { readonly ok: true; readonly batch: boolean; readonly frames: readonly Frame[] } | { readonly ok: false; readonly code: number };

/** An empty batch is an invalid request, as the specification says. */
export function readFrames(text: string): Reading {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return { ok: false, code: PARSE_ERROR };
  }
  if (!Array.isArray(value)) return { ok: true, batch: false, frames: [readFrame(value)] };
  return value.length === 0 ? { ok: false, code: INVALID_REQUEST } : { ok: true, batch: true, frames: value.map(readFrame) };
}

type Members = Readonly<Record<string, unknown>>;

function readFrame(value: unknown): Frame {
  if (!isObject(value)) return { kind: 'invalid', id: null };
  if (!('method' in value) && ('result' in value || 'error' in value)) return readAnswer(value);
  const { jsonrpc, id, method, params } = value;
  const known = isId(id) ? id : null;
  if (jsonrpc !== '2.0' || typeof method !== 'string' || !isParams(params)) return { kind: 'invalid', id: known };
  if (id === undefined) return { kind: 'notification', method, params };
  return isId(id) ? { kind: 'request', id, method, params } : { kind: 'invalid', id: null };
}

function readAnswer(value: Members): Frame {
  const { jsonrpc, id, result, error } = value;
  if (jsonrpc !== '2.0' || !isId(id) || ('result' in value && 'error' in value)) return { kind: 'stray' };
  if ('result' in value) return { kind: 'result', id, result };
  return isErrorObject(error) ? { kind: 'failure', id, error } : { kind: 'stray' };
}

function isObject(value: unknown): value is Members {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isId(value: unknown): value is RpcId {
  return typeof value === 'string' || typeof value === 'number' || value === null;
}

/** Structured or absent, says the specification: no bare text, number or null. */
function isParams(value: unknown): boolean {
  return value === undefined || (typeof value === 'object' && value !== null);
}

function isErrorObject(value: unknown): value is RpcErrorObject {
  return isObject(value) && Number.isInteger(value.code) && typeof value.message === 'string';
}

export function requestText(id: RpcId, method: string, params: unknown): string {
  return JSON.stringify({ jsonrpc: '2.0', id, method, ...(params === undefined ? {} : { params }) });
}

export function notificationText(method: string, params: unknown): string {
  return JSON.stringify({ jsonrpc: '2.0', method, ...(params === undefined ? {} : { params }) });
}

/** An answer; `undefined` becomes null, since the member is required. */
export function resultText(id: RpcId, result: unknown): string {
  return `{"jsonrpc":"2.0","id":${JSON.stringify(id)},"result":${JSON.stringify(result) ?? 'null'}}`;
}

export function failureText(id: RpcId, error: RpcErrorObject): string {
  return `{"jsonrpc":"2.0","id":${JSON.stringify(id)},"error":${JSON.stringify(error)}}`;
}

/** The answers to a batch. */
export function batchText(answers: readonly string[]): string {
  return `[${answers.join(',')}]`;
}
