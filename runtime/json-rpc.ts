// A JSON-RPC 2.0 peer over any message channel: both sides call, notify and answer. Knows no wire: `send` and `receive` are texts.
// A call that its caller gives up is told to the other side as `$/cancelRequest` (the notification of LSP), whose method's signal aborts.
import type { Clock } from './clock.ts';
import { codedError } from './errors.ts';
import { errorObject, isFault, methodNotFound, reviveError } from './json-rpc-error.ts';
import { batchText, type Frame, failureText, INVALID_REQUEST, notificationText, PARSE_ERROR, type RpcId, readFrames, requestText, resultText } from './json-rpc-frame.ts';

const CANCEL_REQUEST = '$/cancelRequest';

export interface CallContext {
  /** Aborts when the caller gives up and when the channel closes. */
  readonly signal: AbortSignal;
  readonly notification: boolean;
}

export interface RpcPeerOptions {
  /** May throw: then the call that needed it rejects. */
  send(text: string): void;
  /** Serves one call. `undefined`: there is no such method. */
  methods(name: string, params: unknown, context: CallContext): Promise<unknown> | undefined;
  readonly clock: Clock;
  /** A longer batch is refused whole. Default: no limit. */
  readonly longestBatch?: number;
  /** The other side broke the protocol. It was answered where the specification says so. */
  onProtocolError?(problem: string): void;
  /** A method threw what is no coded error: the caller only sees `internal error`. */
  onFault?(method: string, error: unknown): void;
}

export interface CallOptions {
  readonly signal?: AbortSignal;
  /** Beyond it the call rejects with `CallTimeout`; the other side may still act on it. */
  readonly timeoutMs?: number;
}

export interface RpcPeer {
  /** Rejects with the other side's error, the signal's reason, `CallTimeout`, or the reason of `close`. */
  call(method: string, params?: unknown, options?: CallOptions): Promise<unknown>;
  notify(method: string, params?: unknown): void;
  receive(text: string): void;
  /** Pending calls reject with `reason`, running methods are aborted, nothing is sent or served any more. */
  close(reason: Error): void;
}

interface Pending {
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: unknown) => void;
}

export function rpcPeer(options: RpcPeerOptions): RpcPeer {
  return new Peer(options);
}

/** A call that is served. Its signal is made for the method that asks for it: most never do. */
class Served implements CallContext {
  readonly notification = false;
  #controller: AbortController | undefined;
  #aborted: { readonly reason: unknown } | undefined;

  get signal(): AbortSignal {
    this.#controller ??= new AbortController();
    if (this.#aborted !== undefined) this.#controller.abort(this.#aborted.reason);
    return this.#controller.signal;
  }

  abort(reason: unknown): void {
    this.#aborted ??= { reason };
    this.#controller?.abort(reason);
  }
}

class Peer implements RpcPeer {
  readonly #options: RpcPeerOptions;
  readonly #pending = new Map<RpcId, Pending>();
  readonly #serving = new Map<RpcId, Served>();
  #lastId = 0;
  #closed: Error | undefined;

  constructor(options: RpcPeerOptions) {
    this.#options = options;
  }

