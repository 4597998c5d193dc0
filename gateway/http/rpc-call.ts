// JSON-RPC 2.0 over one HTTP request: a call or a batch in, the answers out. Calls of a batch run side by side.
import { errorObject, isFault } from '../../runtime/json-rpc-error.ts';
import { type Frame, failureAnswer, INVALID_REQUEST, PARSE_ERROR, readFrames, resultAnswer } from '../../runtime/json-rpc-frame.ts';
import { isTooDeep, TOO_DEEP } from './json-depth.ts';

export interface RpcServing {
  serve(method: string, params: unknown): Promise<unknown>;
  /** Why this request may hold no batch. */
  readonly single?: string;
  onFault(method: string, error: unknown): void;
}

export const LONGEST_BATCH = 50;

/** Undefined when nothing in it wants an answer. */
export async function answerRpc(text: string, serving: RpcServing): Promise<object | readonly object[] | undefined> {
  if (isTooDeep(text)) return failureAnswer(null, { code: INVALID_REQUEST, message: TOO_DEEP });
  const reading = readFrames(text);
  if (!reading.ok) return failureAnswer(null, { code: reading.code, message: reading.code === PARSE_ERROR ? 'not JSON' : 'an empty batch' });
  if (reading.frames.length > LONGEST_BATCH) return failureAnswer(null, { code: INVALID_REQUEST, message: `a batch takes at most ${LONGEST_BATCH} calls` });
  if (reading.batch && serving.single !== undefined) return failureAnswer(null, { code: INVALID_REQUEST, message: serving.single });
  const [first] = reading.frames;
  if (!reading.batch && first !== undefined) return answerFrame(first, serving);
  const answers = (await Promise.all(reading.frames.map((frame) => answerFrame(frame, serving)))).filter((answer) => answer !== undefined);
  return answers.length === 0 ? undefined : answers;
}

async function answerFrame(frame: Frame, { serve, onFault }: RpcServing): Promise<object | undefined> {
  if (frame.kind === 'invalid' || frame.kind === 'stray')
    return failureAnswer(frame.kind === 'invalid' ? frame.id : null, { code: INVALID_REQUEST, message: 'not a JSON-RPC 2.0 request' });
  if (frame.kind !== 'request' && frame.kind !== 'notification') return failureAnswer(frame.id, { code: INVALID_REQUEST, message: 'nobody was asked' });
  try {
    const result = await serve(frame.method, frame.params);
    return frame.kind === 'request' ? resultAnswer(frame.id, result) : undefined;
  } catch (error) {
    if (isFault(error)) onFault(frame.method, error);
    return frame.kind === 'request' ? failureAnswer(frame.id, errorObject(error)) : undefined;
  }
}
