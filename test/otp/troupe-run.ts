// The same scenario on ours: a real node with simulated time, its history in the same words as the driver's.
import { type AnyActorLogic, setup } from 'xstate';
import { type ChildAnswer, type ChildSpec, createSystem, SimulatedClock, type System } from '../../runtime/index.ts';
import { dynamicSupervisor, supervisor, worker } from '../../supervisors/index.ts';
import { type Act, type Child, DEAF_MS, type Ending, everybody, type Outcome, PASS_MS, PERIOD_S, type Reason, type Scenario, type Worker } from './scenario.ts';

const PERIOD_MS = PERIOD_S * 1_000;
const WORDS = {
  normal: { kind: 'normal' },
  shutdown: { kind: 'shutdown' },
  shutdown_term: { kind: 'shutdown', detail: 'planned' },
  crash: { kind: 'crash', message: 'planned' },
  kill: { kind: 'killed' },
} as const;
const TOP = 'top';

class Run {
  readonly lines: string[] = [];
  readonly clock = new SimulatedClock();
  readonly #scenario: Scenario;
  readonly #plans = new Map<string, readonly Outcome[]>();
  readonly #addresses = new Map<string, string>();
  #system!: System;
  /** Deaf children that were asked to end, and are waited for. */
  #asked = 0;

  constructor(scenario: Scenario) {
    this.#scenario = scenario;
  }

