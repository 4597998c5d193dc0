// JSON-RPC 2.0 frames (jsonrpc.org/specification): what a text says, and the texts we send. Pure; no wire, no state.
import { z } from 'zod';

export const PARSE_ERROR = -32700;
export const INVALID_REQUEST = -32600;
export const METHOD_NOT_FOUND = -32601;
export const INVALID_PARAMS = -32602;
export const INTERNAL_ERROR = -32603;

const Id = z.union([z.string(), z.number(), z.null()]);
const Params = z.union([z.array(z.unknown()), z.record(z.string(), z.unknown())]);
const Version = z.literal('2.0');
const ErrorObject = z.object({ code: z.int(), message: z.string(), data: z.unknown().optional() });
const Incoming = z.object({ jsonrpc: Version, method: z.string(), params: Params.optional(), id: Id.optional() });
const Result = z.object({ jsonrpc: Version, id: Id, result: z.unknown() });
const Failure = z.object({ jsonrpc: Version, id: Id, error: ErrorObject });

export type RpcId = z.infer<typeof Id>;
export type RpcErrorObject = z.infer<typeof ErrorObject>;

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

function readFrame(value: unknown): Frame {
  if (typeof value !== 'object' || value === null) return { kind: 'invalid', id: null };
  if (!('method' in value) && ('result' in value || 'error' in value)) return readAnswer(value);
  const incoming = Incoming.safeParse(value);
  if (!incoming.success) return { kind: 'invalid', id: knownId(value) };
  const { id, method, params } = incoming.data;
  return id === undefined ? { kind: 'notification', method, params } : { kind: 'request', id, method, params };
}

function readAnswer(value: object): Frame {
  const parsed = 'error' in value ? Failure.safeParse(value) : Result.safeParse(value);
  if (!parsed.success || ('result' in value && 'error' in value)) return { kind: 'stray' };
  return 'error' in parsed.data ? { kind: 'failure', id: parsed.data.id, error: parsed.data.error } : { kind: 'result', id: parsed.data.id, result: parsed.data.result };
}

function knownId(value: object): RpcId {
  const id = Id.safeParse('id' in value ? value.id : null);
  return id.success ? id.data : null;
}

export function requestText(id: RpcId, method: string, params: unknown): string {
  return JSON.stringify({ jsonrpc: '2.0', id, method, ...(params === undefined ? {} : { params }) });
}

export function notificationText(method: string, params: unknown): string {
  return JSON.stringify({ jsonrpc: '2.0', method, ...(params === undefined ? {} : { params }) });
}

/** The answer object; `undefined` becomes null, since the member is required. */
export function resultAnswer(id: RpcId, result: unknown): object {
  return { jsonrpc: '2.0', id, result: result ?? null };
}

export function failureAnswer(id: RpcId, error: RpcErrorObject): object {
  return { jsonrpc: '2.0', id, error };
}
