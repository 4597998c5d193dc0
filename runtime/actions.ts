// Statechart actions of the kernel, as data (K2): custom actions to XState, which hands them over with their arguments and runs none.
import type { ActionFunction, EventObject, MachineContext, ParameterizedObject } from 'xstate';
import type { Address } from './address.ts';
import type { Message, Priority } from './envelope.ts';
import { ASKER, REQUEST, type SendRequest, Target } from './target.ts';
import type { TieOp } from './ties.ts';

type Params = ParameterizedObject['params'] | undefined;
interface Args<TContext, TEvent> {
  readonly context: TContext;
  readonly event: TEvent;
}
type Expr<TContext, TEvent, TValue> = TValue | ((args: Args<TContext, TEvent>) => TValue);
type KernelAction<TContext extends MachineContext, TEvent extends EventObject> = ActionFunction<TContext, TEvent, TEvent, Params, never, never, never, never, never>;

export interface TellOptions {
  /** Makes the send cancellable by XState's `cancel(id)` while it is delayed. */
  readonly id?: string;
  readonly delay?: number;
  readonly priority?: Priority;
  /** With priority `control`: the id of a message; what is queued under it goes, and what comes late is refused (K22). */
  readonly about?: string;
}

/** A child of a durable dynamic supervisor, by the supervisor's template name. */
export interface ChildRequest {
  readonly template: string;
  readonly id: string;
  readonly input: unknown;
}

function resolve<TContext, TEvent, TValue>(expr: Expr<TContext, TEvent, TValue>, args: Args<TContext, TEvent>): TValue {
  return typeof expr === 'function' ? (expr as (args: Args<TContext, TEvent>) => TValue)(args) : expr;
}

function sending<TContext extends MachineContext, TEvent extends EventObject>(
  target: (args: Args<TContext, TEvent>) => Target,
  message: (args: Args<TContext, TEvent>) => Message,
  options: { id?: string; delay?: number } = {},
): KernelAction<TContext, TEvent> {
  const { id, delay } = options;
  const request = (args: Args<TContext, TEvent>): SendRequest => ({ to: target(args), event: message(args), id, delay });
  const run = (): never => {
    throw new Error('an action of the kernel means nothing outside of its cells');
  };
  return Object.assign(run, { [REQUEST]: request }) as unknown as KernelAction<TContext, TEvent>;
}

/** Sends to an address. An undefined address is a failed step (K4). */
export function tell<TContext extends MachineContext, TEvent extends EventObject>(
  to: Expr<TContext, TEvent, Address>,
  message: Expr<TContext, TEvent, Message>,
  options: TellOptions = {},
): KernelAction<TContext, TEvent> {
  const { priority, about, ...rest } = options;
  const manner = priority === undefined && about === undefined ? undefined : { priority, about };
  return sending(
    (args) => new Target('actor', resolve(to, args), manner),
    (args) => resolve(message, args),
    rest,
  );
}

/** Sends to every member of a group, as of the step (durable fan-out). */
export function tellGroup<TContext extends MachineContext, TEvent extends EventObject>(
  group: string,
  message: Expr<TContext, TEvent, Message>,
  options: { readonly priority?: Priority } = {},
): KernelAction<TContext, TEvent> {
  return sending(
    () => new Target('group', group, options),
    (args) => resolve(message, args),
  );
}

/** `DOWN` (address, reason) comes once the actor goes down, once; at once, with `noproc`, when nobody is there. */
export function monitor<TContext extends MachineContext, TEvent extends EventObject>(address: Expr<TContext, TEvent, Address>): KernelAction<TContext, TEvent> {
  return tying('monitor', address);
}

/** No `DOWN` of it comes any more, though it be in the mailbox. */
export function demonitor<TContext extends MachineContext, TEvent extends EventObject>(address: Expr<TContext, TEvent, Address>): KernelAction<TContext, TEvent> {
  return tying('demonitor', address);
}

