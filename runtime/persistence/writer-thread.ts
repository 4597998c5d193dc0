// The near end of the thread that writes the journal. A thread that dies took its orders along: their outcome is unknown, and the next
// `reopen` starts another one.
import { Worker } from 'node:worker_threads';
import { JournalFailure } from '../journal.ts';
import { builtProgram } from '../package-root.ts';
import type { BatchRows } from './batch-rows.ts';
import type { WriterOptions } from './sqlite-writer.ts';
import { failureOf, type WriterAnswer, type WriterOrder } from './writer-words.ts';

/** What a heap of its own may grow by between two collections: it holds a few batches at a time. */
const YOUNG_MB = 8;

type Order = WriterOrder extends infer Each ? (Each extends unknown ? Omit<Each, 'id'> : never) : never;

interface Waiting {
  readonly resolve: (hash: string) => void;
  readonly reject: (failure: JournalFailure) => void;
}

export class WriterThread {
  readonly #options: WriterOptions;
  readonly #waiting = new Map<number, Waiting>();
  #worker: Worker | undefined;
  #orders = 0;

  constructor(options: WriterOptions) {
    this.#options = options;
    this.#worker = this.#start();
  }

  write(batch: BatchRows): Promise<string> {
    return this.#ask({ order: 'write', batch } as Order);
  }

  async reopen(): Promise<void> {
    this.#worker ??= this.#start();
    await this.#ask({ order: 'reopen' });
  }

  async close(): Promise<void> {
    if (this.#worker !== undefined) await this.#ask({ order: 'close' });
  }

  #ask(order: Order): Promise<string> {
    const worker = this.#worker;
    if (worker === undefined) return Promise.reject(new JournalFailure('environment', 'failed', 'the thread that writes the journal is gone'));
    this.#orders += 1;
    const id = this.#orders;
    return new Promise((resolve, reject) => {
      worker.postMessage({ ...order, id });
      // A process that waits for nothing but other people's orders may end.
      if (this.#waiting.size === 0) worker.ref();
      this.#waiting.set(id, { resolve, reject });
    });
  }

  #start(): Worker {
    const worker = new Worker(builtProgram('runtime/persistence/writer-program'), {
      workerData: this.#options,
      name: 'journal writer',
      resourceLimits: { maxYoungGenerationSizeMb: YOUNG_MB },
    });
    worker.unref();
    worker.on('message', (answer: WriterAnswer) => this.#settle(worker, answer));
    worker.on('error', (error) => this.#gone(worker, error.message));
    worker.on('exit', () => this.#gone(worker, 'it ended'));
    return worker;
  }

  #settle(worker: Worker, answer: WriterAnswer): void {
    const waiting = this.#waiting.get(answer.id);
    this.#waiting.delete(answer.id);
    if (this.#waiting.size === 0) worker.unref();
    if ('failure' in answer) waiting?.reject(failureOf(answer.failure));
    else waiting?.resolve(answer.hash);
  }

  #gone(worker: Worker, why: string): void {
    if (this.#worker !== worker) return;
    this.#worker = undefined;
    const lost = [...this.#waiting.values()];
    this.#waiting.clear();
    for (const { reject } of lost) reject(new JournalFailure('environment', 'unknown', `the thread that writes the journal is gone: ${why}`));
  }
}
