// Errors over JSON-RPC: the table's own codes are positive and travel with their name, so that the caller gets the same coded
// error back. What is not of the table says nothing of itself but `internal error`: texts of foreign errors may hold secrets.
import type { ZodError } from 'zod';
import { ERRORS, type ErrorCode, isCoded, TroupeError } from './errors.ts';
import { INTERNAL_ERROR, INVALID_PARAMS, METHOD_NOT_FOUND, type RpcErrorObject } from './json-rpc-frame.ts';

/** An error object of the other side that names no row of our table, or one of the protocol's own. */
export class RpcError extends Error {
  readonly rpcCode: number;
  readonly data: unknown;
  constructor(error: RpcErrorObject) {
    super(error.message);
    this.name = 'RpcError';
    this.rpcCode = error.code;
    this.data = error.data;
  }
}

export function methodNotFound(method: string): RpcError {
  return new RpcError({ code: METHOD_NOT_FOUND, message: `there is no method '${method}'` });
}

/** By its shape: who throws one has loaded zod, this module need not. */
function isZodError(error: unknown): error is ZodError {
  return error instanceof Error && error.name === 'ZodError' && 'issues' in error && Array.isArray(error.issues);
}

function describeIssues(error: ZodError): string {
  return error.issues.map((issue) => `${issue.path.join('.') || 'params'}: ${issue.message}`).join('; ');
}

/** What the caller is told of an error thrown by a method. */
export function errorObject(error: unknown): RpcErrorObject {
  if (isCoded(error)) return { code: error.rpcCode, message: error.message, data: { ...error.details, code: error.code } };
  if (error instanceof RpcError) return { code: error.rpcCode, message: error.message, ...(error.data === undefined ? {} : { data: error.data }) };
  if (isZodError(error)) return { code: INVALID_PARAMS, message: describeIssues(error) };
  return { code: INTERNAL_ERROR, message: 'internal error' };
}

/** Whether `errorObject` hides what happened: then somebody here has to be told. */
export function isFault(error: unknown): boolean {
  return !(isCoded(error) || error instanceof RpcError || isZodError(error));
}

/** The error of a call: the table's own when the other side named one. */
export function reviveError(error: RpcErrorObject): Error {
  const { code, ...details } = (typeof error.data === 'object' && error.data !== null ? error.data : {}) as Readonly<Record<string, unknown>>;
  if (typeof code !== 'string' || !Object.hasOwn(ERRORS, code)) return new RpcError(error);
  return new TroupeError(code as ErrorCode, error.message, details);
}