/** From now on the abnormal end of one ends the other, or is `EXIT` to it where its spec says `trapExits`. */
export function link<TContext extends MachineContext, TEvent extends EventObject>(address: Expr<TContext, TEvent, Address>): KernelAction<TContext, TEvent> {
  return tying('link', address);
}

export function unlink<TContext extends MachineContext, TEvent extends EventObject>(address: Expr<TContext, TEvent, Address>): KernelAction<TContext, TEvent> {
  return tying('unlink', address);
}

/** Broadcasts to the group reach it from now on. Joining twice is joining once (OTP's pg counts). */
export function joinGroup<TContext extends MachineContext, TEvent extends EventObject>(group: Expr<TContext, TEvent, string>): KernelAction<TContext, TEvent> {
  return tying('join', group);
}

export function leaveGroup<TContext extends MachineContext, TEvent extends EventObject>(group: Expr<TContext, TEvent, string>): KernelAction<TContext, TEvent> {
  return tying('leave', group);
}

/** The actor can be told things `via(name)`. A name that another holds is a failed step, `NameTaken` (OTP: badarg). */
export function registerName<TContext extends MachineContext, TEvent extends EventObject>(name: Expr<TContext, TEvent, string>): KernelAction<TContext, TEvent> {
  return tying('register', name);
}

export function unregisterName<TContext extends MachineContext, TEvent extends EventObject>(name: Expr<TContext, TEvent, string>): KernelAction<TContext, TEvent> {
  return tying('unregister', name);
}

function tying<TContext extends MachineContext, TEvent extends EventObject>(op: TieOp, about: Expr<TContext, TEvent, string>): KernelAction<TContext, TEvent> {
  return sending(
    (args) => new Target(op, resolve(about, args)),
    () => ({ type: op }),
  );
}

/** Answers the ask in progress, or with `to` one kept by `deferReply`. Nobody asking: nothing happens. */
export function reply<TContext extends MachineContext, TEvent extends EventObject>(
  value: Expr<TContext, TEvent, unknown>,
  options: { readonly to?: Expr<TContext, TEvent, string> } = {},
): KernelAction<TContext, TEvent> {
  const { to } = options;
  return sending(
    (args) => (to === undefined ? ASKER : new Target('reply', resolve(to, args))),
    (args) => ({ type: 'reply', value: resolve(value, args) }),
  );
}

/** Keeps the return address of the ask in progress under a name, over restarts (K23). */
export function deferReply<TContext extends MachineContext, TEvent extends EventObject>(name: Expr<TContext, TEvent, string>): KernelAction<TContext, TEvent> {
  return sending(
    (args) => new Target('defer_reply', resolve(name, args)),
    () => ({ type: 'defer' }),
  );
}

/** Leaves a fact for projections and the audit, in this step's commit. Volatile actors: telemetry only. */
export function fact<TContext extends MachineContext, TEvent extends EventObject>(
  kind: string,
  body: Expr<TContext, TEvent, Readonly<Record<string, unknown>>>,
): KernelAction<TContext, TEvent> {
  const target = new Target('fact', kind);
  return sending(
    () => target,
    (args) => ({ type: 'fact', body: resolve(body, args) }),
  );
}

/** Writes a child row of a durable dynamic supervisor in this step's commit (K25). An id that exists is left as it is. */
export function startChild<TContext extends MachineContext, TEvent extends EventObject>(
  supervisor: Address,
  child: Expr<TContext, TEvent, ChildRequest>,
): KernelAction<TContext, TEvent> {
  const target = new Target('start_child', supervisor);
  return sending(
    () => target,
    (args) => ({ type: 'start', child: resolve(child, args) }),
  );
}

/** Ends a child of a dynamic supervisor for good, after this step's commit. */
export function stopChildAt<TContext extends MachineContext, TEvent extends EventObject>(address: Expr<TContext, TEvent, Address>): KernelAction<TContext, TEvent> {
  return sending(
    (args) => new Target('stop_child', resolve(address, args)),
    () => ({ type: 'stop' }),
  );
}
