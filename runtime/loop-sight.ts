// What the watching thread makes of the node's heartbeat: from when on the event loop counts as blocked, when somebody looks who blocks
// it, when people are told that it does not come back, and when the process is ended for it. Counts ticks, so a machine that slept
// has not blocked anything.

export interface BlockReport {
  /** The step that ran; null: something else, a custom action or an effect's own code. */
  readonly step: { readonly address: string; readonly type: string } | null;
  /** Innermost frames first, `function (file:line)`. Empty when nobody could look: the time went into machine code. */
  readonly where: readonly string[];
  /** How long at least. */
  readonly ms: number;
}

export interface SightLimits {
  readonly everyMs: number;
  /** From then on it is called blocked. */
  readonly noticeMs: number;
  /** From then on it may never come back: people are told, who cannot ask this node any more. */
  readonly announceMs: number;
  /** Ends the process; undefined: never. */
  readonly endAfterMs: number | undefined;
}

export const SIGHT: SightLimits = { everyMs: 50, noticeMs: 300, announceMs: 5_000, endAfterMs: undefined };

/** What the thread is given. */
export interface ThreadData {
  /** One number, which grows while the loop turns. */
  readonly beats: SharedArrayBuffer;
  readonly limits: SightLimits;
  /** Written when the loop may never come back; null: nowhere. */
  readonly file: string | null;
}

/** Where the main thread keeps a function that says which step runs. */
export const STEP_NOTE = 'troupe.running-step';

export interface SightPort {
  /** Grows while the loop turns. */
  beats(): number;
  /** Finds out who blocks it, and calls `seen`. */
  look(): void;
  /** It came back. */
  over(report: BlockReport): void;
  announce(report: BlockReport): void;
  end(report: BlockReport): void;
}

/** A look stops the main thread for a moment: not at every hiccup. */
const LOOK_EVERY_MS = 5_000;

export class LoopSight {
  readonly #port: SightPort;
  readonly #limits: SightLimits;
  #beats = 0;
  #stillMs = 0;
  #sinceLookMs = LOOK_EVERY_MS;
  #seen: Pick<BlockReport, 'step' | 'where'> | undefined;

  constructor(port: SightPort, limits: SightLimits) {
    this.#port = port;
    this.#limits = limits;
  }

  /** Called every `everyMs`. */
  tick(): void {
    const { everyMs, noticeMs, announceMs, endAfterMs } = this.#limits;
    this.#sinceLookMs += everyMs;
    const beats = this.#port.beats();
    if (beats !== this.#beats) {
      this.#beats = beats;
      if (this.#stillMs >= noticeMs) this.#port.over(this.#report());
      this.#stillMs = 0;
      this.#seen = undefined;
      return;
    }
    this.#stillMs += everyMs;
    if (this.#reaches(noticeMs) && this.#sinceLookMs >= LOOK_EVERY_MS) this.#look();
    // Once more: what it was busy with at first may be over.
    else if (this.#reaches(announceMs - noticeMs)) this.#look();
    if (this.#reaches(announceMs)) this.#port.announce(this.#report());
    if (endAfterMs !== undefined && this.#reaches(endAfterMs)) this.#port.end(this.#report());
  }

  /** The answer to `look`. */
  seen(step: BlockReport['step'], where: readonly string[]): void {
    if (this.#stillMs > 0) this.#seen = { step, where };
  }

  #look(): void {
    this.#sinceLookMs = 0;
    this.#port.look();
  }

  #reaches(ms: number): boolean {
    return this.#stillMs >= ms && this.#stillMs - this.#limits.everyMs < ms;
  }

  #report(): BlockReport {
    return { step: this.#seen?.step ?? null, where: this.#seen?.where ?? [], ms: this.#stillMs };
  }
}

/** For people, without a verb: `GO of 'agents/a' at spin (file:12)`. The line is one of the program, not of Node's own code below it. */
export function describeBlock({ step, where }: BlockReport): string {
  const who = step === null ? 'no step of an actor' : `${step.type} of '${step.address}'`;
  const line = where.find((frame) => !frame.includes('(node:')) ?? where[0];
  return line === undefined ? who : `${who}, at ${line}`;
}
