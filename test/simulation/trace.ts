// What happened in a run, line by line. Two runs of one seed have the same lines.
import { createHash } from 'node:crypto';
import type { Timeline } from './timeline.ts';

export class Trace {
  readonly lines: string[] = [];
  readonly #time: Timeline;

  constructor(time: Timeline) {
    this.#time = time;
  }

  note(line: string): void {
    this.lines.push(`${this.#time.now.toFixed(3).padStart(12)} ${line}`);
  }

  get hash(): string {
    return createHash('sha256').update(this.lines.join('\n')).digest('hex').slice(0, 16);
  }
}
