// The work behind a supervisor's statechart: turns messages into jobs over the children, in order, and ends them all at the end.
import { type ChildAnswer, type ChildAsk, type ChildSpec, crash, type ExitReason, SHUTDOWN, type SupervisorHost, type SupervisorMessage } from '../runtime/index.ts';
import { ChildKeeper, type KeeperOptions } from './child-keeper.ts';
import type { Children } from './children.ts';
import { DynamicChildren, type DynamicOptions } from './dynamic-children.ts';
import { JobQueue } from './job-queue.ts';
import { StaticChildren } from './static-children.ts';
import type { PhaseMessage, SupervisorWork } from './supervisor.machine.ts';

export type WorkOptions = Omit<KeeperOptions, 'dynamic'> & { readonly children: readonly ChildSpec[] | DynamicOptions };

/** How long a job that hangs (a journal that does not answer) may hold up the end. Its late success is undone when it comes. */
const LAST_JOBS_MS = 2_000;
const ENDING = { ok: false, reason: 'not_found', detail: 'the supervisor is ending' } as const;

export class ChildWork implements SupervisorWork {
  readonly #host: SupervisorHost;
  readonly #keeper: ChildKeeper;
  readonly #children: Children;
  readonly #queue: JobQueue;
  #tell: (message: PhaseMessage) => void = () => undefined;
  end: ExitReason | undefined;

  constructor(host: SupervisorHost, { children, ...options }: WorkOptions) {
    const dynamic = 'templates' in children ? children : undefined;
    this.#host = host;
    this.#queue = new JobQueue(dynamic !== undefined, (error) => this.decideEnd(crash(error)));
    this.#keeper = new ChildKeeper(
      host,
      { ...options, dynamic: dynamic !== undefined },
      {
        later: (job) => this.#queue.add(job),
        giveUp: (reason) => this.decideEnd(reason),
        restarting: (any) => this.#tell({ type: any ? 'troupe.restarting' : 'troupe.steady' }),
      },
    );
    this.#children = dynamic === undefined ? new StaticChildren(this.#keeper, children as readonly ChildSpec[]) : new DynamicChildren(this.#keeper, dynamic);
  }

  start(): Promise<void> {
    return this.#queue.begin(async () => {
      const problem = await this.#children.begin();
      if (problem !== undefined) this.decideEnd({ kind: 'shutdown', detail: problem });
    });
  }

  tellPhases(tell: (message: PhaseMessage) => void): void {
    this.#tell = tell;
    this.#host.administer((message) => this.take(message));
  }

  take(message: SupervisorMessage): void {
    const children = this.#children;
    switch (message.type) {
      case 'troupe.child_exit': {
        const { id, serial, reason } = message;
        return this.#queue.add({ id, run: () => this.#keeper.exited(id, serial, reason) });
      }
      case 'troupe.start_child':
        return this.#answer(message.spec?.id ?? message.row?.id ?? '', message.ask, () => children.start(message));
      case 'troupe.terminate_child':
        return this.#answer(message.id, message.ask, () => children.terminate(message.id));
      case 'troupe.restart_child':
        return this.#answer(message.id, message.ask, () => children.restart(message.id));
      case 'troupe.delete_child':
        return this.#answer(message.id, message.ask, () => children.delete(message.id));
      case 'troupe.child_row':
        return this.#wake(message.row.id, () => children.adopt(message.row));
      case 'troupe.wake_child':
        return this.#wake(message.id, () => this.#keeper.wake(message.id));
      case 'troupe.shutdown':
        return this.decideEnd(message.reason);
    }
  }

  #answer(id: string, ask: ChildAsk, answer: () => ChildAnswer | Promise<ChildAnswer>): void {
    const tell = (given: ChildAnswer): void => this.#host.answer(ask, given);
    const run = (): void | Promise<void> => {
      const given = answer();
      return given instanceof Promise ? given.then(tell) : tell(given);
    };
    this.#queue.add({ id, run, refuse: () => tell(ENDING) });
  }

  #wake(id: string, wake: () => Promise<void>): void {
    this.#queue.add({ id, run: () => wake().finally(() => this.#host.woken(id)), refuse: () => this.#host.woken(id) });
  }

  /** The first reason counts. Nothing that has not begun is begun after it. */
  decideEnd(reason: ExitReason): void {
    if (this.end !== undefined) return;
    this.end = reason;
    this.abandon();
    this.#tell({ type: 'troupe.end_decided' });
  }

  abandon(): void {
    this.#queue.close();
    this.#keeper.close();
  }

  /** Children that are still starting go first, being the newest; then what is under way ends; then all others in their order. */
  async terminate(): Promise<void> {
    this.decideEnd(SHUTDOWN);
    const { table, runs } = this.#keeper;
    await Promise.all(table.entries().map((entry) => (entry.state === 'starting' ? runs.stop(entry) : undefined)));
    await this.#lastJobs();
    await this.#keeper.terminateAll();
  }

  async #lastJobs(): Promise<void> {
    let cancel = (): void => undefined;
    const late = new Promise<void>((resolve) => {
      cancel = this.#host.clock.after(LAST_JOBS_MS, resolve);
    });
    await Promise.race([this.#queue.idle(), late]);
    cancel();
  }

  sayStarted(): void {
    this.#host.started();
  }

  exit(): void {
    this.#host.exit(this.end ?? SHUTDOWN);
  }
}
