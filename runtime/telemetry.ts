// The inspection stream: what happened on a node, after it happened. Volatile: nobody listening, nothing built.
import type { Address } from './address.ts';
import type { ExitReason } from './exit-reason.ts';
import type { Transition } from './history.ts';
import type { AlertRow, DeadLetterReason } from './journal.ts';
import type { SupervisionFact } from './supervisor-host.ts';

export type TelemetryEvent =
  | { readonly kind: 'actor.step'; readonly address: Address; readonly transition: Transition }
  | { readonly kind: 'actor.started'; readonly address: Address; readonly durable: boolean; readonly epoch: number }
  | { readonly kind: 'actor.passivated'; readonly address: Address }
  | { readonly kind: 'actor.exited'; readonly address: Address; readonly reason: ExitReason }
  | { readonly kind: 'actor.failed_step'; readonly address: Address; readonly messageId: string | null; readonly type: string; readonly attempts: number; readonly error: string }
  | { readonly kind: 'actor.emitted'; readonly address: Address; readonly event: unknown }
  /** `address` is null for a fact without an actor. */
  | { readonly kind: 'actor.fact'; readonly address: Address | null; readonly name: string; readonly body: unknown }
  | { readonly kind: 'actor.quarantined'; readonly address: Address; readonly why: string }
  | { readonly kind: 'alert.raised' | 'alert.cleared'; readonly alert: AlertRow }
  /** `address` is null when no step ran. */
  | { readonly kind: 'loop.blocked'; readonly address: Address | null; readonly type: string | null; readonly ms: number; readonly where: readonly string[] }
  | { readonly kind: 'dead_letter'; readonly address: Address; readonly type: string; readonly reason: DeadLetterReason; readonly detail: string }
  | { readonly kind: 'effect.started' | 'effect.adopted' | 'effect.interrupted'; readonly address: Address; readonly key: string }
  | { readonly kind: 'effect.ended'; readonly address: Address; readonly key: string; readonly outcome: string; readonly late: boolean }
  | { readonly kind: 'supervision'; readonly address: Address; readonly fact: SupervisionFact }
  | { readonly kind: 'journal.committed'; readonly batch: number; readonly steps: number; readonly lastFact: number }
  | { readonly kind: 'journal.unavailable' | 'journal.recovered'; readonly why: string };

export type TelemetryListener = (event: TelemetryEvent) => void;

export class Telemetry {
  readonly #listeners = new Set<TelemetryListener>();

  get observed(): boolean {
    return this.#listeners.size > 0;
  }

  listen(listener: TelemetryListener): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  /** A listener that throws does not disturb the node; its error is dropped. */
  emit(event: TelemetryEvent): void {
    for (const listener of this.#listeners) {
      try {
        listener(event);
      } catch {
        this.#listeners.delete(listener);
      }
    }
  }
}
