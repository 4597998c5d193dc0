// What a node says of an event loop that was blocked: telemetry, counts for metrics, and an alert while it goes on happening.
import type { Address } from './address.ts';
import type { Kernel } from './kernel.ts';
import { type BlockReport, describeBlock } from './loop-sight.ts';

/** Without another one for so long, it is over. */
const QUIET_MS = 600_000;
/** What was no step is told of only when it was long: a machine that is busy with others holds up a node too. */
const LONG_MS = 5_000;

export class LoopReports {
  readonly #kernel: Kernel;
  readonly #quiet = new Map<Address | undefined, () => void>();
  count = 0;
  longestMs = 0;

  constructor(kernel: Kernel) {
    this.#kernel = kernel;
  }

  take(report: BlockReport): void {
    const { telemetry, alerts, clock } = this.#kernel;
    const { step, ms, where } = report;
    this.count += 1;
    this.longestMs = Math.max(this.longestMs, ms);
    if (telemetry.observed) telemetry.emit({ kind: 'loop.blocked', address: step?.address ?? null, type: step?.type ?? null, ms, where });
    if (step === null && ms < LONG_MS) return;
    const address = step?.address;
    const text = `the whole node stood still, more than once in a while perhaps, while this ran: ${describeBlock(report)}. Move what takes long into an effect, or out of the process`;
    alerts.raise({ kind: 'loop_blocked', severity: 'warning', ...(address === undefined ? {} : { address }), text });
    this.#quiet.get(address)?.();
    const quiet = (): void => {
      this.#quiet.delete(address);
      alerts.clear('loop_blocked', address);
    };
    this.#quiet.set(address, clock.after(QUIET_MS, quiet));
  }

  close(): void {
    for (const cancel of this.#quiet.values()) cancel();
    this.#quiet.clear();
  }
}
