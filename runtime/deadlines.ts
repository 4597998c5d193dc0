// Many deadlines over few timers: those of one length fall due in the order they were set, so one armed timer serves a line of them.
// A line that has run empty keeps its timer until a whole turn of the event loop has brought no other deadline: mostly one comes before.
import type { Clock } from './clock.ts';
import type { Turns } from './turns.ts';

/** What has a deadline: itself its place in the line, so that setting and dropping it cost no search. */
export abstract class Deadline {
  dueAt = 0;
  line: Line | undefined;
  before: Deadline | undefined;
  after: Deadline | undefined;

  /** Called once, unless it was dropped first. It is out of its line by then. */
  abstract expire(): void;
}

class Line {
  readonly lengthMs: number;
  first: Deadline | undefined;
  last: Deadline | undefined;
  disarm: (() => void) | undefined;
  /** Since the last look of the event loop's turns. */
  used = true;

  constructor(lengthMs: number) {
    this.lengthMs = lengthMs;
  }

  append(deadline: Deadline): void {
    this.used = true;
    deadline.line = this;
    deadline.before = this.last;
    if (this.last === undefined) this.first = deadline;
    else this.last.after = deadline;
    this.last = deadline;
  }

  remove(deadline: Deadline): void {
    const { before, after } = deadline;
    if (before === undefined) this.first = after;
    else before.after = after;
    if (after === undefined) this.last = before;
    else after.before = before;
    // Garbage that points at what lives would keep it for as long as itself.
    deadline.before = undefined;
    deadline.after = undefined;
    deadline.line = undefined;
  }
}

export class Deadlines {
  readonly #clock: Clock;
  readonly #turns: Turns;
  readonly #lines = new Map<number, Line>();
  #sweepDue = false;

  constructor(clock: Clock, turns: Turns) {
    this.#clock = clock;
    this.#turns = turns;
  }

  set(deadline: Deadline, afterMs: number): void {
    const line = this.#lines.get(afterMs) ?? this.#begin(afterMs);
    deadline.dueAt = this.#clock.monotonic() + afterMs;
    line.append(deadline);
    line.disarm ??= this.#clock.after(afterMs, () => this.#ring(line));
  }

  /** It is over before it fell due. Harmless when it is over already. */
  drop(deadline: Deadline): void {
    const { line } = deadline;
    if (line === undefined) return;
    line.remove(deadline);
    if (line.first === undefined) this.#sweepSoon();
  }

  /** Those that are meant, oldest first within each length. */
  pick<T extends Deadline>(meant: (deadline: Deadline) => deadline is T): T[] {
    const picked: T[] = [];
    for (const { first } of this.#lines.values()) for (let next = first; next !== undefined; next = next.after) if (meant(next)) picked.push(next);
    return picked;
  }

  /** Gives up the timers of lines in which nobody waits. */
  sweep(): void {
    for (const line of this.#lines.values()) if (line.first === undefined) this.#end(line);
  }

  #sweepSoon(): void {
    if (this.#sweepDue) return;
    this.#sweepDue = true;
    this.#turns.next(this.#look);
  }

  readonly #look = (): void => {
    this.#sweepDue = false;
    for (const line of this.#lines.values()) {
      if (line.first !== undefined) continue;
      if (!line.used) this.#end(line);
      else {
        line.used = false;
        this.#sweepSoon();
      }
    }
  };

  #begin(lengthMs: number): Line {
    const line = new Line(lengthMs);
    this.#lines.set(lengthMs, line);
    return line;
  }

  #end(line: Line): void {
    line.disarm?.();
    this.#lines.delete(line.lengthMs);
  }

  #ring(line: Line): void {
    line.disarm = undefined;
    const now = this.#clock.monotonic();
    for (let next = line.first; next !== undefined && !(next.dueAt > now); next = line.first) {
      line.remove(next);
      next.expire();
    }
    if (line.first === undefined) this.#end(line);
    else line.disarm = this.#clock.after(line.first.dueAt - now, () => this.#ring(line));
  }
}
