// The steps of statecharts that are in one state at a time, without XState's general way (sets of states to leave and to enter, a snapshot
// built anew for each action). What a machine does otherwise, runs or ends with is left to XState, which takes the step from its
// beginning; test/runtime/lean-step.test.ts holds the two against each other.
import type { AnyActorLogic } from 'xstate';
import type { Message } from './envelope.ts';
import { LeanActions, made, moved, type Raised } from './lean-actions.ts';
import { firstRoute, isLinear, type Route, routeOf, shapeOf } from './lean-route.ts';
import {
  isAssign,
  type Machine,
  type MachineSnapshot,
  type NamedAction,
  onlyLeaf,
  type Plan,
  passes,
  planFor,
  resolved,
  type StateNode,
  type Transition,
} from './machine-parts.ts';
import type { Snapshot } from './step.ts';
import type { StepScope } from './step-scope.ts';

/** Types are words from outside: of so many is kept, for a state, what they do. */
const TYPES_KEPT = 256;

/** How the actors of a machine begin: what all have alike, and what they enter. */
interface Beginning {
  readonly base: MachineSnapshot;
  readonly route: Route;
}

/** What is known of a state. */
interface Ways {
  readonly plans: Map<string, Plan | 'full'>;
  readonly routes: Map<Transition, Route | undefined>;
  /** By type of message the assignments that are all it does; none where it does more, or nothing. */
  readonly assignments: Map<string, readonly NamedAction[]>;
  /** Nothing follows in it without a message. */
  readonly rests: boolean;
  /** A snapshot in it without children and remembered states, and without a context that means anything. */
  shared: MachineSnapshot | undefined;
}

export class LeanSteps {
  readonly #ways = new WeakMap<StateNode, Ways>();
  #lastLeaf: StateNode | undefined;
  #lastWays: Ways = { plans: new Map(), routes: new Map(), assignments: new Map(), rests: false, shared: undefined };
  readonly #beginnings = new WeakMap<Machine, Beginning | 'full'>();
  readonly #actions = new LeanActions();
  readonly #leave = (): never => this.#actions.leave();

