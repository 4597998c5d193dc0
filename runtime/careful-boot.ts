// After two stops in a row that were not in order a node takes one message a batch, and marks what it steps before it does: a message
// that ends the process is found, and ends as a dead letter like any other that fails too often. What merely waited, or was being
// written, when the process died is not blamed (K12, K29).
import type { Batch } from './batch.ts';
import type { DurableCell } from './durable-cell.ts';
import { MAX_ATTEMPTS } from './durable-step.ts';
import type { Journal, JournalHead, Suspects } from './journal.ts';
import type { Kernel } from './kernel.ts';
import type { Mail } from './mail.ts';

export interface CarefulLimits {
  /** Unclean stops in a row after which a node is careful. */
  readonly carefulAfter: number;
  /** A node that has run for so long has left them behind. */
  readonly steadyMs: number;
}

export const CAREFUL: CarefulLimits = { carefulAfter: 2, steadyMs: 600_000 };

export class CarefulBoot {
  readonly #kernel: Kernel;
  readonly #limits: CarefulLimits;
  readonly #engine: { readonly journal: Pick<Journal, 'mark'>; atBoundary(run: (batch: Batch) => void): void };
  #active = false;
  /** How often the process died while it was stepped, by name: timers and results have no row that could count it. */
  #suspects: Suspects = {};
  /** What was found at the start is not on disk yet. */
  #unwritten = false;
  #cancel: (() => void) | undefined;

  constructor(kernel: Kernel, limits: CarefulLimits, engine: { readonly journal: Pick<Journal, 'mark'>; atBoundary(run: (batch: Batch) => void): void }) {
    this.#kernel = kernel;
    this.#limits = limits;
    this.#engine = engine;
  }

  get active(): boolean {
    return this.#active;
  }

  begin({ uncleanStops, suspects, stepping }: JournalHead): void {
    const { alerts, clock } = this.#kernel;
    const { carefulAfter, steadyMs } = this.#limits;
    this.#suspects = stepping === null ? suspects : { ...suspects, [stepping]: (suspects[stepping] ?? 0) + 1 };
    this.#unwritten = stepping !== null;
    this.#active = uncleanStops >= carefulAfter;
    if (uncleanStops > 0) this.#cancel = clock.after(steadyMs, () => this.#becomeSteady());
    if (!this.#active) alerts.clear('unclean_boots');
    else {
      const text = `the node was cut off ${uncleanStops} times in a row: it takes one message at a time and marks it first, so that one that ends the process is found. See logs/node.log for what ended it, and \`troupe dead-letters\` for what was found`;
      alerts.raise({ kind: 'unclean_boots', severity: 'warning', text });
    }
  }

  close(): void {
    this.#cancel?.();
  }

  /** False when the mail waits for the next batch: what is known of the death before is written first, so that it is not forgotten. */
  begins(batch: Batch, cell: DurableCell, mail: Mail): boolean {
    if (this.#unwritten) {
      batch.suspects = this.#suspects;
      batch.after.push(() => {
        this.#unwritten = false;
      });
      cell.mailbox.putBack([mail]);
      return false;
    }
    const name = nameOf(cell, mail);
    mail.attempts += this.#suspects[name] ?? 0;
    if (name in this.#suspects) {
      const { [name]: _, ...others } = this.#suspects;
      batch.suspects = this.#suspects = others;
    }
    if (mail.attempts < MAX_ATTEMPTS) this.#engine.journal.mark(name);
    return true;
  }

  /** The step has come back. */
  ends(): void {
    this.#engine.journal.mark(null);
  }

  #becomeSteady(): void {
    this.#active = false;
    this.#suspects = {};
    this.#kernel.alerts.clear('unclean_boots');
    this.#engine.atBoundary((batch) => {
      batch.suspects = {};
      batch.steady = true;
    });
  }
}

function nameOf({ address }: DurableCell, { kind, seq, source, generation, message }: Mail): string {
  if (kind === 'message') return `message ${seq}`;
  if (kind === 'timer') return `timer ${address} ${source} ${generation}`;
  return kind === 'effect' ? `effect ${source}` : `${kind} ${address} ${message.type}`;
}
