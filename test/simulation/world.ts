// The world outside the node, as effects touch it: what ran, when, for whom, and how it ended. It forgets nothing when a node dies.
import type { Surroundings } from './disk.ts';
import type { Life } from './life.ts';

/** What a doer is asked to do. */
export interface Job {
  readonly tag: string;
  readonly idempotent: boolean;
  readonly fails: boolean;
  readonly runMs: number;
  readonly deadlineMs: number;
  /** Whether the world can say what became of an earlier run. */
  readonly traceable: boolean;
  /** Whether it ends when it is told to. */
  readonly obedient: boolean;
}

export interface Run {
  readonly number: number;
  readonly tag: string;
  readonly key: string;
  readonly epoch: number;
  readonly life: number;
  readonly nodeEpoch: number;
  readonly idempotent: boolean;
  /** The last batch on disk when it began. */
  readonly batch: number;
  state: 'running' | 'done' | 'failed' | 'cut';
  /** The batches that it rests on were lost by a disk that lied: that it had run is known to nobody. */
  forgotten: boolean;
}

export class World {
  readonly runs: Run[] = [];
  /** What a volatile actor was told, in order, with the last batch on disk. */
  readonly seen: Array<{ readonly key: string; readonly batch: number }> = [];
  /** A lying disk has lost what it had called written. */
  lost = false;
  readonly #around: Surroundings;
  readonly #lastBatch: () => number;
  /** Nodes of an earlier epoch may begin nothing more under the key. */
  readonly #fences = new Map<string, number>();

  constructor(around: Surroundings, lastBatch: () => number) {
    this.#around = around;
    this.#lastBatch = lastBatch;
  }

  saw(life: Life, key: string): void {
    if (life.alive) this.seen.push({ key, batch: this.#lastBatch() });
  }

  run(life: Life, job: Job, key: string, epoch: number, signal: AbortSignal): Promise<{ readonly run: number }> {
    const { time, trace } = this.#around;
    if (!life.alive) return new Promise(() => undefined);
    // The gate of the world: who was told to stop, or stands behind a newer node, begins nothing.
    if (signal.aborted || life.nodeEpoch < (this.#fences.get(key) ?? 0)) return Promise.reject(new Error('fenced'));
    const { tag, idempotent, fails, runMs, obedient } = job;
    const run: Run = {
      number: this.runs.length + 1,
      tag,
      key,
      epoch,
      life: life.number,
      nodeEpoch: life.nodeEpoch,
      idempotent,
      batch: this.#lastBatch(),
      state: 'running',
      forgotten: false,
    };
    this.runs.push(run);
    trace.note(`world: run ${run.number} of ${tag} begins (${key}, epoch ${epoch}, life ${life.number})`);
    return new Promise((resolve, reject) => {
      const end = (state: Run['state'], settle: () => void): void => {
        if (run.state !== 'running') return;
        run.state = state;
        trace.note(`world: run ${run.number} of ${tag} is ${state}`);
        settle();
      };
      time.after(runMs, life, () => (fails ? end('failed', () => reject(new Error('planned: failed'))) : end('done', () => resolve({ run: run.number }))));
      if (obedient) signal.addEventListener('abort', () => end('cut', () => reject(new Error('aborted'))));
      this.#around.mayDie(life, `as run ${run.number} begins`);
    });
  }

  /** What is known of the runs under a key. Whoever is told that there were none is the only one who may begin one from then on. */
  async check(life: Life, job: Job, key: string): Promise<{ outcome: 'done'; output: { run: number } } | { outcome: 'not_started' | 'unknown' }> {
    const { time, chance } = this.#around;
    await time.wait(chance.between(0.1, 5), life);
    if (!job.traceable) return { outcome: 'unknown' };
    // After a disk that lied a key may come up again, for another job.
    const runs = this.runs.filter((run) => run.key === key && run.tag === job.tag);
    const done = runs.findLast(({ state }) => state === 'done');
    if (done !== undefined) return { outcome: 'done', output: { run: done.number } };
    if (runs.length > 0) return { outcome: 'unknown' };
    this.#fences.set(key, life.nodeEpoch);
    return { outcome: 'not_started' };
  }

  /** A node has died: what it was doing is cut off. */
  cut(life: Life): void {
    for (const run of this.runs) if (run.life === life.number && run.state === 'running') run.state = 'cut';
  }

  /** Batches behind this one are gone. */
  forget(lastBatch: number): void {
    this.lost = true;
    for (const run of this.runs) if (run.batch > lastBatch) run.forgotten = true;
  }
}
