// The order of a supervisor's work: one job at a time, or one at a time per child, so that one slow start holds up nobody else.

export interface Job {
  /** The child it is about. */
  readonly id: string;
  run(): Promise<void>;
  /** Instead of `run`, when the supervisor ends first. */
  refuse?(): void;
}

export class JobQueue {
  readonly #perChild: boolean;
  readonly #failed: (error: unknown) => void;
  /** The last job of each lane that has one. */
  readonly #lanes = new Map<string, Promise<void>>();
  #first: Promise<void> = Promise.resolve();
  #closed = false;

  /** `failed` hears of a job that threw. */
  constructor(perChild: boolean, failed: (error: unknown) => void) {
    this.#perChild = perChild;
    this.#failed = failed;
  }

  /** Runs before all else; jobs wait for it. */
  begin(run: () => Promise<void>): Promise<void> {
    this.#first = this.#run({ id: '', run });
    return this.#first;
  }

  add(job: Job): void {
    const lane = this.#perChild ? job.id : '';
    const done = (this.#lanes.get(lane) ?? this.#first).then(() => this.#run(job));
    this.#lanes.set(lane, done);
    void done.then(() => {
      if (this.#lanes.get(lane) === done) this.#lanes.delete(lane);
    });
  }

  async #run(job: Job): Promise<void> {
    if (this.#closed) return job.refuse?.();
    try {
      await job.run();
    } catch (error) {
      job.refuse?.();
      this.#failed(error);
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
