// What a node holds in memory, by number. Each of these goes back to where it was once the work is done: one that only grows is a leak.
import type { DurableEngine } from './durable-engine.ts';
import type { Intake } from './intake.ts';
import type { Kernel } from './kernel.ts';

export interface KernelCounts {
  /** Running, supervisors included. */
  readonly actors: number;
  /** Waits in mailboxes, postponed or not, of actors that run. */
  readonly mail: number;
  /** Of that, on disk only. */
  readonly unreadMail: number;
  /** Waits for actors that do not run. */
  readonly heldMail: number;
  /** Neither taken by a step nor written yet. */
  readonly unwrittenMail: number;
  readonly openAsks: number;
  /** Ids whose reply a repeated ask waits for. */
  readonly awaitedReceipts: number;
  /** Ids that the journal is asked about, or that are on their way to it. */
  readonly lookups: number;
  readonly timers: number;
  /** Effects and subscriptions that run. */
  readonly effects: number;
  /** Monitors, links, memberships, names. */
  readonly ties: number;
  /** Callbacks of `system.monitor`. */
  readonly watchers: number;
}

export function countKernel({ registry, asks, ties }: Kernel, { places, fresh, effects }: DurableEngine, intake: Intake): KernelCounts {
  let mail = 0;
  let unreadMail = 0;
  let timers = 0;
  for (const cell of registry.cells()) {
    mail += cell.waiting;
    if (cell.durable) unreadMail += cell.mailbox.unread;
    timers += cell.armedTimers;
  }
  return {
    actors: registry.size,
    mail,
    unreadMail,
    heldMail: places.held,
    unwrittenMail: fresh.size,
    openAsks: asks.size,
    awaitedReceipts: places.awaitedReceipts,
    lookups: intake.lookups,
    timers,
    effects: effects.size,
    ties: ties.size,
    watchers: registry.watchers,
  };
}
