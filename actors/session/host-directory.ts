// Who is connected: the node's side of every agent host, and the port `Hosts` that the statecharts of work use.
// One connection an agent (the newest session wins); a host may only ask for what belongs to a turn that it was given.
import type { Clock } from '../../runtime/clock.ts';
import { codedError } from '../../runtime/errors.ts';
import type { CallContext } from '../../runtime/json-rpc.ts';
import type { Hosts, RequestSubmission } from '../work/ports.ts';
import type { StepOutcome } from '../work/types.ts';
import { HostConnection, type HostInfo, type SocketLike } from './host-connection.ts';
import { type HelloParams, Progress, type ProgressParams, SentMessage, type SentMessageParams, Submission, Typed } from './host-messages.ts';
import { hostTickets, proofOfResume, type Ticket } from './host-tickets.ts';
import { sessionWaits } from './session-waits.ts';

export interface HostDirectoryOptions {
  readonly clock: Clock;
  readonly heartbeatMs: number;
  readonly missedHeartbeats: number;
  /** How long a fresh connection may stay silent. Default 10 s. */
  readonly helloMs?: number;
  /** Default 60 s. */
  readonly ticketMs?: number;
  /** Grows over restarts of the node. Default: counts from 1. */
  readonly nextEpoch?: () => number;
  onHello?(info: HostInfo): void;
  /** Answered once the request is settled; the signal aborts when the host goes or gives up. */
  onSubmit(agent: string, submission: RequestSubmission, signal: AbortSignal): Promise<StepOutcome>;
  onMessage(agent: string, message: SentMessageParams): Promise<void>;
  onTyped?(agent: string, text: string): void;
  onProgress?(agent: string, progress: ProgressParams): void;
  onFault?(method: string, error: unknown): void;
  /** Somebody who is no host of ours was cut off. */
  onRefused?(remote: string, why: string): void;
}

export interface HostDirectory extends Hosts {
  mintTicket(agent: string): Ticket;
  revokeTicket(agent: string): void;
  /** A host of an earlier node still works, and shows this proof: it is asked to wait until its session is taken over. */
  announce(agent: string, proof: string): void;
  /** Its session is taken over: the next hello with that proof is taken. */
  honour(agent: string): void;
  /** Takes over a socket that was just opened. */
  accept(socket: SocketLike, remote?: string): void;
  /** Resolves at the hello that carries the nonce. Rejects with `NoSession`. */
  ready(agent: string, nonce: string, timeoutMs: number, signal?: AbortSignal): Promise<HostInfo>;
  /** Calls once when the connection of that session has gone, at once when it is not there. Returns the cancellation. */
  onGone(info: HostInfo, listener: (why: string) => void): () => void;
  list(): readonly HostInfo[];
  close(): void;
}

const HELLO_MS = 10_000;
const TICKET_MS = 60_000;

export function createHostDirectory(options: HostDirectoryOptions): HostDirectory {
  return new Directory(options);
}

class Directory implements HostDirectory {
  readonly #options: HostDirectoryOptions;
  readonly #tickets;
  readonly #waits;
  readonly #connections = new Map<string, HostConnection>();
  readonly #strangers = new Set<HostConnection>();
  readonly #gone = new Map<HostConnection, Set<(why: string) => void>>();
  /** Agents with a host of an earlier node, and what it shows. */
  readonly #outlived = new Map<string, string>();
  #epoch = 0;
  #closed = false;

  constructor(options: HostDirectoryOptions) {
    this.#options = options;
    const { clock, ticketMs = TICKET_MS } = options;
    this.#tickets = hostTickets({ clock, ttlMs: ticketMs, nextEpoch: options.nextEpoch ?? (() => ++this.#epoch) });
    this.#waits = sessionWaits<HostConnection>(clock);
  }

  mintTicket(agent: string): Ticket {
    this.#outlived.delete(agent);
    return this.#tickets.mint(agent);
  }

  revokeTicket(agent: string): void {
    this.#tickets.revoke(agent);
  }

  announce(agent: string, proof: string): void {
    this.#outlived.set(agent, proof);
  }

  honour(agent: string): void {
    const proof = this.#outlived.get(agent);
    if (proof !== undefined) this.#tickets.honour(agent, proof);
  }

  outlived(agent: string): boolean {
    return this.#outlived.has(agent);
  }

