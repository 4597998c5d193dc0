// What a person ought to know of, for as long as its reason lasts: raised once a reason however often the node starts, cleared when
// the reason is gone. Open ones are rows of the journal; each raise and each end is a fact, written as soon as the journal takes it.
import type { Address } from './address.ts';
import type { Batch } from './batch.ts';
import type { Clock } from './clock.ts';
import type { AlertRow } from './journal.ts';
import type { Telemetry } from './telemetry.ts';

export type AlertKind = 'quarantine' | 'spec_gone' | 'poison' | 'unclean_boots' | 'loop_blocked' | 'journal' | 'backup' | 'approval' | 'process' | 'session';

export interface AlertWish {
  readonly kind: AlertKind;
  readonly severity: AlertRow['severity'];
  readonly address?: Address;
  readonly text: string;
}

export interface AlertOptions {
  readonly clock: Clock;
  readonly telemetry: Telemetry;
  /** Calls back between two batches, again when that batch is lost. */
  atBoundary(write: (batch: Batch) => void): void;
}

interface Change {
  readonly id: string;
  readonly fact: { readonly kind: 'alert.raised' | 'alert.cleared'; readonly body: unknown };
}

const idOf = (kind: AlertKind, address: Address | undefined): string => (address === undefined ? kind : `${kind}:${address}`);

export class Alerts {
  readonly #options: AlertOptions;
  readonly #open = new Map<string, AlertRow>();
  #changes: Change[] = [];
  #asked = false;

  constructor(options: AlertOptions) {
    this.#options = options;
  }

  /** Those of earlier lives, before anything is raised. */
  load(rows: readonly AlertRow[]): void {
    for (const row of rows) this.#open.set(row.id, row);
  }

  /** Open now, the oldest first; also what the journal could not take yet. */
  list(): readonly AlertRow[] {
    return [...this.#open.values()].sort((a, b) => a.raisedAt - b.raisedAt);
  }

  /** For whoever would have to look at each step: most of the time there is nothing to end. */
  get any(): boolean {
    return this.#open.size > 0;
  }

  isOpen(kind: AlertKind, address?: Address): boolean {
    return this.#open.has(idOf(kind, address));
  }

  /** An alert that is open stays the one it is; only its words may change. */
  raise({ kind, severity, address, text }: AlertWish): void {
    const id = idOf(kind, address);
    const before = this.#open.get(id);
    if (before?.text === text && before.severity === severity) return;
    const alert: AlertRow = { id, kind, severity, address: address ?? null, text, raisedAt: before?.raisedAt ?? this.#options.clock.now() };
    this.#open.set(id, alert);
    this.#change({ id, fact: { kind: 'alert.raised', body: alert } });
    const { telemetry } = this.#options;
    if (telemetry.observed) telemetry.emit({ kind: 'alert.raised', alert });
  }

  clear(kind: AlertKind, address?: Address): void {
    const id = idOf(kind, address);
    const alert = this.#open.get(id);
    if (alert === undefined) return;
    this.#open.delete(id);
    this.#change({ id, fact: { kind: 'alert.cleared', body: { id, kind, address: alert.address, raisedAt: alert.raisedAt } } });
    const { telemetry } = this.#options;
    if (telemetry.observed) telemetry.emit({ kind: 'alert.cleared', alert });
  }

  /** An actor ended for good: what was wrong with it is nobody's business any more. */
  actorGone(address: Address): void {
    if (!this.any) return;
    for (const kind of ['quarantine', 'spec_gone', 'poison'] as const) this.clear(kind, address);
  }

  #change(change: Change): void {
    this.#changes.push(change);
    if (this.#asked) return;
    this.#asked = true;
    let taken: Change[] | undefined;
    this.#options.atBoundary((batch) => {
      taken ??= this.#changes.splice(0);
      this.#asked = false;
      for (const { id, fact } of taken) {
        batch.facts.push(fact);
        batch.alerts.set(id, this.#open.get(id) ?? null);
      }
    });
  }
}
