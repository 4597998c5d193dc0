// The order of a supervisor's work: one job at a time, or one at a time per child, so that one slow start holds up nobody else.

export interface Job {
  /** The child it is about. */
  readonly id: string;
  run(): void | Promise<void>;
  /** Instead of `run`, when the supervisor ends first. */
  refuse?(): void;
}

/** What a job adds waits for: it is over as soon as the call that began the job has returned. */
const BEGINNING = Promise.resolve();

export class JobQueue {
  readonly #perChild: boolean;
  readonly #failed: (error: unknown) => void;
  /** The last job of each lane that has one. */
  readonly #lanes = new Map<string, Promise<void>>();
  /** What all jobs wait for; undefined once it is over. */
  #first: Promise<void> | undefined;
  #closed = false;

  /** `failed` hears of a job that threw. */
  constructor(perChild: boolean, failed: (error: unknown) => void) {
    this.#perChild = perChild;
    this.#failed = failed;
  }

  /** Runs before all else; jobs wait for it. */
  begin(run: () => Promise<void>): Promise<void> {
    const first = Promise.resolve(this.#run({ id: '', run }));
    this.#first = first;
    void first.then(() => {
      this.#first = undefined;
    });
    return first;
  }

  /** At once when nothing is before it, which most jobs end in: else behind that. */
  add(job: Job): void {
    const lane = this.#perChild ? job.id : '';
    const before = this.#lanes.get(lane) ?? this.#first;
    const done = before === undefined ? this.#run(job) : before.then(() => this.#run(job));
    if (done === undefined) return;
    this.#lanes.set(lane, done);
    void done.then(() => {
      if (this.#lanes.get(lane) === done) this.#lanes.delete(lane);
    });
  }

  #run(job: Job): void | Promise<void> {
    if (this.#closed) return job.refuse?.();
    const fail = (error: unknown): void => {
      job.refuse?.();
      this.#failed(error);
    };
    const around = this.#first;
    // What a job adds while it is begun comes behind it.
    this.#first ??= BEGINNING;
    try {
      return job.run()?.then(undefined, fail);
    } catch (error) {
      fail(error);
    } finally {
      this.#first = around;
    }
  }

  /** Refuses what has not begun, from now on; `idle` resolves when what had begun is over. */
  close(): void {
    this.#closed = true;
  }

  async idle(): Promise<void> {
    await Promise.all([this.#first, ...this.#lanes.values()]);
  }
}
