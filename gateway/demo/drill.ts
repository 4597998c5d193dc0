// The faults that the demo plants in its own run, once each: an agent's session is killed during a step that may be run again, and
// the plan's own actor is killed while an approval waits.
import type { AgentReport } from '../../actors/agent/agent-report.ts';
import type { StepReport } from '../../actors/work/types.ts';
import type { NodeClient, NodeEvent } from '../cli/node-client.ts';

export interface SessionKill {
  readonly agent: string;
  readonly request: string;
  readonly pid: number;
  readonly epoch: number;
}

export interface ActorKill {
  readonly address: string;
}

export interface Drill {
  session: SessionKill | undefined;
  actor: ActorKill | undefined;
}

export interface DrillOptions {
  readonly client: Pick<NodeClient, 'call'>;
  /** Task whose first step is long enough to be met running. */
  readonly task: string;
  say(text: string): void;
  kill(pid: number): void;
}

export class Drills {
  readonly #options: DrillOptions;
  readonly done: Drill = { session: undefined, actor: undefined };
  #sessionMet = false;
  #actorMet = false;
  #running: Promise<unknown> = Promise.resolve();

  constructor(options: DrillOptions) {
    this.#options = options;
  }

  /** To be called with every event of the plan. */
  observe({ kind, body }: NodeEvent): void {
    if (kind === 'request.changed' && body.taskId === this.#options.task && (body.report as StepReport).status === 'running' && !this.#sessionMet) {
      this.#sessionMet = true;
      this.#run(() => this.#killSession(String(body.agent), String(body.id)));
    }
    if (kind === 'approval.requested' && !this.#actorMet) {
      this.#actorMet = true;
      this.#run(() => this.#killActor(`plans/${String(body.planId)}`));
    }
  }

  /** Resolves when what was begun is done. Rejects when a fault could not be planted. */
  async settled(): Promise<void> {
    await this.#running;
  }

  #run(fault: () => Promise<void>): void {
    this.#running = this.#running.then(fault);
    // Whoever awaits `settled` hears of it.
    this.#running.catch(() => undefined);
  }

  async #killSession(agent: string, request: string): Promise<void> {
    const { client, say, kill } = this.#options;
    const { session } = await client.call<AgentReport>('agent.status', { agent });
    if (session?.pid == null) throw new Error(`'${agent}' has no session to kill`);
    const { pid, epoch } = session;
    say(`drill: kill -9 ${pid}, the session of ${agent}, while ${request} runs`);
    kill(pid);
    this.done.session = { agent, request, pid, epoch };
  }

  async #killActor(address: string): Promise<void> {
    const { client, say } = this.#options;
    say(`drill: kill the actor ${address} while an approval waits`);
    await client.call('actor.kill', { address });
    this.done.actor = { address };
  }
}
