// After two stops in a row that were not in order a node takes one message a batch, and writes that it was begun before it begins:
// a message that ends the process is found, and ends as a dead letter like any other that fails too often (K12, K29).
import type { Batch } from './batch.ts';
import type { DurableCell } from './durable-cell.ts';
import { MAX_ATTEMPTS } from './durable-step.ts';
import type { JournalHead, Suspects } from './journal.ts';
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
  readonly #atBoundary: (run: (batch: Batch) => void) => void;
  #active = false;
  /** What of timers and results was begun, by name: they have no row that could count it. */
  #suspects: Suspects = {};
  /** Begun by this process: written, and not over. */
  readonly #begun = new Set<string>();
  #cancel: (() => void) | undefined;

  constructor(kernel: Kernel, limits: CarefulLimits, atBoundary: (run: (batch: Batch) => void) => void) {
    this.#kernel = kernel;
    this.#limits = limits;
    this.#atBoundary = atBoundary;
  }

  get active(): boolean {
    return this.#active;
  }

  begin({ uncleanStops, suspects }: JournalHead): void {
    const { alerts, clock } = this.#kernel;
    const { carefulAfter, steadyMs } = this.#limits;
    this.#suspects = suspects;
    this.#active = uncleanStops >= carefulAfter;
    if (uncleanStops > 0) this.#cancel = clock.after(steadyMs, () => this.#becomeSteady());
    if (!this.#active) alerts.clear('unclean_boots');
    else {
      const text = `the node was cut off ${uncleanStops} times in a row: it takes one message at a time and writes each attempt first, so that one that ends the process is found. See logs/node.log for what ended it, and \`troupe dead-letters\` for what was found`;
      alerts.raise({ kind: 'unclean_boots', severity: 'warning', text });
    }
  }

  close(): void {
    this.#cancel?.();
  }

  /** True when the mail waits: that it is begun is in this batch, and it is taken by the next one. */
  holds(batch: Batch, cell: DurableCell, mail: Mail): boolean {
    const name = nameOf(cell, mail);
    if (this.#begun.has(name)) return false;
    if (mail.kind !== 'message') mail.attempts = Math.max(mail.attempts, this.#suspects[name] ?? 0);
    // Nothing is begun that has no attempt left.
    if (mail.attempts >= MAX_ATTEMPTS) return false;
    this.#begun.add(name);
    mail.attempts += 1;
    if (mail.kind === 'message') batch.changed.set(mail, cell.address);
    else batch.suspects = this.#suspects = { ...this.#suspects, [name]: mail.attempts };
    cell.mailbox.putBack([mail]);
    return true;
  }

  /** It is taken now. What was written of it holds until its batch is: a step that fails counts as the attempt that it is. */
  begins(batch: Batch, cell: DurableCell, mail: Mail): void {
    const name = nameOf(cell, mail);
    if (this.#begun.has(name)) {
      mail.attempts -= 1;
      batch.after.push(() => void this.#begun.delete(name));
    }
    if (!(name in this.#suspects)) return;
    const { [name]: _, ...others } = this.#suspects;
    batch.suspects = this.#suspects = others;
  }

  #becomeSteady(): void {
    this.#active = false;
    this.#suspects = {};
    this.#kernel.alerts.clear('unclean_boots');
    this.#atBoundary((batch) => {
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