  /** Undefined: the step is XState's, and what was collected is void. Throws what the statechart throws. */
  take(logic: AnyActorLogic, before: Snapshot, message: Message, scope: StepScope): Snapshot | undefined {
    const { machine, _nodes: nodes, context, status } = before as MachineSnapshot;
    // Logic around a machine has a transition of its own.
    if (nodes === undefined || (machine as unknown) !== logic || status !== 'active' || !context) return undefined;
    const leaf = onlyLeaf(nodes);
    if (leaf === undefined) return undefined;
    const ways = this.#waysFrom(leaf);
    const plan = ways.plans.get(message.type) ?? this.#plan(machine, leaf, ways, message.type);
    if (plan === 'full') return undefined;
    const selected = plan === 'select' ? machine.getTransitionData(before as MachineSnapshot, message) : plan;
    this.#actions.beyond = false;
    try {
      const after = this.#macrostep(before as MachineSnapshot, message, scope, selected[0], ways);
      if (!this.#actions.beyond) {
        scope.selected = selected.length;
        return after;
      }
    } catch (error) {
      if (!this.#actions.beyond) throw error;
    }
    ways.plans.set(message.type, 'full');
    return undefined;
  }

  /**
   * The context behind a message that does nothing but assign, of an actor that is in the state of the snapshot and has the context. Undefined:
   * it does more, or nothing, or throws, and what was collected is void.
   */
  contextAfter(logic: AnyActorLogic, inState: Snapshot, context: object, message: Message, scope: StepScope): object | undefined {
    const { machine, _nodes: nodes, status } = inState as MachineSnapshot;
    if ((machine as unknown) !== logic || status !== 'active') return undefined;
    const leaf = onlyLeaf(nodes);
    if (leaf === undefined) return undefined;
    const ways = this.#waysFrom(leaf);
    const actions = ways.assignments.get(message.type) ?? this.#assignments(machine, leaf, ways, message.type);
    if (actions.length === 0) return undefined;
    this.#actions.beyond = false;
    try {
      const after = this.#actions.assign(machine, context, message, scope, actions);
      if (!this.#actions.beyond) return after;
    } catch {
      // Taken again from its beginning, and whatever is wrong with it comes out.
      if (!this.#actions.beyond) return undefined;
    }
    ways.assignments.set(message.type, []);
    return undefined;
  }

  /** What all actors in the state of the snapshot have alike, which they may share: all but the context. Undefined: it has children, or remembers. */
  shared(snapshot: Snapshot): Snapshot | undefined {
    const { _nodes: nodes, children, historyValue } = snapshot as MachineSnapshot;
    const leaf = onlyLeaf(nodes);
    if (leaf === undefined || hasAny(children) || hasAny(historyValue)) return undefined;
    const ways = this.#waysFrom(leaf);
    ways.shared ??= made(snapshot as MachineSnapshot, {});
    return ways.shared;
  }

  #assignments(machine: Machine, leaf: StateNode, ways: Ways, type: string): readonly NamedAction[] {
    const plan = ways.plans.get(type) ?? this.#plan(machine, leaf, ways, type);
    const [transition] = plan === 'full' || plan === 'select' || !ways.rests ? [] : plan;
    const isAll = transition !== undefined && (transition.target ?? []).length === 0 && transition.actions.every((named) => isAssign(resolved(machine, named)));
    const assignments = isAll ? transition.actions : [];
    ways.assignments.set(type, assignments);
    return assignments;
  }

  /** Undefined: XState makes the first snapshot. */
  begin(logic: AnyActorLogic, input: unknown, scope: StepScope): Snapshot | undefined {
    const machine = logic as unknown as Machine;
    const beginning = machine.root === undefined ? undefined : this.#beginnings.get(machine);
    if (beginning === undefined || beginning === 'full') return undefined;
    this.#actions.beyond = false;
    try {
      const first = this.#begin(machine, beginning, input, scope);
      if (!this.#actions.beyond) return first;
    } catch (error) {
      if (!this.#actions.beyond) throw error;
    }
    this.#beginnings.set(machine, 'full');
    return undefined;
  }

  /** A first snapshot that XState has made. */
  began(logic: AnyActorLogic, snapshot: Snapshot): void {
    const machine = logic as unknown as Machine;
    if (machine.root === undefined || this.#beginnings.has(machine)) return;
    const route = isLinear(machine) && snapshot.status !== 'error' ? firstRoute(machine) : undefined;
    this.#beginnings.set(
      machine,
      route === undefined ? 'full' : { base: moved(made(snapshot as MachineSnapshot, {}, {}), 'active', { ...shapeOfFirst(route), nodes: [machine.root] }), route },
    );
  }

  #waysFrom(leaf: StateNode): Ways {
    // Most steps are of a state that one was just taken in.
    if (leaf === this.#lastLeaf && this.#lastWays.plans.size <= TYPES_KEPT) return this.#lastWays;
    let ways = this.#ways.get(leaf);
    if (ways === undefined || ways.plans.size > TYPES_KEPT) {
      ways = { plans: new Map(), routes: new Map(), assignments: new Map(), rests: shapeOf(leaf).always.length === 0, shared: undefined };
      this.#ways.set(leaf, ways);
    }
    this.#lastLeaf = leaf;
    this.#lastWays = ways;
    return ways;
  }

  #plan(machine: Machine, leaf: StateNode, { plans }: Ways, type: string): Plan | 'full' {
    // What the kernel and XState tell a machine of timers, children and its own end is XState's too.
    const plan = type.startsWith('xstate.') || !isLinear(machine) ? 'full' : planFor(leaf, type);
    plans.set(type, plan);
    return plan;
  }

  #routeOf(leaf: StateNode, transition: Transition): Route {
    const { routes } = this.#waysFrom(leaf);
    if (!routes.has(transition)) routes.set(transition, routeOf(leaf, transition));
    return routes.get(transition) ?? this.#actions.leave();
  }

  #begin(machine: Machine, { base, route }: Beginning, input: unknown, scope: StepScope): MachineSnapshot {
    const { context } = machine.config;
    const own = typeof context === 'function' ? { ...context({ spawn: this.#actions.spawn, input, self: scope.self }) } : context || {};
    const event = { type: 'xstate.init', input };
    const raised: Raised = [];
    const first = this.#enter(made(base, own, {}), event, scope, route, raised);
    return this.#rest(first, event, scope, raised);
  }

  /** What a message does and all that follows from it. */
  #macrostep(before: MachineSnapshot, event: Message, scope: StepScope, selected: Transition | undefined, { rests }: Ways): MachineSnapshot {
    const raised: Raised = [];
    const after = selected === undefined ? before : this.#microstep(before, event, scope, selected, raised);
    // Most messages change no state, and nothing follows.
    return rests && raised.length === 0 && after._nodes === before._nodes ? after : this.#rest(after, event, scope, raised);
  }

  /** Until nothing more follows by itself. */
  #rest(from: MachineSnapshot, cause: Message, scope: StepScope, raised: Raised): MachineSnapshot {
    let snapshot = from;
    let event = cause;
    let mayFollow = true;
    const most = snapshot.machine.options?.maxIterations ?? Number.POSITIVE_INFINITY;
    for (let count = 1; snapshot.status === 'active'; count += 1) {
      // XState says what is wrong with it.
      if (count > most) this.#actions.leave();
      const followed: Transition | undefined = mayFollow ? this.#eventless(snapshot, event) : undefined;
      let next: Transition | undefined = followed;
      if (followed === undefined) {
        const message = raised.shift();
        if (message === undefined) break;
        event = message;
        [next] = snapshot.machine.getTransitionData(snapshot, event);
      }
      const before = snapshot;
      if (next !== undefined) snapshot = this.#microstep(snapshot, event, scope, next, raised);
      mayFollow = followed === undefined || snapshot !== before;
    }
    // Whoever ends with children ends them.
    if (snapshot.status !== 'active' && hasAny(snapshot.children)) this.#actions.leave();
    return snapshot;
  }

  /** What follows without a message, if anything does. */
  #eventless(snapshot: MachineSnapshot, event: Message): Transition | undefined {
    const { always } = shapeOf(leafOf(snapshot));
    for (const transition of always) if (transition.guard === undefined || passes(transition.guard, event, snapshot, this.#leave)) return transition;
    return undefined;
  }

  #microstep(before: MachineSnapshot, event: Message, scope: StepScope, transition: Transition, raised: Raised): MachineSnapshot {
    const { target, actions } = transition;
    if (target === undefined || target.length === 0) return this.#actions.run(before, event, scope, actions, raised);
    const route = this.#routeOf(leafOf(before), transition);
    let snapshot = before;
    for (const { exit } of route.exits) snapshot = this.#actions.run(snapshot, event, scope, exit, raised);
    snapshot = this.#actions.run(snapshot, event, scope, actions, raised);
    return this.#enter(snapshot, event, scope, route, raised);
  }

  #enter(before: MachineSnapshot, event: Message, scope: StepScope, { enters, to, done }: Route, raised: Raised): MachineSnapshot {
    let snapshot = before;
    for (const { node, actions } of enters) {
      snapshot = this.#actions.run(snapshot, event, scope, actions, raised);
      if (node.type === 'final' && node.parent !== undefined) raised.push({ type: `xstate.done.state.${node.parent.id}`, output: undefined });
    }
    if (to === undefined) return snapshot;
    if (!done) return moved(snapshot, 'active', to);
    // As XState leaves them: the innermost first.
    const nodes = [...to.nodes].reverse();
    snapshot = moved(snapshot, 'done', { nodes: snapshot._nodes, value: snapshot.value, tags: snapshot.tags });
    for (const { exit } of nodes) snapshot = this.#actions.run(snapshot, event, scope, exit, raised);
    return moved(snapshot, 'done', { ...to, nodes });
  }
}

function leafOf({ _nodes }: MachineSnapshot): StateNode {
  return _nodes[_nodes.length - 1] as StateNode;
}

/** Before the first step the root alone is entered, and its value is that of the first state. */
function shapeOfFirst({ enters }: Route): ReturnType<typeof shapeOf> {
  return shapeOf(enters[enters.length - 1]?.node as StateNode);
}

/** Of a machine's snapshot without children and remembered states: what XState would persist of it. Undefined of any other. */
export function plainlyPersisted(logic: AnyActorLogic, snapshot: Snapshot): object | undefined {
  const { machine, status, output, error, value, historyValue, context, children } = snapshot as MachineSnapshot;
  if (machine === undefined || (machine as unknown) !== logic || hasAny(children) || hasAny(historyValue)) return undefined;
  return { status, output, error, value, historyValue, context, children };
}

function hasAny(members: unknown): boolean {
  for (const _ in members as object) return true;
  return false;
}