  async history(): Promise<readonly string[]> {
    const { root, script } = this.#scenario;
    // The root ends like any supervisor; what is above it is not part of the history.
    const top = dynamicSupervisor(TOP);
    this.#system = await createSystem({ name: 'otp', clock: this.clock, root: supervisor({ children: [top] }) });
    this.#system.onTelemetry((event) => {
      if (event.kind === 'actor.started') this.#started(event.address);
      if (event.kind === 'actor.exited') this.#exited(event.address, event.reason.kind);
    });
    await this.#system.start();
    this.#place(root, TOP);
    const started = await this.#settled(this.#system.startChild(TOP, this.#spec(root)));
    if (started.ok) {
      for (const act of script) {
        const line = await this.#do(act);
        if (line !== undefined) this.lines.push(line);
        await this.#settle();
      }
      await this.#settled(this.#system.terminateChild(TOP, root.id));
    } else this.lines.push('no root');
    await this.#system.stop();
    return this.lines;
  }

  // ---- the tree ----

  #place(child: Child, above: string): void {
    const address = `${above}/${child.id}`;
    this.#addresses.set(child.id, address);
    if (child.kind === 'static') for (const below of child.children) this.#place(below, address);
  }

  #spec(child: Child): ChildSpec {
    const { id, restart, significant } = child;
    if (child.kind === 'worker') return this.#worker(id, child, child.plan, significant);
    const common = { restart, significant, intensity: child.intensity, periodMs: PERIOD_MS };
    if (child.kind === 'dynamic') return dynamicSupervisor(id, common);
    return supervisor(id, { ...common, strategy: child.strategy, autoShutdown: child.autoShutdown, children: child.children.map((below) => this.#spec(below)) });
  }

  #worker(id: string, { restart, ending }: Pick<Worker, 'restart' | 'ending'>, plan: readonly Outcome[], significant: boolean): ChildSpec {
    return worker(id, this.#logic(id, plan, ending), { restart, significant, shutdown: ending.shutdown });
  }

  #logic(id: string, plan: readonly Outcome[], { stop }: Ending): AnyActorLogic {
    const deaf = { 'troupe.shutdown': { actions: () => this.#countAsked() } };
    return setup({}).createMachine({
      context: () => {
        const [outcome = 'ok', ...left] = this.#plans.get(id) ?? plan;
        this.#plans.set(id, left.length === 0 ? [outcome] : left);
        if (outcome === 'ok') return {};
        this.lines.push(`fail ${id}`);
        throw new Error('planned');
      },
      on: stop === 'deaf' ? deaf : {},
    });
  }

  #countAsked(): void {
    this.#asked += 1;
  }

  // ---- what happened ----

  #started(address: string): void {
    const id = address.split('/').at(-1) ?? '';
    if (!/^[sd]\d+$/.test(id) && address !== TOP && address !== '') this.lines.push(`start ${id}`);
  }

  #exited(address: string, kind: string): void {
    const id = address.split('/').at(-1) ?? '';
    if (address !== TOP && address !== '') this.lines.push(`exit ${id} ${kind}`);
  }

  // ---- the script ----

  async #do(act: Act): Promise<string | undefined> {
    switch (act.do) {
      case 'pass':
        this.clock.advance(PASS_MS);
        return undefined;
      case 'exit':
        return this.#fall(act.id, act.reason);
      case 'together': {
        if (!this.#up(act.supervisor)) return 'noproc';
        const said = act.falls.map(({ id, reason }) => this.#fall(id, reason)).filter((line) => line !== undefined);
        return said.length === 0 ? undefined : said.join(' ');
      }
      case 'which':
      case 'which_dynamic':
      case 'count':
        return `${act.do === 'count' ? 'count' : 'which'} ${act.supervisor}: ${this.#up(act.supervisor) ? this.#seen(act) : 'noproc'}`;
      default:
        return this.#administer(act);
    }
  }

  async #administer(act: Extract<Act, { do: 'start' | 'start_dynamic' | 'terminate' | 'terminate_dynamic' | 'restart' | 'delete' }>): Promise<string> {
    const verb = act.do.replace('_dynamic', '');
    const id = act.do === 'start' ? act.child.id : act.id;
    const answer = this.#up(act.supervisor) ? answerText(await this.#settled(this.#ask(act))) : 'noproc';
    return `${verb} ${id}: ${answer}`;
  }

  #ask(act: Extract<Act, { do: 'start' | 'start_dynamic' | 'terminate' | 'terminate_dynamic' | 'restart' | 'delete' }>): Promise<ChildAnswer> {
    const at = this.#address(act.supervisor);
    switch (act.do) {
      case 'start':
        if (!this.#addresses.has(act.child.id)) this.#addresses.set(act.child.id, `${at}/${act.child.id}`);
        return this.#system.startChild(at, this.#spec(act.child));
      case 'start_dynamic': {
        const found = everybody(this.#scenario.root).find(({ id }) => id === act.supervisor);
        if (found?.kind !== 'dynamic') throw new Error(`'${act.supervisor}' is no dynamic supervisor`);
        this.#addresses.set(act.id, `${at}/${act.id}`);
        return this.#system.startChild(at, this.#worker(act.id, found.template, act.plan, false));
      }
      case 'restart':
        return this.#system.restartChild(at, act.id);
      case 'delete':
        return this.#system.deleteChild(at, act.id);
      default:
        return this.#system.terminateChild(at, act.id);
    }
  }

  #seen(act: Extract<Act, { do: 'which' | 'which_dynamic' | 'count' }>): string {
    const at = this.#address(act.supervisor);
    if (act.do === 'count') {
      const { specs, active, supervisors, workers } = this.#system.countChildren(at);
      return [specs, active, supervisors, workers].join('/');
    }
    const children = this.#system.whichChildren(at);
    if (act.do === 'which') return children.map(({ id, state }) => `${id}=${state}`).join(' ');
    return children
      .map(({ id }) => id)
      .sort()
      .join(' ');
  }

  #fall(id: string, reason: Reason): string | undefined {
    const at = this.#addresses.get(id);
    if (at === undefined || this.#system.inspect(at)?.state === undefined || !this.#runs(at)) return `no ${id}`;
    void this.#system.exit(at, WORDS[reason]);
    return undefined;
  }

  #runs(address: string): boolean {
    const above = address.slice(0, address.lastIndexOf('/'));
    const id = address.slice(above.length + 1);
    return (
      this.#system
        .childTable(above)
        ?.which()
        .some((child) => child.id === id && child.state === 'running') ?? false
    );
  }

  #up(id: string): boolean {
    return this.#system.childTable(this.#address(id)) !== undefined;
  }

  #address(id: string): string {
    return this.#addresses.get(id) ?? `nowhere/${id}`;
  }

  // ---- time ----

  async #settled<T>(outcome: Promise<T>): Promise<T> {
    await this.#settle();
    return outcome;
  }

  /** Until nothing happens any more. Time passes only for who is deaf. */
  async #settle(): Promise<void> {
    for (let before = -1; before !== this.lines.length || this.#asked > 0; ) {
      before = this.lines.length;
      for (let turn = 0; turn < 12; turn += 1) await new Promise((resolve) => setImmediate(resolve));
      if (this.#asked === 0) continue;
      this.#asked = 0;
      this.clock.advance(DEAF_MS);
      before = -1;
    }
  }
}

function answerText(answer: ChildAnswer): string {
  return answer.ok ? 'ok' : answer.reason;
}

export function troupeHistory(scenario: Scenario): Promise<readonly string[]> {
  return new Run(scenario).history();
}
