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
  kill(pid: number): void;
}

type Say = (text: string) => void;

export class Drills {
  readonly #options: DrillOptions;
  readonly done: Drill = { session: undefined, actor: undefined };

  constructor(options: DrillOptions) {
    this.#options = options;
  }

  /** To be called with every event of the plan, one after the other. Rejects when a fault could not be planted. */
  async observe({ kind, body }: NodeEvent, say: Say): Promise<void> {
    const runs = kind === 'request.changed' && body.taskId === this.#options.task && (body.report as StepReport).status === 'running';
    if (runs && this.done.session === undefined) await this.#killSession(String(body.agent), String(body.id), say);
    if (kind === 'approval.requested' && this.done.actor === undefined) await this.#killActor(`plans/${String(body.planId)}`, say);
  }

  async #killSession(agent: string, request: string, say: Say): Promise<void> {
    const { client, kill } = this.#options;
    const { session } = await client.call<AgentReport>('agent.status', { agent });
    if (session?.pid == null) throw new Error(`'${agent}' has no session to kill`);
    const { pid, epoch } = session;
    say(`          drill: kill -9 ${pid}, the session of ${agent}, while ${request} runs`);
    kill(pid);
    this.done.session = { agent, request, pid, epoch };
  }

  async #killActor(address: string, say: Say): Promise<void> {
    say(`          drill: kill the actor ${address} while an approval waits`);
    await this.#options.client.call('actor.kill', { address });
    this.done.actor = { address };
  }
}
