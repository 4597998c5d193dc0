// What was seen of the kernel while it ran: its telemetry, as far as guarantees speak of it.
import { describeExit, isAbnormal, type SupervisionFact, type TelemetryEvent } from '../../runtime/index.ts';
import type { Life } from './life.ts';
import type { Trace } from './trace.ts';

export interface Attempt {
  readonly life: number;
  readonly address: string;
  readonly tag: string | null;
  readonly attempts: number;
}

export interface Exit {
  readonly life: number;
  readonly at: number;
  readonly address: string;
  readonly reason: string;
}

/** What a supervisor saw and did. */
export interface Supervised {
  readonly life: number;
  readonly at: number;
  readonly supervisor: string;
  readonly what: 'begins' | 'loses' | 'gives up';
}

export class Observed {
  /** Failed steps whose commit was confirmed. */
  readonly attempts: Attempt[] = [];
  readonly exits: Exit[] = [];
  readonly supervised: Supervised[] = [];
  /** Ends that somebody outside asked for: `life address`. */
  readonly killed: string[] = [];
  readonly interrupted: string[] = [];
  readonly #trace: Trace;

  constructor(trace: Trace) {
    this.#trace = trace;
  }

  take(life: Life, event: TelemetryEvent): void {
    const line = describe(event);
    if (line !== undefined) this.#trace.note(`life ${life.number}: ${line}`);
    const at = life.around.time.now;
    if (event.kind === 'actor.failed_step') {
      const { address, messageId, attempts } = event;
      this.attempts.push({ life: life.number, address, tag: messageId, attempts });
    } else if (event.kind === 'actor.exited') {
      this.exits.push({ life: life.number, at, address: event.address, reason: describeExit(event.reason) });
    } else if (event.kind === 'actor.started') {
      this.supervised.push({ life: life.number, at, supervisor: event.address, what: 'begins' });
    } else if (event.kind === 'supervision') {
      this.#supervise(life.number, at, event.address, event.fact);
    } else if (event.kind === 'effect.interrupted') {
      this.interrupted.push(event.key);
    }
  }

  #supervise(life: number, at: number, supervisor: string, fact: SupervisionFact): void {
    if (fact.kind === 'child.exited' && isAbnormal(fact.reason)) this.supervised.push({ life, at, supervisor, what: 'loses' });
    else if (fact.kind === 'intensity.reached') this.supervised.push({ life, at, supervisor, what: 'gives up' });
  }
}

function describe(event: TelemetryEvent): string | undefined {
  switch (event.kind) {
    case 'actor.step':
      return `step ${event.address} ${event.transition.step} ${event.transition.type}`;
    case 'actor.failed_step':
      return `failed step ${event.address} ${event.messageId ?? event.type} ${event.attempts}`;
    case 'actor.exited':
      return `exit ${event.address} ${describeExit(event.reason)}`;
    case 'actor.started':
      return `start ${event.address} epoch ${event.epoch}`;
    case 'supervision':
      return `supervision ${event.address} ${event.fact.kind} ${event.fact.id}`;
    case 'dead_letter':
      return `dead letter ${event.address} ${event.type} ${event.reason} ${event.detail}`;
    case 'effect.started':
    case 'effect.interrupted':
      return `${event.kind} ${event.key}`;
    case 'effect.ended':
      return `${event.kind} ${event.key} ${event.outcome}${event.late ? ' late' : ''}`;
    case 'actor.quarantined':
      return `quarantined ${event.address} ${event.why}`;
    case 'journal.unavailable':
    case 'journal.recovered':
      return `${event.kind}: ${event.why}`;
    default:
      return undefined;
  }
}