  call(method: string, params?: unknown, options: CallOptions = {}): Promise<unknown> {
    if (this.#closed !== undefined) return Promise.reject(this.#closed);
    if (options.signal?.aborted) return Promise.reject(options.signal.reason);
    this.#lastId += 1;
    const id = this.#lastId;
    return new Promise((resolve, reject) => {
      const release = this.#watch(id, method, options);
      const settle =
        <T>(then: (value: T) => void) =>
        (value: T): void => {
          release();
          this.#pending.delete(id);
          then(value);
        };
      this.#pending.set(id, { resolve: settle(resolve), reject: settle(reject) });
      try {
        this.#options.send(requestText(id, method, params));
      } catch (error) {
        this.#pending.get(id)?.reject(error);
      }
    });
  }

  notify(method: string, params?: unknown): void {
    if (this.#closed === undefined) this.#options.send(notificationText(method, params));
  }

  receive(text: string): void {
    if (this.#closed !== undefined) return;
    const reading = readFrames(text);
    if (!reading.ok) {
      const message = reading.code === PARSE_ERROR ? 'not JSON' : 'an empty batch';
      this.#options.onProtocolError?.(message);
      this.#answer(failureText(null, { code: reading.code, message }));
    } else if (reading.frames.length > (this.#options.longestBatch ?? Number.POSITIVE_INFINITY)) {
      const message = `a batch takes at most ${this.#options.longestBatch} calls`;
      this.#options.onProtocolError?.(message);
      this.#answer(failureText(null, { code: INVALID_REQUEST, message }));
    } else if (reading.batch) void this.#serveBatch(reading.frames);
    else for (const frame of reading.frames) void this.#take(frame)?.then((answer) => this.#answer(answer));
  }

  close(reason: Error): void {
    if (this.#closed !== undefined) return;
    this.#closed = reason;
    for (const { reject } of [...this.#pending.values()]) reject(reason);
    for (const served of this.#serving.values()) served.abort(reason);
    this.#serving.clear();
  }

  /** Gives the call up at its signal or deadline. Returns what to undo once it is settled. */
  #watch(id: RpcId, method: string, { signal, timeoutMs }: CallOptions): () => void {
    const giveUp = (reason: unknown): void => {
      this.#pending.get(id)?.reject(reason);
      this.notify(CANCEL_REQUEST, { id });
    };
    const aborted = (): void => giveUp(signal?.reason);
    signal?.addEventListener('abort', aborted, { once: true });
    const cancelTimer = timeoutMs === undefined ? undefined : this.#options.clock.after(timeoutMs, () => giveUp(codedError('CallTimeout', { method, timeoutMs })));
    return () => {
      signal?.removeEventListener('abort', aborted);
      cancelTimer?.();
    };
  }

  async #serveBatch(frames: readonly Frame[]): Promise<void> {
    const answers = (await Promise.all(frames.map((frame) => this.#take(frame)))).filter((answer) => answer !== undefined);
    if (answers.length > 0) this.#answer(batchText(answers));
  }

  /** Returns the answer to send, if the frame wants one. */
  #take(frame: Frame): Promise<string> | undefined {
    switch (frame.kind) {
      case 'request':
        return this.#serve(frame.id, frame.method, frame.params);
      case 'notification':
        this.#hear(frame.method, frame.params);
        return undefined;
      case 'result':
        return this.#settle(frame.id, (pending) => pending.resolve(frame.result));
      case 'failure':
        return this.#settle(frame.id, (pending) => pending.reject(reviveError(frame.error)));
      case 'invalid':
        this.#options.onProtocolError?.('not a request');
        return Promise.resolve(failureText(frame.id, { code: INVALID_REQUEST, message: 'not a JSON-RPC 2.0 request' }));
      case 'stray':
        this.#options.onProtocolError?.('not an answer');
        return undefined;
    }
  }

  /** One promise a call, beside what the method makes: most are answered sooner than promises are made. */
  #serve(id: RpcId, method: string, params: unknown): Promise<string> {
    if (this.#serving.has(id)) return Promise.resolve(failureText(id, { code: INVALID_REQUEST, message: `id ${JSON.stringify(id)} is already in use` }));
    const served = new Served();
    this.#serving.set(id, served);
    const fail = (error: unknown): string => {
      this.#serving.delete(id);
      if (isFault(error)) this.#options.onFault?.(method, error);
      return failureText(id, errorObject(error));
    };
    const succeed = (result: unknown): string => {
      try {
        const text = resultText(id, result);
        this.#serving.delete(id);
        return text;
      } catch (error) {
        return fail(error);
      }
    };
    try {
      return this.#run(method, params, served).then(succeed, fail);
    } catch (error) {
      return Promise.resolve(fail(error));
    }
  }

  #hear(method: string, params: unknown): void {
    if (method === CANCEL_REQUEST) {
      this.#serving.get((params as { id?: RpcId } | undefined)?.id ?? null)?.abort(codedError('CallCancelled', {}));
      return;
    }
    void this.#heed(method, params);
  }

  async #heed(method: string, params: unknown): Promise<void> {
    try {
      await this.#run(method, params, { signal: new AbortController().signal, notification: true });
    } catch (error) {
      if (isFault(error)) this.#options.onFault?.(method, error);
      else this.#options.onProtocolError?.(`${method}: ${error instanceof Error ? error.message : String(error)}`);
    }
  }

  #run(method: string, params: unknown, context: CallContext): Promise<unknown> {
    const running = this.#options.methods(method, params, context);
    if (running === undefined) throw methodNotFound(method);
    return running;
  }

  #settle(id: RpcId, settle: (pending: Pending) => void): undefined {
    const pending = this.#pending.get(id);
    if (pending !== undefined) settle(pending);
    // An answer to a call that was given up is no fault of the other side.
    else if (!(typeof id === 'number' && id <= this.#lastId)) this.#options.onProtocolError?.(`an answer to ${JSON.stringify(id)}, which nobody asked`);
  }

  #answer(text: string): void {
    if (this.#closed !== undefined) return;
    try {
      this.#options.send(text);
    } catch (error) {
      this.#options.onFault?.('answer', error);
    }
  }
}
