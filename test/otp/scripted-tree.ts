// The supervisors and workers of a scenario as ours: each worker starts as its plan says, writes that down, and ends as its scenario wants.
import { type AnyActorLogic, setup } from 'xstate';
import type { Behaviour, ChildSpec, SupervisorHost } from '../../runtime/index.ts';
import { dynamicSupervisor, supervisor, worker } from '../../supervisors/index.ts';
import { type Child, type Ending, type Outcome, SLOW_MS, type Worker } from './scenario.ts';

export class ScriptedTree {
  readonly #say: (line: string) => void;
  readonly #plans = new Map<string, readonly Outcome[]>();
  readonly #addresses = new Map<string, string>();
  /** Somebody was asked to end, and does so only as time passes. */
  waits = false;

  constructor(say: (line: string) => void) {
    this.#say = say;
  }

  address(id: string): string | undefined {
    return this.#addresses.get(id);
  }

  /** Whoever has a place or a plan keeps it. */
  place(child: Child, above: string): void {
    this.settleAt(child.id, above);
    if (child.kind === 'worker') this.#keepPlan(child.id, child.plan);
    if (child.kind === 'static') for (const below of child.children) this.place(below, `${above}/${child.id}`);
  }

  settleAt(id: string, above: string): void {
    if (!this.#addresses.has(id)) this.#addresses.set(id, `${above}/${id}`);
  }

  #keepPlan(id: string, plan: readonly Outcome[]): void {
    if (!this.#plans.has(id)) this.#plans.set(id, plan);
  }

  spec(child: Child): ChildSpec {
    const { id, restart, significant } = child;
    if (child.kind === 'worker') return this.worker(id, child, child.plan, significant);
    const common = { restart, significant, intensity: child.intensity, periodMs: 1_000 * child.periodS };
    if (child.kind === 'dynamic') return dynamicSupervisor(id, common);
    const spec = supervisor(id, { ...common, strategy: child.strategy, autoShutdown: child.autoShutdown, children: child.children.map((below) => this.spec(below)) });
    return { ...spec, behaviour: this.#withIgnoring(spec.behaviour) };
  }

  worker(id: string, { restart, ending }: Pick<Worker, 'restart' | 'ending'>, plan: readonly Outcome[], significant: boolean): ChildSpec {
    this.#keepPlan(id, plan);
    return worker(id, this.#logic(id, ending), { restart, significant, shutdown: ending.shutdown });
  }

  #logic(id: string, { stop }: Ending): AnyActorLogic {
    const asked = { actions: () => this.#wait() };
    const taken = { prompt: {}, deaf: { 'troupe.shutdown': asked }, slow: { 'troupe.shutdown': { ...asked, target: 'leaving' } } };
    return setup({}).createMachine({
      context: () => {
        const outcome = this.#next(id);
        this.#say(`${outcome === 'ok' ? 'start' : 'fail'} ${id}`);
        if (outcome !== 'ok') throw new Error('planned');
        return {};
      },
      initial: 'here',
      states: { here: { on: taken[stop] }, leaving: { after: { [SLOW_MS]: 'gone' } }, gone: { type: 'final' } },
    });
  }

  #wait(): void {
    this.waits = true;
  }

  /** What the next start of a child leads to. The last of a plan holds for ever. */
  #next(id: string): Outcome | undefined {
    const [outcome, ...left] = this.#plans.get(id) ?? [];
    if (outcome !== undefined && left.length > 0) this.#plans.set(id, left);
    return outcome;
  }

  /** No statechart can decline to run: here the kernel's side says it, so that supervisors are seen to take it as OTP's do. */
  #withIgnoring(behaviour: Behaviour): Behaviour {
    if (behaviour.kind !== 'supervisor') return behaviour;
    const ignoring = (host: SupervisorHost): SupervisorHost => ({ ...host, start: (spec) => (this.#ignores(spec) ? { ok: 'ignore' } : host.start(spec)) });
    return { ...behaviour, logic: (host) => behaviour.logic(ignoring(host)) };
  }

  #ignores({ id }: ChildSpec): boolean {
    if (this.#plans.get(id)?.[0] !== 'ignore') return false;
    this.#next(id);
    this.#say(`ignore ${id}`);
    return true;
  }
}
