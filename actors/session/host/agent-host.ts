// The program inside an agent's terminal, without its process: says hello, keeps the heartbeat, runs turns by its driver and
// requests by the executors. When its node is gone it begins nothing more: it ends, or keeps what it executes for the next node (K19).
import type { z } from 'zod';
import type { Clock } from '../../../runtime/clock.ts';
import { codedError } from '../../../runtime/errors.ts';
import { type CallContext, type RpcPeer, rpcPeer } from '../../../runtime/json-rpc.ts';
import type { DriverPort } from '../../driver/playbook.ts';
import type { TurnOrder, TurnOutcome } from '../../work/ports.ts';
import type { ExecuteOrder, ExecuteResult, StepOutcome } from '../../work/types.ts';
import type { DeliveredMessage, Welcome } from '../host-messages.ts';
import { Executions } from './executions.ts';
import { recentIds } from './recent-ids.ts';
import type { Transcript } from './transcript.ts';

export interface HostWork {
  execute(order: ExecuteOrder, io: { readonly signal: AbortSignal; onOutput(stream: 'stdout' | 'stderr', text: string): void }): Promise<ExecuteResult>;
  drive(order: TurnOrder, port: DriverPort): Promise<TurnOutcome>;
}

/** One connection to a node. */
export interface Wire {
  send(text: string): void;
  close(): void;
}

export interface NodeSearch {
  /** Aborts when the host ends meanwhile. */
  readonly signal: AbortSignal;
  /** Over a connection that was just opened. Rejects with what the node said; it may be tried again over another one. */
  hello(wire: Wire): Promise<void>;
}

/** The node as this host knows it now: one connection and all that depends on it. */
interface Link {
  readonly peer: RpcPeer;
  readonly wire: Wire;
  readonly gone: AbortController;
  stopBeating: () => void;
}

export interface AgentHostOptions extends HostWork {
  readonly agent: string;
  readonly ticket: string;
  /** Shows a next node that this is a host of the one before. */
  readonly resume?: string;
  readonly nonce: string;
  readonly pid: number;
  readonly clock: Clock;
  readonly transcript: Transcript;
  /** To the node; another one after `findNode`. */
  readonly wire: Wire;
  /** Looks for the node that comes after this one. Without it the host ends with its node. */
  findNode?(search: NodeSearch): Promise<void>;
  /** Called once, when nothing runs any more or the deadline for that is over. */
  onEnd(code: HostExit): void;
}

/** Exit codes of the host process: ended in order; failed or refused; its node went. */
export type HostExit = 0 | 1 | 3;

const HELLO_MS = 10_000;
/** How long running work may take to end after its abort. */
const END_MS = 2_000;

/** Loaded with the first message that needs them: an idle host starts fast and stays small without zod. */
const schemas = (): Promise<typeof import('../host-messages.ts')> => import('../host-messages.ts');

export class AgentHost {
  readonly #options: AgentHostOptions;
  readonly #executions: Executions;
  readonly #turns = new Map<string, AbortController>();
  readonly #running = new Set<Promise<unknown>>();
  readonly #life = new AbortController();
  readonly #isNew = recentIds();
  #link: Link;

  constructor(options: AgentHostOptions) {
    this.#options = options;
    const { clock, transcript } = options;
    this.#executions = new Executions({ clock, execute: (order, signal) => options.execute(order, { signal, onOutput: (_stream, text) => transcript.output(text) }) });
    this.#link = this.#open(options.wire);
  }

  /** Rejects with `HostRefused` when the node does not want it. */
  hello(): Promise<void> {
    return this.#introduce(this.#link, this.#options.ticket);
  }