  accept(socket: SocketLike, remote = 'unknown'): void {
    if (this.#closed) return socket.close(1001, 'the node is stopping');
    const { clock, heartbeatMs, missedHeartbeats, helloMs = HELLO_MS, onFault } = this.#options;
    const connection = new HostConnection({
      socket,
      clock,
      heartbeatMs,
      missedHeartbeats,
      helloMs,
      admit: (hello) => this.#admit(hello, remote),
      onOpen: (opened) => this.#open(opened),
      onClosed: (closed, why) => this.#drop(closed, why),
      onRefused: (why) => this.#options.onRefused?.(remote, why),
      serve: (from, method, params, context) => this.#serve(from, method, params, context),
      ...(onFault === undefined ? {} : { onFault }),
    });
    this.#strangers.add(connection);
  }

  async ready(agent: string, nonce: string, timeoutMs: number, signal?: AbortSignal): Promise<HostInfo> {
    const connection = await this.#waits.next(agent, {
      timeoutMs,
      now: this.#connections.get(agent),
      when: ({ info }) => info?.nonce === nonce,
      ...(signal === undefined ? {} : { signal }),
    });
    return connection.info as HostInfo;
  }

  async call(agent: string, method: string, params: unknown, { signal, waitMs = 0 }: { readonly signal: AbortSignal; readonly waitMs?: number }): Promise<unknown> {
    const connection = await this.#waits.next(agent, { timeoutMs: waitMs, now: this.#connections.get(agent), when: () => true, signal });
    const calling = (): Promise<unknown> => connection.call(method, params, { signal });
    return method === 'turn.start' ? connection.duringTurn(taskOf(params as RequestSubmission), calling) : calling();
  }

  notify(agent: string, method: string, params: unknown): void {
    this.#connections.get(agent)?.notify(method, params);
  }

  connected(agent: string): boolean {
    return this.#connections.has(agent);
  }

  list(): readonly HostInfo[] {
    return [...this.#connections.values()].flatMap(({ info }) => (info === undefined ? [] : [info]));
  }

  onGone(info: HostInfo, listener: (why: string) => void): () => void {
    const connection = this.#connections.get(info.agent);
    const listeners = connection?.info?.epoch === info.epoch ? this.#gone.get(connection) : undefined;
    if (listeners === undefined) listener('its connection had closed');
    listeners?.add(listener);
    return () => void listeners?.delete(listener);
  }

  close(): void {
    this.#closed = true;
    for (const connection of [...this.#connections.values(), ...this.#strangers]) connection.close('the node is stopping');
    this.#waits.close();
  }

  #admit({ agent, ticket, nonce, pid, startedAt }: HelloParams, remote: string): HostInfo {
    const redeemed = this.#tickets.redeem({ agent, ticket, nonce });
    if (!redeemed.ok && this.#outlived.get(agent) === proofOfResume({ resume: ticket, nonce })) throw codedError('NodeStarting');
    if (!redeemed.ok) throw codedError('HostRefused', { problem: redeemed.problem });
    return { agent, epoch: redeemed.epoch, nonce, pid, startedAt, remote };
  }

  #open(connection: HostConnection): void {
    const info = connection.info as HostInfo;
    this.#strangers.delete(connection);
    this.#connections.get(info.agent)?.close('a newer session took its place');
    this.#connections.set(info.agent, connection);
    this.#gone.set(connection, new Set());
    this.#options.onHello?.(info);
    this.#waits.arrived(info.agent, connection);
  }

  #drop(connection: HostConnection, why: string): void {
    this.#strangers.delete(connection);
    const agent = connection.info?.agent;
    if (agent === undefined) return;
    if (this.#connections.get(agent) === connection) this.#connections.delete(agent);
    const listeners = this.#gone.get(connection);
    this.#gone.delete(connection);
    for (const listener of listeners ?? []) listener(why);
  }

  #serve(connection: HostConnection, method: string, params: unknown, context: CallContext): Promise<unknown> | undefined {
    // A record inherits names like `constructor`.
    const serve = Object.hasOwn(SERVED, method) ? SERVED[method] : undefined;
    return serve === undefined ? undefined : serve(this.#options, connection, params, context);
  }
}

type Serve = (options: HostDirectoryOptions, connection: HostConnection, params: unknown, context: CallContext) => Promise<unknown>;

/** What a host may call. Async, so that what does not parse rejects. */
const SERVED: Readonly<Record<string, Serve>> = {
  'request.submit': async ({ onSubmit }, connection, params, { signal }) => {
    const submission = ownWork(connection, Submission.parse(params) as RequestSubmission);
    return onSubmit(agentOf(connection), submission, signal);
  },
  'message.send': async ({ onMessage }, connection, params) => onMessage(agentOf(connection), ownWork(connection, SentMessage.parse(params))),
  'host.typed': async ({ onTyped }, connection, params) => onTyped?.(agentOf(connection), Typed.parse(params).text),
  'step.progress': async ({ onProgress }, connection, params) => onProgress?.(agentOf(connection), ownWork(connection, Progress.parse(params))),
};

function agentOf(connection: HostConnection): string {
  return connection.info?.agent ?? '';
}

function taskOf({ planId, taskId }: { readonly planId: string; readonly taskId: string }): string {
  return `${planId}.${taskId}`;
}

/** Throws `ForeignWork` unless the host has a turn of that task now, and the id is the one that the step has. */
function ownWork<T extends { readonly planId: string; readonly taskId: string; readonly step: number; readonly attempt: number; readonly id?: string }>(
  connection: HostConnection,
  work: T,
): T {
  const task = taskOf(work);
  const id = `${task}.${work.step}.${work.attempt}`;
  if (!connection.hasTurn(task) || (work.id !== undefined && work.id !== id)) throw codedError('ForeignWork', { agent: agentOf(connection), task });
  return work;
}
