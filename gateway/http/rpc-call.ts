// JSON-RPC 2.0 over one HTTP request: a call or a batch in, the text of the answers out. Calls of a batch run side by side.
import { errorObject, isFault } from '../../runtime/json-rpc-error.ts';
import { batchText, type Frame, failureText, INVALID_REQUEST, PARSE_ERROR, type RpcId, readFrames, resultText } from '../../runtime/json-rpc-frame.ts';
import { isTooDeep, TOO_DEEP } from './json-depth.ts';

export interface RpcServing {
  serve(method: string, params: unknown): Promise<unknown>;
  /** Why this request may hold no batch. */
  readonly single?: string | undefined;
  onFault(method: string, error: unknown): void;
}

export const LONGEST_BATCH = 50;

/** Undefined when nothing in it wants an answer. */
export function answerRpc(text: string, serving: RpcServing): Promise<string | undefined> {
  if (isTooDeep(text)) return invalid(null, TOO_DEEP);
  const reading = readFrames(text);
  if (!reading.ok) return Promise.resolve(failureText(null, { code: reading.code, message: reading.code === PARSE_ERROR ? 'not JSON' : 'an empty batch' }));
  if (reading.frames.length > LONGEST_BATCH) return invalid(null, `a batch takes at most ${LONGEST_BATCH} calls`);
  if (reading.batch && serving.single !== undefined) return invalid(null, serving.single);
  const [first] = reading.frames;
  return !reading.batch && first !== undefined ? answerFrame(first, serving) : answerBatch(reading.frames, serving);
}

async function answerBatch(frames: readonly Frame[], serving: RpcServing): Promise<string | undefined> {
  const answers = (await Promise.all(frames.map((frame) => answerFrame(frame, serving)))).filter((answer) => answer !== undefined);
  return answers.length === 0 ? undefined : batchText(answers);
}

function answerFrame(frame: Frame, { serve, onFault }: RpcServing): Promise<string | undefined> {
  if (frame.kind === 'invalid' || frame.kind === 'stray') return invalid(frame.kind === 'invalid' ? frame.id : null, 'not a JSON-RPC 2.0 request');
  if (frame.kind !== 'request' && frame.kind !== 'notification') return invalid(frame.id, 'nobody was asked');
  const { kind, method } = frame;
  return serve(method, frame.params).then(
    (result) => (kind === 'request' ? resultText(frame.id, result) : undefined),
    (error: unknown) => {
      if (isFault(error)) onFault(method, error);
      return kind === 'request' ? failureText(frame.id, errorObject(error)) : undefined;
    },
  );
}

function invalid(id: RpcId, message: string): Promise<string> {
  return Promise.resolve(failureText(id, { code: INVALID_REQUEST, message }));
}
