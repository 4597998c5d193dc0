// The load of a drill: clients at the node's real door that send messages, give plans, and ask for approvals which nobody grants. Each
// call is made again under its key until it is accepted, so what was accepted is known, whatever is done to the node meanwhile.
import { type Clock, isCoded } from '../../runtime/index.ts';
import { pause } from '../node/wait-until.ts';
import type { ClientLedger, GivenPlan } from './client-ledger.ts';
import { type DrillPlace, WORKERS } from './drill-place.ts';
import type { DrilledNode } from './drilled-node.ts';
import { oneOf } from './seeded-random.ts';

export interface LoadOptions {
  readonly node: DrilledNode;
  readonly place: DrillPlace;
  readonly ledger: ClientLedger;
  readonly clock: Clock;
  readonly random: () => number;
  readonly signal: AbortSignal;
}

const SENDERS = 6;
const BETWEEN_MESSAGES_MS = 10;
const BETWEEN_PLANS_MS = 1_500;
const BETWEEN_TIMERS_MS = 900;
const AGAIN_MS = 60;
/** A node that is stopped answers nobody: the call is made again. */
const CALL_MS = 2_500;
const TASKS = 6;
const LONGEST_STEP_MS = 700;
const TIMER_MS = 1_500;
const AGENTS = ['master', 'supervisor', ...WORKERS];

export class DrillLoad {
  readonly #options: LoadOptions;
  #on = true;
  #running: Promise<unknown> = Promise.resolve();

  constructor(options: LoadOptions) {
    this.#options = options;
  }

  begin(): void {
    const senders = Array.from({ length: SENDERS }, (_, index) => this.#repeat(BETWEEN_MESSAGES_MS, (n) => this.#send(`c${index}-${n}`)));
    this.#running = Promise.all([...senders, this.#repeat(BETWEEN_PLANS_MS, (n) => this.#plan(n)), this.#repeat(BETWEEN_TIMERS_MS, (n) => this.#timer(n))]);
    // Called off: whoever waits for the end hears of it.
    this.#running.catch(() => undefined);
  }

  /** Gives nothing new, and resolves once what was given has been accepted. */
  async end(): Promise<void> {
    this.#on = false;
    await this.#running;
  }

  /** Until it is accepted: the key makes that safe. Rejects only when the drill is called off. */
  async call<T>(operation: string, input: object, key?: string): Promise<T> {
    const { node, ledger, clock, signal } = this.#options;
    for (;;) {
      signal.throwIfAborted();
      const late = new AbortController();
      const cancel = clock.after(CALL_MS, () => late.abort());
      try {
        const answer = await node.client('chaos').call<T>(operation, input, { ...(key === undefined ? {} : { key }), signal: late.signal });
        ledger.lastAnswerAt = clock.monotonic();
        return answer;
      } catch (error) {
        ledger.refused(isCoded(error) ? error.code : 'NoAnswer');
      } finally {
        cancel();
      }
      await pause(clock, AGAIN_MS);
    }
  }

  /** Once: a refusal is an answer too. */
  async once(operation: string, input: object): Promise<void> {
    const { node, ledger } = this.#options;
    try {
      await node.client('chaos').call(operation, input);
    } catch (error) {
      ledger.refused(isCoded(error) ? error.code : 'NoAnswer');
    }
  }

  async #repeat(pauseMs: number, give: (n: number) => Promise<void>): Promise<void> {
    const { clock, random } = this.#options;
    for (let n = 1; this.#on; n += 1) {
      await give(n);
      await pause(clock, pauseMs * (0.5 + random()));
    }
  }

  async #send(id: string): Promise<void> {
    const { ledger, random } = this.#options;
    const agent = oneOf(random, AGENTS);
    await this.call('message.send', { to: agent, type: 'DRILL' }, id);
    ledger.messages.push({ id, agent });
  }

  async #plan(n: number): Promise<void> {
    const { ledger, place, random } = this.#options;
    const key = `p${n}`;
    const tasks = Array.from({ length: TASKS }, (_, index) => ({ task: `t${index}`, mark: `${key}.t${index}`, idempotent: index % 2 === 0 }));
    const text = JSON.stringify({
      name: key,
      workspace: place.workspace,
      tasks: tasks.map(({ task, mark, idempotent }) => {
        const half = ((random() * LONGEST_STEP_MS) / 2_000).toFixed(3);
        return { id: task, agent: oneOf(random, WORKERS), steps: [{ bash: `sleep ${half} && echo ${mark} >> ${place.ledger} && sleep ${half}`, idempotent }] };
      }),
    });
    const { plan } = await this.call<{ plan: string }>('plan.run', { text, baseDir: place.home, approve: 'HIGH' }, key);
    ledger.plans.push({ plan, tasks } satisfies GivenPlan);
  }

  async #timer(n: number): Promise<void> {
    const { ledger, place, random } = this.#options;
    const key = `w${n}`;
    const text = JSON.stringify({
      name: key,
      workspace: place.workspace,
      tasks: [{ id: 'wait', agent: oneOf(random, WORKERS), steps: [{ bash: `echo ${key} >> ${place.ledger}` }] }],
    });
    const { plan } = await this.call<{ plan: string }>('plan.run', { text, baseDir: place.home, approvalMs: TIMER_MS }, key);
    ledger.timers.push(plan);
  }
}
