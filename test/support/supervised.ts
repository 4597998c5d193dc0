// A supervisor driven by hand over a scripted kernel. Each call lets what is ready happen; no time passes by itself.
import { createActor, setup } from 'xstate';
import {
  type ChildAnswer,
  type ChildAsk,
  type ChildInfo,
  type ChildSpec,
  describeExit,
  type ExitReason,
  SHUTDOWN,
  type SupervisorBehaviour,
  type SupervisorMessage,
} from '../../runtime/index.ts';
import { type ChildOptions, type DynamicSupervisorOptions, dynamicSupervisor, type SupervisorOptions, supervisor, worker } from '../../supervisors/index.ts';
import { ScriptedSupervisorHost } from './scripted-supervisor-host.ts';
import { settle } from './settle.ts';

const TURNS = 4;
const idle = setup({}).createMachine({});

/** A child by its id, or by its id and what its spec says besides. */
export type NamedChild = string | (ChildOptions & { readonly id: string; readonly durable?: boolean });

export function child(named: NamedChild): ChildSpec {
  if (typeof named === 'string') return worker(named, idle);
  const { id, ...options } = named;
  return worker(id, idle, options);
}

export class Supervised {
  readonly host = new ScriptedSupervisorHost();
  readonly #actor;
  #asks = 0;

  constructor(behaviour: SupervisorBehaviour) {
    this.#actor = createActor(behaviour.logic(this.host));
  }

  async begin(): Promise<this> {
    this.#actor.start();
    await settle(TURNS);
    return this;
  }

  /** What happened since the last call. */
  history(): string[] {
    return this.host.lines.splice(0);
  }

  get phase(): unknown {
    return this.#actor.getSnapshot().value;
  }

  get ended(): string | undefined {
    return this.host.ended === undefined ? undefined : describeExit(this.host.ended);
  }

  /** `id state` of each child, in start order. */
  children(): string[] {
    return (this.host.view?.which() ?? []).map(({ id, state }: ChildInfo) => `${id} ${state}`);
  }

  /** A running child ends by itself; the news waits in the mailbox until something settles. */
  fall(id: string, reason: ExitReason): void {
    const serial = this.host.alive.get(id);
    if (serial === undefined) throw new Error(`'${id}' does not run`);
    this.host.alive.delete(id);
    this.host.lines.push(`exit ${id} ${reason.kind}`);
    this.send({ type: 'troupe.child_exit', id, serial, reason });
  }

  async exit(id: string, reason: ExitReason): Promise<void> {
    this.fall(id, reason);
    await settle(TURNS);
  }

  crash(id: string): Promise<void> {
    return this.exit(id, { kind: 'crash', message: 'planned' });
  }

  send(message: SupervisorMessage): void {
    const { administration } = this.host;
    if (message.type === 'troupe.shutdown' || administration === undefined) this.#actor.send(message);
    else queueMicrotask(() => administration(message));
  }

  /** The kernel drops the supervisor's cell: no message, no goodbye. */
  async kill(): Promise<void> {
    this.#actor.stop();
    await settle(TURNS);
  }

  async shutdown(reason: ExitReason = SHUTDOWN): Promise<void> {
    this.send({ type: 'troupe.shutdown', reason });
    await settle(TURNS);
  }

  async ask(message: AskWithout): Promise<ChildAnswer | undefined> {
    this.#asks += 1;
    const ask = `ask ${this.#asks}`;
    this.send({ ...message, ask });
    await settle(TURNS);
    return this.host.answers.get(ask);
  }

  async pass(ms: number): Promise<void> {
    this.host.clock.advance(ms);
    await settle(TURNS);
  }
}

type Asking = Extract<SupervisorMessage, { readonly ask: ChildAsk }>;
type AskWithout = Asking extends infer Message ? (Message extends Asking ? Omit<Message, 'ask'> : never) : never;

type SupervisedOptions = Omit<SupervisorOptions, 'children'> & { readonly children: readonly NamedChild[] };

/** A running supervisor whose history starts after its start. */
export async function supervised({ children, ...options }: SupervisedOptions): Promise<Supervised> {
  const tree = await starting({ children, ...options }).begin();
  tree.history();
  return tree;
}

/** One that has not begun. */
export function starting({ children, ...options }: SupervisedOptions): Supervised {
  return new Supervised(supervisor({ ...options, children: children.map(child) }));
}

export function dynamicallySupervised(options: DynamicSupervisorOptions = {}): Supervised {
  const { behaviour } = dynamicSupervisor('tree', options);
  if (behaviour.kind !== 'supervisor') throw new Error('a dynamic supervisor is a supervisor');
  return new Supervised(behaviour);
}
