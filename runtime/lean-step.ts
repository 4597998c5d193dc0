// The steps that most messages cause, without XState's general way (sets of states to leave and to enter, a snapshot built anew for each
// action): a transition without a target, in a machine with one active state, whose actions assign or are handed over. And the first step
// of a machine that only makes a context. What is not surely one of these is left to XState; test/runtime/lean-step.test.ts holds the two
// against each other.
import type { AnyActorLogic } from 'xstate';
import type { Message } from './envelope.ts';
import {
  type Action,
  type Args,
  type Assign,
  beginsPlainly,
  isAssign,
  type Machine,
  type MachineSnapshot,
  type NamedAction,
  onlyLeaf,
  type Plan,
  planFor,
  resolved,
  type StateNode,
  type Transition,
} from './machine-parts.ts';
import type { Snapshot } from './step.ts';
import type { StepScope } from './step-scope.ts';
import { REQUEST, type SendRequest } from './target.ts';

/** Types are words from outside: of so many is kept, for a state, what they do. */
const TYPES_KEPT = 256;

export class LeanSteps {
  readonly #plans = new WeakMap<StateNode, Map<string, Plan>>();
  /** What all actors of a machine begin as, but for their context. */
  readonly #beginnings = new WeakMap<Machine, MachineSnapshot | 'full'>();
  #spawned = false;
  /** Of an `assign` that wants a child: only XState makes those. */
  readonly #spawn = (): never => {
    this.#spawned = true;
    throw new Error('a child is spawned by XState');
  };

  /** Undefined: the step is XState's, and nothing was collected. Throws what the statechart throws. */
  take(logic: AnyActorLogic, before: Snapshot, message: Message, scope: StepScope): Snapshot | undefined {
    const { machine, _nodes: nodes, context, status } = before as MachineSnapshot;
    // Logic around a machine has a transition of its own.
    if (nodes === undefined || (machine as unknown) !== logic || status !== 'active' || !context) return undefined;
    const leaf = onlyLeaf(nodes);
    if (leaf === undefined) return undefined;
    const plan = this.#planOf(machine, leaf, message.type);
    if (plan === 'full') return undefined;
    const selected = plan === 'select' ? machine.getTransitionData(before as MachineSnapshot, message) : plan;
    this.#spawned = false;
    try {
      const after = this.#run(before as MachineSnapshot, message, scope, selected);
      if (!this.#spawned) {
        scope.selected = selected.length;
        return after;
      }
    } catch (error) {
      if (!this.#spawned) throw error;
    }
    this.#plans.get(leaf)?.set(message.type, 'full');
    return undefined;
  }

  /** Undefined: XState makes the first snapshot. */
  begin(logic: AnyActorLogic, input: unknown, scope: StepScope): Snapshot | undefined {
    const machine = logic as unknown as Machine;
    if (machine.root === undefined) return undefined;
    const beginning = this.#beginnings.get(machine);
    if (beginning === undefined || beginning === 'full') return undefined;
    const { context } = machine.config;
    if (typeof context !== 'function') return made(beginning, context || {}, {});
    this.#spawned = false;
    try {
      const own = { ...context({ spawn: this.#spawn, input, self: scope.self }) };
      if (!this.#spawned) return made(beginning, own, {});
    } catch (error) {
      if (!this.#spawned) throw error;
    }
    this.#beginnings.set(machine, 'full');
    return undefined;
  }

  /** A first snapshot that XState has made. */
  began(logic: AnyActorLogic, snapshot: Snapshot): void {
    const machine = logic as unknown as Machine;
    if (machine.root === undefined || this.#beginnings.has(machine)) return;
    const plain = snapshot.status === 'active' && beginsPlainly(machine) && Object.keys(snapshot.children ?? {}).length === 0;
    this.#beginnings.set(machine, plain ? made(snapshot as MachineSnapshot, {}, {}) : 'full');
  }

  #planOf(machine: Machine, leaf: StateNode, type: string): Plan {
    let plansOfLeaf = this.#plans.get(leaf);
    if (plansOfLeaf === undefined || plansOfLeaf.size > TYPES_KEPT) {
      plansOfLeaf = new Map();
      this.#plans.set(leaf, plansOfLeaf);
    }
    let plan = plansOfLeaf.get(type);
    if (plan === undefined) {
      plan = planFor(machine, leaf, type);
      plansOfLeaf.set(type, plan);
    }
    return plan;
  }

  #run(before: MachineSnapshot, event: Message, scope: StepScope, selected: readonly Transition[]): MachineSnapshot {
    let snapshot = before;
    for (const { actions } of selected) {
      for (const named of actions) {
        const { machine, context } = snapshot;
        const action = resolved(machine, named);
        const params = paramsOf(named, context, event);
        const request = requestOf(action);
        if (request !== undefined) scope.collect(request({ context, event, self: scope.self, system: scope.system }));
        else if (isAssign(action)) snapshot = made(snapshot, { ...context, ...this.#change(action, context, event, scope, params) }, snapshot.children);
        else {
          const info = { context, event, self: scope.self, system: scope.system };
          scope.actionExecutor({ type: typeOf(named), info, params, exec: action as ((info: unknown, params: unknown) => void) | undefined });
        }
      }
    }
    return snapshot;
  }

  #change({ assignment }: Assign, context: object, event: Message, scope: StepScope, params: unknown): object {
    const args = { context, event, spawn: this.#spawn, self: scope.self, system: scope.system };
    if (typeof assignment === 'function') return assignment(args, params);
    const change: Record<string, unknown> = {};
    for (const key of Object.keys(assignment)) {
      const value = assignment[key];
      change[key] = typeof value === 'function' ? value(args, params) : value;
    }
    return change;
  }
}

/** Of a machine's snapshot without children and remembered states: what XState would persist of it. Undefined of any other. */
export function plainlyPersisted(logic: AnyActorLogic, snapshot: Snapshot): object | undefined {
  const { machine, status, output, error, value, historyValue, context, children } = snapshot as MachineSnapshot;
  if (machine === undefined || (machine as unknown) !== logic || hasAny(children) || hasAny(historyValue)) return undefined;
  return { status, output, error, value, historyValue, context, children };
}

/** What an action of the kernel wants is collected as it is. */
function requestOf(action: Action | undefined): ((args: Args) => SendRequest) | undefined {
  return (action as { readonly [REQUEST]?: (args: Args) => SendRequest } | undefined)?.[REQUEST];
}

function hasAny(members: unknown): boolean {
  for (const _ in members as object) return true;
  return false;
}

function paramsOf(named: NamedAction, context: object, event: Message): unknown {
  if (typeof named !== 'object' || !('params' in named)) return undefined;
  return typeof named.params === 'function' ? named.params({ context, event }) : named.params;
}

function typeOf(named: NamedAction): string {
  return typeof named === 'string' ? named : typeof named === 'object' ? named.type : named.name || '(anonymous)';
}

/** In the shape that XState gives its snapshots, key by key. */
function made(from: MachineSnapshot, context: object, children: Snapshot['children']): MachineSnapshot {
  const { status, output, error, machine, _nodes, value, tags, historyValue, matches, hasTag, can, getMeta, toJSON } = from;
  return { status, output, error, machine, context, _nodes, value, tags, children, historyValue, matches, hasTag, can, getMeta, toJSON } as MachineSnapshot;
}
