// What a step wants of the world, collected as data (K2); and the words of the kernel's actions for transition logic, which has no
// actions: `fromTransition((state, message, scope) => { outputs(scope).reply(state.n); … })`.
import type { ChildRequest, TellOptions } from './actions.ts';
import type { Address } from './address.ts';
import type { Message } from './envelope.ts';
import { ASKER, Target } from './target.ts';

/** XState's executable action, as handed to `actionExecutor`. */
export interface Collected {
  readonly type: string;
  readonly info: { readonly self: unknown } | undefined;
  readonly params: unknown;
  readonly exec: ((info: unknown, params: unknown) => void) | undefined;
}

/** Each means what the action of the same name means. */
export interface Outputs {
  tell(to: Address, message: Message, options?: TellOptions): void;
  tellGroup(group: string, message: Message): void;
  reply(value: unknown, options?: { readonly to?: string }): void;
  deferReply(name: string): void;
  fact(kind: string, body: Readonly<Record<string, unknown>>): void;
  startChild(supervisor: Address, child: ChildRequest): void;
  stopChildAt(address: Address): void;
}

/** The part of XState's scope that collects. Everything in it is gone when the step fails. */
export abstract class CollectingScope implements Outputs {
  out: Collected[] = [];
  /** Whether a step is in progress: only then is there anything to collect. */
  protected abstract get stepping(): boolean;

  /** A send, in the shape of XState's own. */
  collect(params: { readonly to: unknown; readonly event: Message; readonly id?: string | undefined; readonly delay?: number | undefined }): void {
    if (!this.stepping) throw new Error('no step in progress');
    const action = { type: 'xstate.sendTo', info: undefined, params, exec: undefined };
    // Most steps want one thing, and a list that grows takes room for sixteen more.
    if (this.out.length === 0) this.out = [action];
    else this.out.push(action);
  }
  tell(to: Address, message: Message, { priority, about, id, delay }: TellOptions = {}): void {
    this.collect({ to: new Target('actor', to, { priority, about }), event: message, id, delay });
  }
  tellGroup(group: string, message: Message): void {
    this.collect({ to: new Target('group', group), event: message });
  }
  reply(value: unknown, { to }: { readonly to?: string } = {}): void {
    this.collect({ to: to === undefined ? ASKER : new Target('reply', to), event: { type: 'reply', value } });
  }
  deferReply(name: string): void {
    this.collect({ to: new Target('defer_reply', name), event: { type: 'defer' } });
  }
  fact(kind: string, body: Readonly<Record<string, unknown>>): void {
    this.collect({ to: new Target('fact', kind), event: { type: 'fact', body } });
  }
  startChild(supervisor: Address, child: ChildRequest): void {
    this.collect({ to: new Target('start_child', supervisor), event: { type: 'start', child } });
  }
  stopChildAt(address: Address): void {
    this.collect({ to: new Target('stop_child', address), event: { type: 'stop' } });
  }
}

/** What the step in progress may want. `scope` is the third argument of the transition; an actor that XState runs by itself has none. */
export function outputs(scope: unknown): Outputs {
  if (!(scope instanceof CollectingScope)) throw new Error('only a step of a cell has outputs');
  return scope;
}
