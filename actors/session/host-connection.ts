// One host's connection, seen from the node: nothing before `host.hello`, heartbeats after it, its turns, its end.
import type { z } from 'zod';
import type { Clock } from '../../runtime/clock.ts';
import { codedError, isCoded } from '../../runtime/errors.ts';
import { type CallContext, type CallOptions, type RpcPeer, rpcPeer } from '../../runtime/json-rpc.ts';
import { RpcError } from '../../runtime/json-rpc-error.ts';
import { Hello, type HelloParams } from './host-messages.ts';

/** A WebSocket, or what behaves like one. */
export interface SocketLike {
  send(text: string): void;
  close(code: number, reason: string): void;
  onMessage(listener: (text: string) => void): void;
  onClose(listener: () => void): void;
}

export interface HostInfo {
  readonly agent: string;
  readonly epoch: number;
  readonly nonce: string;
  readonly pid: number;
  readonly startedAt: number;
  /** Address of the other end. */
  readonly remote: string;
}

export interface ConnectionOptions {
  readonly socket: SocketLike;
  readonly clock: Clock;
  readonly helloMs: number;
  readonly heartbeatMs: number;
  readonly missedHeartbeats: number;
  /** Decides who it is. Throws `HostRefused`. */
  admit(hello: HelloParams): HostInfo;
  onOpen(connection: HostConnection): void;
  onClosed(connection: HostConnection, why: string): void;
  /** Serves a host that has said hello. */
  serve(connection: HostConnection, method: string, params: unknown, context: CallContext): Promise<unknown> | undefined;
  onFault?(method: string, error: unknown): void;
  /** It is nobody that the node knows. */
  onRefused?(why: string): void;
}

const POLICY_VIOLATION = 1008;
const GOING_AWAY = 1001;
const REFUSAL_MS = 100;

export class HostConnection {
  readonly #options: ConnectionOptions;
  readonly #peer: RpcPeer;
  /** The turns that the host has now, as `<planId>.<taskId>`. */
  readonly #turns = new Map<string, number>();
  #info: HostInfo | undefined;
  #closed = false;
  #refused = false;
  #cancelTimer: () => void;

  constructor(options: ConnectionOptions) {
    this.#options = options;
    const { socket, clock } = options;
    this.#peer = rpcPeer({
      send: (text) => socket.send(text),
      methods: (name, params, context) => this.#serve(name, params, context),
      clock,
      onProtocolError: (problem) => this.#refuse(problem),
      ...(options.onFault === undefined ? {} : { onFault: options.onFault }),
    });
    this.#cancelTimer = clock.after(options.helloMs, () => this.close('no hello in time', POLICY_VIOLATION));
    socket.onMessage((text) => {
      if (this.#refused || this.#closed) return;
      if (this.#info !== undefined) this.#expectHeartbeat();
      this.#peer.receive(text);
    });
    socket.onClose(() => this.#end('its connection closed'));
  }

  get info(): HostInfo | undefined {
    return this.#info;
  }

  /** Rejects with `SessionLost` when the connection goes before the answer. */
  async call(method: string, params: unknown, options: CallOptions): Promise<unknown> {
    try {
      return await this.#peer.call(method, params, options);
    } catch (error) {
      if (isCoded(error) || error instanceof RpcError || options.signal?.aborted) throw error;
      throw this.#lost('its connection closed');
    }
  }

  notify(method: string, params: unknown): void {
    try {
      this.#peer.notify(method, params);
    } catch {
      this.close('it could not be reached', GOING_AWAY);
    }
  }

  /** Counts a turn of the task as this host's while `running` runs. */
  async duringTurn<T>(task: string, running: () => Promise<T>): Promise<T> {
    this.#turns.set(task, (this.#turns.get(task) ?? 0) + 1);
    try {
      return await running();
    } finally {
      const left = (this.#turns.get(task) ?? 1) - 1;
      if (left > 0) this.#turns.set(task, left);
      else this.#turns.delete(task);
    }
  }

  hasTurn(task: string): boolean {
    return this.#turns.has(task);
  }

  close(why: string, code: number = GOING_AWAY): void {
    this.#end(why);
    this.#options.socket.close(code, why.slice(0, 120));
  }

  #serve(method: string, params: unknown, context: CallContext): Promise<unknown> | undefined {
    if (this.#info !== undefined) return method === 'host.heartbeat' ? Promise.resolve({}) : this.#options.serve(this, method, params, context);
    if (method === 'host.hello') return this.#hello(params);
    this.#refuse('hello comes first');
    return Promise.reject(codedError('HostRefused', { problem: 'hello comes first' }));
  }

  async #hello(params: unknown): Promise<unknown> {
    const { heartbeatMs, missedHeartbeats } = this.#options;
    try {
      this.#info = this.#options.admit(parse(Hello, params));
    } catch (error) {
      // A host of an earlier node comes again in a moment; it is no stranger.
      this.#refuse('the hello was refused', !isCoded(error, 'NodeStarting'));
      throw error;
    }
    this.#expectHeartbeat();
    this.#options.onOpen(this);
    return { epoch: this.#info.epoch, heartbeatMs, missedHeartbeats };
  }

  #expectHeartbeat(): void {
    const { clock, heartbeatMs, missedHeartbeats } = this.#options;
    this.#cancelTimer();
    this.#cancelTimer = clock.after(heartbeatMs * missedHeartbeats, () => this.close(`${missedHeartbeats} heartbeats missed`, POLICY_VIOLATION));
  }

  /** Closes a moment later, so that the answer that says why goes out; hears nothing more. A host that has said hello is our own program: a broken frame of it is answered, not punished. */
  #refuse(why: string, told = true): void {
    if (this.#info !== undefined || this.#refused) return;
    this.#refused = true;
    if (told) this.#options.onRefused?.(why);
    this.#cancelTimer();
    this.#cancelTimer = this.#options.clock.after(REFUSAL_MS, () => this.close(why, POLICY_VIOLATION));
  }

  #end(why: string): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#cancelTimer();
    this.#peer.close(this.#lost(why));
    this.#options.onClosed(this, why);
  }

  #lost(why: string): Error {
    return codedError('SessionLost', { agent: this.#info?.agent ?? 'a host', why });
  }
}

function parse<T>(schema: z.ZodType<T>, params: unknown): T {
  const parsed = schema.safeParse(params);
  if (parsed.success) return parsed.data;
  throw codedError('HostRefused', { problem: 'its hello does not say who it is' });
}
