// The program inside an agent's terminal, without its process: says hello, keeps the heartbeat, runs turns by its driver and
// requests by the executors. When its node is out of reach it finishes nothing blindly: what runs is aborted, and it ends.
import type { z } from 'zod';
import type { Clock } from '../../../runtime/clock.ts';
import { codedError } from '../../../runtime/errors.ts';
import { type CallContext, type RpcPeer, rpcPeer } from '../../../runtime/json-rpc.ts';
import type { DriverPort } from '../../driver/playbook.ts';
import type { TurnOrder, TurnOutcome } from '../../work/ports.ts';
import type { ExecuteOrder, ExecuteResult, StepOutcome } from '../../work/types.ts';
import type { DeliveredMessage, Welcome } from '../host-messages.ts';
import { recentIds } from './recent-ids.ts';
import type { Transcript } from './transcript.ts';

export interface HostWork {
  execute(order: ExecuteOrder, io: { readonly signal: AbortSignal; onOutput(stream: 'stdout' | 'stderr', text: string): void }): Promise<ExecuteResult>;
  drive(order: TurnOrder, port: DriverPort): Promise<TurnOutcome>;
}

export interface AgentHostOptions extends HostWork {
  readonly agent: string;
  readonly ticket: string;
  readonly nonce: string;
  readonly pid: number;
  readonly clock: Clock;
  readonly transcript: Transcript;
  send(text: string): void;
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
  readonly #peer: RpcPeer;
  readonly #turns = new Map<string, AbortController>();
  readonly #running = new Set<Promise<unknown>>();
  readonly #life = new AbortController();
  readonly #isNew = recentIds();
  #cancelHeartbeat = (): void => {};

  constructor(options: AgentHostOptions) {
    this.#options = options;
    this.#peer = rpcPeer({
      send: options.send,
      methods: (name, params, context) => this.#serve(name, params, context),
      clock: options.clock,
      onProtocolError: (problem) => options.transcript.line('node', `unexpected: ${problem}`),
      onFault: (method, error) => options.transcript.line(method, `failed: ${error instanceof Error ? error.message : String(error)}`),
    });
  }

  /** Rejects with `HostRefused` when the node does not want it. */
  async hello(): Promise<void> {
    const { agent, ticket, nonce, pid, clock, transcript } = this.#options;
    const answer = await this.#peer.call('host.hello', { agent, ticket, nonce, pid, startedAt: clock.now() }, { timeoutMs: HELLO_MS });
    const { epoch, heartbeatMs, missedHeartbeats } = readWelcome(answer);
    transcript.line(agent, `ready (epoch ${epoch})`);
    this.#beat(heartbeatMs, missedHeartbeats);
  }

  receive(text: string): void {
    this.#peer.receive(text);
  }

  /** A line that a person typed into the terminal. */
  typed(text: string): void {
    if (text.trim() !== '') this.#peer.notify('host.typed', { text });
  }

  /** Aborts what runs, waits for it at most two seconds, ends. May be called again; the first code stands. */
  async end(code: HostExit, why: string): Promise<void> {
    if (this.#life.signal.aborted) return;
    this.#options.transcript.line(this.#options.agent, `ending: ${why}`);
    this.#cancelHeartbeat();
    this.#life.abort(codedError('SessionLost', { agent: this.#options.agent, why }));
    this.#peer.close(codedError('SessionLost', { agent: this.#options.agent, why }));
    const late = new Promise<void>((resolve) => void this.#options.clock.after(END_MS, resolve));
    await Promise.race([Promise.allSettled([...this.#running]), late]);
    this.#options.onEnd(code);
  }

  #beat(everyMs: number, missed: number): void {
    this.#cancelHeartbeat = this.#options.clock.after(everyMs, () => {
      const answered = this.#peer.call('host.heartbeat', {}, { timeoutMs: everyMs * (missed - 1) });
      answered.then(
        () => this.#beat(everyMs, missed),
        () => this.end(3, 'the node does not answer'),
      );
    });
  }

  #serve(method: string, params: unknown, context: CallContext): Promise<unknown> | undefined {
    const { transcript } = this.#options;
    switch (method) {
      case 'turn.start':
        return this.#track(async () => this.#turn((await schemas()).Turn.parse(params) as unknown as TurnOrder, context.signal));
      case 'turn.cancel':
        return this.#track(async () => this.#turns.get((await schemas()).TurnCancel.parse(params).turn)?.abort(codedError('CallCancelled')));
      case 'request.execute':
        return this.#track(async () => this.#execute((await schemas()).Order.parse(params) as ExecuteOrder, context.signal));
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

  async #turn(order: TurnOrder, callSignal: AbortSignal): Promise<TurnOutcome> {
    const { transcript, drive } = this.#options;
    const cancel = new AbortController();
    const signal = AbortSignal.any([callSignal, cancel.signal, this.#life.signal]);
    this.#turns.set(order.turn, cancel);
    const about = `${order.planId}.${order.taskId}`;
    transcript.line(about, `turn begins, attempt ${order.attempt}`);
    try {
      const outcome = await drive(order, this.#port(about, signal));
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

  #port(about: string, signal: AbortSignal): DriverPort {
    const { transcript } = this.#options;
    return {
      signal,
      submit: async (submission) => {
        const answer = await this.#peer.call('request.submit', submission, { signal });
        const outcome = (await schemas()).OutcomeSchema.parse(answer) as StepOutcome;
        transcript.line(about, describeOutcome(submission.step, outcome));
        return outcome;
      },
      message: async (message) => void (await this.#peer.call('message.send', message, { signal })),
      note: (text) => transcript.line(about, text),
    };
  }

  async #execute(order: ExecuteOrder, callSignal: AbortSignal): Promise<ExecuteResult> {
    const signal = AbortSignal.any([callSignal, this.#life.signal]);
    return this.#options.execute(order, { signal, onOutput: (_stream, text) => this.#options.transcript.output(text) });
  }

  #deliver({ id, from, type, payload }: z.infer<typeof DeliveredMessage>): { readonly ok: true } {
    if (this.#isNew(id)) this.#options.transcript.line(`message from ${from}`, `${type} ${payload === undefined ? '' : JSON.stringify(payload)}`);
    return { ok: true };
  }
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
