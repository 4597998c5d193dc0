// Which faults a run has, and how often: drawn anew for each seed, from calm to foul, so that rare meetings of faults come up too.
import type { BatchLimits, SystemOptions } from '../../runtime/index.ts';
import type { Chance } from './chance.ts';

export interface Weather {
  /** Shares of commits. `refused`: not written, and known. `vanished`: not written, unknown. `unconfirmed`: written, unknown. */
  readonly commit: { readonly refused: number; readonly vanished: number; readonly unconfirmed: number };
  /** Share of reads that fail, and of recoveries. */
  readonly unreadable: number;
  /** Share of disk operations that take long. */
  readonly slow: number;
  /** A disk that says `written` before it is: what it had not flushed is gone with the power. */
  readonly lying: boolean;
  /** Share of messages on the network. */
  readonly network: { readonly lost: number; readonly repeated: number; readonly late: number };
  /** Mean ms between two ends of the node; ends of its actors; steps of wall time; spells of a disk that does not answer. */
  readonly every: { readonly crash: number; readonly kill: number; readonly step: number; readonly spell: number };
  /** Share of the moments inside the kernel at which the node dies. */
  readonly suddenDeath: number;
  readonly limits: Partial<BatchLimits>;
  readonly residency: NonNullable<SystemOptions['residency']>;
  /** How much of a deep mailbox is in memory: often so little that a few messages make one. */
  readonly backlog: NonNullable<SystemOptions['backlog']>;
  /** Share of what a client says without waiting for what it said before. */
  readonly haste: number;
  /** After how many unclean stops in a row a node takes one message a batch; then a message in whose step it dies too often is dead (K12). */
  readonly carefulAfter: number;
  readonly freeze: boolean;
}

const NEVER = Number.POSITIVE_INFINITY;

export function drawWeather(chance: Chance): Weather {
  const sometimes = (share: number, low: number, high: number): number => (chance.happens(share) ? chance.between(low, high) : 0);
  const disk = chance.happens(0.7);
  const net = chance.happens(0.7);
  return {
    commit: {
      refused: disk ? sometimes(0.5, 0.005, 0.08) : 0,
      vanished: disk ? sometimes(0.6, 0.005, 0.1) : 0,
      unconfirmed: disk ? sometimes(0.6, 0.005, 0.1) : 0,
    },
    unreadable: disk ? sometimes(0.3, 0.002, 0.08) : 0,
    slow: sometimes(0.4, 0.01, 0.1),
    lying: chance.happens(0.2),
    network: { lost: net ? sometimes(0.6, 0.02, 0.2) : 0, repeated: net ? sometimes(0.7, 0.05, 0.4) : 0, late: net ? sometimes(0.7, 0.05, 0.3) : 0 },
    every: {
      crash: chance.happens(0.85) ? chance.between(80, 900) : NEVER,
      kill: chance.happens(0.5) ? chance.between(60, 600) : NEVER,
      step: chance.happens(0.4) ? chance.between(100, 900) : NEVER,
      spell: disk && chance.happens(0.3) ? chance.between(200, 1_500) : NEVER,
    },
    suddenDeath: chance.happens(0.6) ? chance.between(0.0005, 0.01) : 0,
    limits: chance.pick([{}, { steps: 1 }, { steps: 2, turn: 1 }, { steps: 4, turn: 2 }, { steps: 16, turn: 1 }, { turn: 1 }]),
    residency: chance.pick([{}, {}, { passivateAfterMs: 15 }, { passivateAfterMs: 60, maxResident: 2 }]),
    carefulAfter: chance.happens(0.2) ? 2 : NEVER,
    freeze: chance.happens(0.25),
    backlog: chance.pick([{}, { sliceMessages: 1 }, { sliceMessages: 2 }, { sliceMessages: 3, sliceBytes: 300 }]),
    haste: chance.pick([0.4, 0.4, 0.95]),
  };
}

/** All faults over: what is left must come to rest. */
export function calmed(weather: Weather): Weather {
  return {
    ...weather,
    commit: { refused: 0, vanished: 0, unconfirmed: 0 },
    unreadable: 0,
    slow: 0,
    lying: false,
    network: { lost: 0, repeated: 0, late: 0 },
    every: { crash: NEVER, kill: NEVER, step: NEVER, spell: NEVER },
    suddenDeath: 0,
  };
}
