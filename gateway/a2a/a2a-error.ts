// Our errors in A2A's words. What the protocol has no word for keeps our own code, which is positive; what is not of our table says nothing of itself.
import { A2AError, JsonRpcTransportError, RequestMalformedError, TaskNotCancelableError, TaskNotFoundError } from '@a2a-js/sdk/errors';
import { type ErrorCode, isCoded } from '../../runtime/index.ts';
import { errorObject } from '../../runtime/json-rpc-error.ts';

type Word = new (message: string) => Error;

const WORDS: Partial<Record<ErrorCode, Word>> = {
  NoSuchTask: TaskNotFoundError,
  AmbiguousTask: TaskNotFoundError,
  NoSuchPlan: TaskNotFoundError,
  NotDone: TaskNotCancelableError,
  InvalidPlan: RequestMalformedError,
  InvalidInput: RequestMalformedError,
};

export function a2aError(error: unknown): Error {
  if (error instanceof A2AError) return error;
  const Word = isCoded(error) ? WORDS[error.code] : undefined;
  if (Word !== undefined) return new Word((error as Error).message);
  const { code, message } = errorObject(error);
  return new JsonRpcTransportError({ jsonrpc: '2.0', id: null, error: { code, message } });
}