  /** What came over that connection. */
  receive(wire: Wire, text: string): void {
    if (this.#link.wire === wire) this.#link.peer.receive(text);
  }

  /** A line that a person typed into the terminal. */
  typed(text: string): void {
    if (text.trim() !== '') this.#link.peer.notify('host.typed', { text });
  }

  /** The connection closed. What is executed waits for the next node, if one is looked for; everything else ends. */
  async lost(wire: Wire, why: string): Promise<void> {
    const { findNode, agent, transcript } = this.#options;
    if (this.#life.signal.aborted || this.#link.wire !== wire || this.#link.gone.signal.aborted) return;
    this.#cut(this.#link, why);
    if (findNode === undefined || !this.#executions.worthKeeping) return this.end(3, why);
    transcript.line(agent, `${why}: what runs goes on, and waits for the next node`);
    try {
      await findNode({ signal: this.#life.signal, hello: (next) => this.#tryNext(next) });
    } catch (error) {
      await this.end(3, error instanceof Error ? error.message : String(error));
    }
  }

  /** Aborts what runs, waits for it at most two seconds, ends. May be called again; the first code stands. */
  async end(code: HostExit, why: string): Promise<void> {
    if (this.#life.signal.aborted) return;
    const { agent, transcript, clock, onEnd } = this.#options;
    transcript.line(agent, `ending: ${why}`);
    const reason = codedError('SessionLost', { agent, why });
    this.#life.abort(reason);
    this.#executions.abort(reason);
    this.#cut(this.#link, why);
    const late = new Promise<void>((resolve) => void clock.after(END_MS, resolve));
    await Promise.race([Promise.allSettled([...this.#running]), late]);
    onEnd(code);
  }

  #open(wire: Wire): Link {
    const { clock, transcript } = this.#options;
    const gone = new AbortController();
    const peer = rpcPeer({
      send: (text) => wire.send(text),
      methods: (name, params, context) => this.#serve(link, name, params, context),
      clock,
      onProtocolError: (problem) => transcript.line('node', `unexpected: ${problem}`),
      onFault: (method, error) => transcript.line(method, `failed: ${error instanceof Error ? error.message : String(error)}`),
    });
    const link: Link = { peer, wire, gone, stopBeating: () => {} };
    return link;
  }

  async #introduce(link: Link, ticket: string): Promise<void> {
    const { agent, nonce, pid, clock, transcript } = this.#options;
    const answer = await link.peer.call('host.hello', { agent, ticket, nonce, pid, startedAt: clock.now() }, { timeoutMs: HELLO_MS });
    const { epoch, heartbeatMs, missedHeartbeats } = readWelcome(answer);
    transcript.line(agent, `ready (epoch ${epoch})`);
    this.#beat(link, heartbeatMs, missedHeartbeats);
  }

  async #tryNext(wire: Wire): Promise<void> {
    const { resume = '' } = this.#options;
    const link = this.#open(wire);
    this.#link = link;
    try {
      await this.#introduce(link, resume);
    } catch (error) {
      this.#cut(link, 'it does not want this host');
      throw error;
    }
  }

  /** Nothing goes over this connection any more, and no turn that came over it goes on. */
  #cut({ peer, gone, wire, stopBeating }: Link, why: string): void {
    const reason = codedError('SessionLost', { agent: this.#options.agent, why });
    stopBeating();
    gone.abort(reason);
    peer.close(reason);
    wire.close();
  }

  #beat(link: Link, everyMs: number, missed: number): void {
    link.stopBeating = this.#options.clock.after(everyMs, () => {
      const answered = link.peer.call('host.heartbeat', {}, { timeoutMs: everyMs * (missed - 1) });
      answered.then(
        () => link.gone.signal.aborted || this.#beat(link, everyMs, missed),
        () => this.lost(link.wire, 'the node does not answer'),
      );
    });
  }

  #serve(link: Link, method: string, params: unknown, context: CallContext): Promise<unknown> | undefined {
    const { transcript } = this.#options;
    switch (method) {
      case 'turn.start':
        return this.#track(async () => this.#turn(link, (await schemas()).Turn.parse(params) as unknown as TurnOrder, context.signal));
      case 'turn.cancel':
        return this.#track(async () => this.#turns.get((await schemas()).TurnCancel.parse(params).turn)?.abort(codedError('CallCancelled')));
      case 'request.execute':
        return this.#track(async () => this.#execute(link, (await schemas()).Order.parse(params) as ExecuteOrder, context.signal));
      case 'request.outcome':
        return this.#track(async () => this.#outcome(link, (await schemas()).OutcomeQuestion.parse(params), context.signal));
      case 'message.deliver':
        return this.#track(async () => this.#deliver((await schemas()).DeliveredMessage.parse(params)));
      case 'host.stop':
        // The answer goes out before the channel closes.
        this.#options.clock.after(0, () => void this.end(0, 'told to stop'));
        return Promise.resolve({ ok: true });
      default:
        transcript.line('node', `unknown method ${method}`);
        return undefined;
    }
  }

  #track<T>(work: () => Promise<T>): Promise<T> {
    const running = work();
    const over = (): void => void this.#running.delete(running);
    this.#running.add(running);
    running.then(over, over);
    return running;
  }

  async #turn(link: Link, order: TurnOrder, callSignal: AbortSignal): Promise<TurnOutcome> {
    const { transcript, drive } = this.#options;
    const cancel = new AbortController();
    const signal = AbortSignal.any([callSignal, cancel.signal, link.gone.signal]);
    this.#turns.set(order.turn, cancel);
    const about = `${order.planId}.${order.taskId}`;
    transcript.line(about, `turn begins, attempt ${order.attempt}`);
    try {
      const outcome = await drive(order, this.#port(link, about, signal));
      transcript.line(about, `turn ${outcome.status}${outcome.error === undefined ? '' : `: ${outcome.error.message}`}`);
      return outcome;
    } catch (error) {
      if (!signal.aborted) throw error;
      transcript.line(about, 'turn cancelled');
      return { status: 'cancelled' };
    } finally {
      if (this.#turns.get(order.turn) === cancel) this.#turns.delete(order.turn);
    }
  }

  #port({ peer }: Link, about: string, signal: AbortSignal): DriverPort {
    const { transcript } = this.#options;
    return {
      signal,
      submit: async (submission) => {
        const answer = await peer.call('request.submit', submission, { signal });
        const outcome = (await schemas()).OutcomeSchema.parse(answer) as StepOutcome;
        transcript.line(about, describeOutcome(submission.step, outcome));
        return outcome;
      },
      message: async (message) => void (await peer.call('message.send', message, { signal })),
      note: (text) => transcript.line(about, text),
    };
  }

  async #execute(link: Link, order: ExecuteOrder, callSignal: AbortSignal): Promise<ExecuteResult> {
    return this.#executions.run(order, takenBack(link, callSignal)).finally(() => this.#told(link, order.key));
  }

  /** Of a run that an earlier node began; answered once it has ended. */
  async #outcome(link: Link, { key, epoch }: { readonly key: string; readonly epoch: number }, callSignal: AbortSignal): Promise<{ readonly outcome: ExecuteResult | null }> {
    const ended = this.#executions.outcome(key, epoch, takenBack(link, callSignal));
    if (ended === undefined) return { outcome: null };
    return { outcome: await ended.finally(() => this.#told(link, key)) };
  }

  #told({ gone }: Link, key: string): void {
    if (!gone.signal.aborted) this.#executions.told(key);
  }

  #deliver({ id, from, type, payload }: z.infer<typeof DeliveredMessage>): { readonly ok: true } {
    if (this.#isNew(id)) this.#options.transcript.line(`message from ${from}`, `${type} ${payload === undefined ? '' : JSON.stringify(payload)}`);
    return { ok: true };
  }
}

/** Aborts when the caller takes its call back, and not when it went. */
function takenBack({ gone }: Link, callSignal: AbortSignal): AbortSignal {
  const taken = new AbortController();
  callSignal.addEventListener('abort', () => gone.signal.aborted || taken.abort(callSignal.reason), { once: true });
  return taken.signal;
}

/** Throws `HostRefused` for a node that speaks another language. */
function readWelcome(answer: unknown): Welcome {
  const { epoch, heartbeatMs, missedHeartbeats } = (answer ?? {}) as Partial<Welcome>;
  if (typeof epoch === 'number' && Number(heartbeatMs) > 0 && Number(missedHeartbeats) > 1)
    return { epoch, heartbeatMs: Number(heartbeatMs), missedHeartbeats: Number(missedHeartbeats) };
  throw codedError('HostRefused', { problem: 'its node answered the hello with something else' });
}

function describeOutcome(step: number, { status, exitCode, error }: StepOutcome): string {
  const code = exitCode === undefined ? '' : `, exit ${exitCode}`;
  return `step ${step}: ${status}${code}${error === undefined ? '' : `: ${error.message}`}`;
}
