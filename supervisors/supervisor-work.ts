// The work behind a supervisor's statechart: a queue of jobs over the child keeper. A static supervisor performs them one by one;
// a dynamic one keeps order per child only, so that one slow start holds up nobody else.
import { type ChildAnswer, type ChildRow, type ChildSpec, type ExitReason, SHUTDOWN, type SupervisorHost, type SupervisorMessage } from '../runtime/index.ts';
import { ChildKeeper, type Job, type KeeperOptions } from './child-keeper.ts';
import type { SupervisorWork } from './supervisor.machine.ts';

/** Builds a child spec from a row or a call; throws or returns undefined for an unknown template. */
export type Template = (input: unknown, id: string) => ChildSpec;

export interface WorkOptions extends KeeperOptions {
  readonly children: readonly ChildSpec[];
  /** Dynamic: children come from calls and rows, in no order. */
  readonly dynamic: { readonly durable: boolean; readonly templates: Readonly<Record<string, Template>>; readonly maxChildren: number } | undefined;
}

const ROWS_A_PAGE = 500;
/** A start that hangs does not hold up the end for longer. */
const LAST_JOB_MS = 2_000;

export class ChildWork implements SupervisorWork {
  readonly #host: SupervisorHost;
  readonly #options: WorkOptions;
  readonly #keeper: ChildKeeper;
  readonly #queue: Job[] = [];
  /** Last job of each child that has one running. */
  readonly #running = new Map<string, Promise<void>>();
  #wake: () => void = () => undefined;

  constructor(host: SupervisorHost, options: WorkOptions) {
    this.#host = host;
    this.#options = options;
    this.#keeper = new ChildKeeper(host, options, (job) => this.#add(job));
  }

  get end(): ExitReason | undefined {
    return this.#keeper.end;
  }

  async start(): Promise<void> {
    await this.#keeper.startAll(this.#options.children);
    if (this.#options.dynamic?.durable === true) await this.#startRows();
  }

  /** Rows outlive the supervisor (K25). One that cannot start is restarted as if it had crashed. */
  async #startRows(): Promise<void> {
    let after = 0;
    for (;;) {
      const rows = await this.#host.rows({ after, limit: ROWS_A_PAGE });
      await Promise.all(rows.map((row) => this.#adopt(row)));
      const last = rows[rows.length - 1];
      if (last === undefined) return;
      after = last.seq;
    }
  }

  async #adopt(row: ChildRow): Promise<void> {
    if (this.#keeper.table.get(row.id) !== undefined) return;
    const spec = this.#specOf(row.template, row.id, JSON.parse(row.input));
    if (spec !== undefined) await this.#keeper.startChild(spec, true);
  }

  #specOf(template: string, id: string, input: unknown): ChildSpec | undefined {
    const build = this.#options.dynamic?.templates[template];
    return build === undefined ? undefined : { ...build(input, id), id };
  }

  take(message: SupervisorMessage): void {
    const keeper = this.#keeper;
    switch (message.type) {
      case 'troupe.child_exit':
        return this.#add({ kind: 'exit', id: message.id, serial: message.serial, reason: message.reason });
      case 'troupe.start_child':
        return this.#call(message.spec?.id ?? message.row?.id ?? '', message.ask, () => this.#startChild(message));
      case 'troupe.terminate_child':
        return this.#call(message.id, message.ask, () => keeper.terminateChild(message.id, this.#options.dynamic !== undefined));
      case 'troupe.restart_child':
        return this.#call(message.id, message.ask, () => keeper.restartChild(message.id));
      case 'troupe.delete_child':
        return this.#call(message.id, message.ask, () => keeper.deleteChild(message.id));
      case 'troupe.child_row':
        return this.#add({ kind: 'adopt', id: message.row.id, run: () => this.#adopt(message.row) });
      case 'troupe.shutdown':
        return this.shutDown(message.reason);
    }
  }

  #call(id: string, ask: string, run: () => Promise<ChildAnswer>): void {
    this.#add({ kind: 'call', id, ask, run });
  }

  async #startChild(message: Extract<SupervisorMessage, { type: 'troupe.start_child' }>): Promise<ChildAnswer> {
    const { dynamic } = this.#options;
    if (dynamic !== undefined && this.#keeper.table.size >= dynamic.maxChildren) return { ok: false, reason: 'invalid', detail: `at most ${dynamic.maxChildren} children` };
    if (message.spec !== undefined) return this.#keeper.startChild(message.spec);
    const row = message.row;
    const spec = row === undefined ? undefined : this.#specOf(row.template, row.id, row.input);
    if (row === undefined || spec === undefined) return { ok: false, reason: 'invalid', detail: `no template '${row?.template ?? ''}'` };
    if (this.#keeper.table.get(row.id) !== undefined) return { ok: false, reason: 'already_started' };
    if (dynamic?.durable !== true) return this.#keeper.startChild(spec);
    await this.#host.putRow(row);
    const answer = await this.#keeper.startChild(spec, true);
    if (!answer.ok) await this.#host.removeRow(row.id);
    return answer;
  }

  #add(job: Job): void {
    this.#queue.push(job);
    this.#wake();
  }

  async perform(): Promise<void> {
    while (this.end === undefined) {
      const job = this.#queue.shift();
      if (job === undefined) await this.#nextJob();
      else if (this.#options.dynamic === undefined) await this.#keeper.perform(job);
      else this.#performBeside(job);
    }
  }

  #nextJob(): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = resolve;
    });
  }

  #performBeside(job: Job): void {
    const before = this.#running.get(job.id) ?? Promise.resolve();
    const done = before.then(() => this.#keeper.perform(job));
    this.#running.set(job.id, done);
    void done.then(() => {
      if (this.#running.get(job.id) === done) this.#running.delete(job.id);
      if (this.end !== undefined) this.#wake();
    });
  }

  async terminate(): Promise<void> {
    const stop = (): Promise<void> => (this.#options.dynamic === undefined ? this.#keeper.terminateAll() : this.#keeper.terminateTogether());
    await stop();
    await this.#lastJobs();
    await stop();
    for (const job of this.#queue.splice(0)) await this.#keeper.perform(job);
  }

  #lastJobs(): Promise<unknown> {
    const late = new Promise<void>((resolve) => void this.#host.clock.after(LAST_JOB_MS, resolve));
    return this.#running.size === 0 ? Promise.resolve() : Promise.race([Promise.all(this.#running.values()), late]);
  }

  shutDown(reason: ExitReason): void {
    this.#keeper.end ??= reason;
    this.#wake();
  }

  sayStarted(): void {
    this.#host.started();
  }

  exit(): void {
    this.#host.exit(this.end ?? SHUTDOWN);
  }
}
