// The same scenario on ours: a real node with simulated time, its history in the same words as the driver's.
import { type ChildAnswer, createSystem, describeExit, type ExitReason, SimulatedClock, type System } from '../../runtime/index.ts';
import { dynamicSupervisor, supervisor } from '../../supervisors/index.ts';
import { type Act, DEAF_MS, everybody, PASS_MS, type Reason, type Scenario } from './scenario.ts';
import { ScriptedTree } from './scripted-tree.ts';

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
  readonly #tree = new ScriptedTree((line) => void this.lines.push(line));
  #system!: System;
  /** The supervisor that is being killed, and where the history of that begins. */
  #killed: { readonly id: string; readonly mark: number } | undefined;

  constructor(scenario: Scenario) {
    this.#scenario = scenario;
  }

  async history(): Promise<readonly string[]> {
    const { root, script } = this.#scenario;
    // The root ends like any supervisor; what is above it is not part of the history.
    const top = dynamicSupervisor(TOP);
    this.#system = await createSystem({ name: 'otp', clock: this.clock, root: supervisor({ children: [top] }) });
    this.#system.onTelemetry((event) => {
      if (event.kind === 'actor.exited') this.#exited(event.address, event.reason);
    });
    await this.#system.start();
    this.#tree.place(root, TOP);
    const started = await this.#settled(this.#system.startChild(TOP, this.#tree.spec(root)));
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

  // ---- what happened ----

  #exited(address: string, reason: ExitReason): void {
    const id = address.split('/').at(-1) ?? '';
    if (address === TOP || address === '') return;
    this.lines.push(`exit ${id} ${reasonText(reason)}`);
    // What a kill takes along has no order on OTP.
    if (this.#killed?.id === id) this.lines.push(...this.lines.splice(this.#killed.mark).sort());
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
        // At once: what their supervisor does about it comes after.
        if (said.length > 0) this.lines.push(said.join(' '));
        return undefined;
      }
      case 'which':
      case 'which_dynamic':
      case 'count':
        return `${act.do === 'count' ? 'count' : 'which'} ${act.supervisor}: ${this.#up(act.supervisor) ? this.#seen(act) : 'noproc'}`;
      case 'get_childspec':
        return `get_childspec ${act.id}: ${this.#up(act.supervisor) ? this.#specText(act.supervisor, act.id) : 'noproc'}`;
      case 'kill_supervisor':
        return this.#kill(act.id);
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
        this.#tree.place(act.child, at);
        return this.#system.startChild(at, this.#tree.spec(act.child));
      case 'start_dynamic': {
        const found = everybody(this.#scenario.root).find(({ id }) => id === act.supervisor);
        if (found?.kind !== 'dynamic') throw new Error(`'${act.supervisor}' is no dynamic supervisor`);
        this.#tree.settleAt(act.id, at);
        return this.#system.startChild(at, this.#tree.worker(act.id, found.template, act.plan, false));
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
    const at = this.#tree.address(id);
    if (at === undefined || this.#system.inspect(at)?.state === undefined || !this.#runs(at)) return `no ${id}`;
    void this.#system.exit(at, WORDS[reason]);
    return undefined;
  }

  async #kill(id: string): Promise<string | undefined> {
    if (!this.#up(id)) return `no ${id}`;
    this.#killed = { id, mark: this.lines.length };
    await this.#system.kill(this.#address(id));
    this.#killed = undefined;
    return undefined;
  }

  #specText(supervisor: string, id: string): string {
    const spec = this.#system.childTable(this.#address(supervisor))?.spec(id);
    return spec === undefined ? 'not_found' : `${spec.restart} ${spec.shutdown} ${spec.type} ${spec.significant}`;
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
    return this.#tree.address(id) ?? `nowhere/${id}`;
  }

  // ---- time ----

  async #settled<T>(outcome: Promise<T>): Promise<T> {
    await this.#settle();
    return outcome;
  }

  /** Until nothing happens any more. Time passes only for who is deaf. */
  async #settle(): Promise<void> {
    for (let before = -1; before !== this.lines.length || this.#tree.waits; ) {
      before = this.lines.length;
      for (let turn = 0; turn < 12; turn += 1) await new Promise((resolve) => setImmediate(resolve));
      if (!this.#tree.waits) continue;
      this.#tree.waits = false;
      this.clock.advance(DEAF_MS);
      before = -1;
    }
  }
}

/** A supervisor that gives up says why; OTP's says `shutdown`. */
function reasonText(reason: ExitReason): string {
  if (reason.kind === 'crash') return 'crash';
  if (reason.kind !== 'shutdown') return reason.kind;
  if (reason.detail === 'reached_max_restart_intensity') return 'shutdown';
  return describeExit(reason).replace(/failed_to_start_child: ([^:]+).*/, 'failed_to_start_child $1');
}

function answerText(answer: ChildAnswer): string {
  return answer.ok ? 'ok' : answer.reason;
}

export function troupeHistory(scenario: Scenario): Promise<readonly string[]> {
  return new Run(scenario).history();
}
