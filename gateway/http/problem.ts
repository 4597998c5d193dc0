// Errors over HTTP: RFC 9457 problem details with the table's code. What is not of the table says nothing of itself.
import type { FastifyError } from 'fastify';
import { ERRORS, type ErrorCode, isCoded } from '../../runtime/index.ts';

export interface Problem {
  readonly type: 'about:blank';
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  readonly code: string;
  readonly [detail: string]: unknown;
}

export const PROBLEM_JSON = 'application/problem+json';

export function problemOf(error: unknown): Problem {
  if (isCoded(error)) return { ...error.details, type: 'about:blank', title: error.code, status: ERRORS[error.code].http, detail: error.message, code: error.code };
  const { statusCode, message } = error as Partial<FastifyError>;
  // Refusals of the server itself: a body that is too large or no JSON, an unknown content type.
  if (typeof statusCode === 'number' && statusCode >= 400 && statusCode < 500) return own(statusCode, 'InvalidInput', message ?? 'refused');
  return { type: 'about:blank', title: 'InternalError', status: 500, detail: 'internal error; the log of the node has it', code: 'InternalError' };
}

function own(status: number, code: ErrorCode, detail: string): Problem {
  return { type: 'about:blank', title: code, status, detail, code };
}

export function isInternal(problem: Problem): boolean {
  return problem.code === 'InternalError';
}
