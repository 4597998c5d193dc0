// Which step runs, in a file beside the database: there before the step begins, gone when it has come back. What is in it after the
// process has died is what the process died of (K12). It outlives the process, not the power: nothing waits for the disk while it is
// there, so that a kill which has nothing to do with the step does not find it. Careful nodes write it, no others.
import { closeSync, ftruncateSync, openSync, readFileSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';

/** Whose mark it is: an older node's says nothing. */
export interface MarkOwner {
  readonly era: string;
  readonly nodeEpoch: number;
}

export class StepMark {
  readonly #file: string;
  #handle: number | undefined;

  constructor(dir: string) {
    this.#file = join(dir, 'stepping.json');
  }

  /** The step of that node which had not come back; null when none had, or when nobody can say. */
  read({ era, nodeEpoch }: MarkOwner): string | null {
    try {
      const mark = JSON.parse(readFileSync(this.#file, 'utf8')) as Partial<MarkOwner & { name: unknown }>;
      return mark.era === era && mark.nodeEpoch === nodeEpoch && typeof mark.name === 'string' ? mark.name : null;
    } catch {
      return null;
    }
  }

  /** Where it cannot be written nobody is blamed. */
  write(owner: MarkOwner, name: string | null): void {
    try {
      this.#handle ??= openSync(this.#file, 'w', 0o600);
      ftruncateSync(this.#handle);
      if (name === null) return;
      writeSync(this.#handle, JSON.stringify({ ...owner, name }), 0);
    } catch {
      this.#close();
    }
  }

  /** In order. */
  remove(): void {
    if (this.#handle === undefined) return;
    this.#close();
    rmSync(this.#file, { force: true });
  }

  #close(): void {
    if (this.#handle !== undefined) closeSync(this.#handle);
    this.#handle = undefined;
  }
}
