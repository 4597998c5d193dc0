// Strikes one fault after the other while the load goes on, and counts each: how often, and how long until the node answered again.
import { isCoded } from '../../runtime/index.ts';
import { pause, waitUntil } from '../node/wait-until.ts';
import type { ClientLedger } from './client-ledger.ts';
import { DRILL_FAULTS, type Drill, type DrillFault } from './drill-faults.ts';
import { faultOrder } from './drill-schedule.ts';
import type { Outage } from './drilled-node.ts';

export interface FaultCount {
  readonly fault: string;
  readonly times: number;
  /** From its beginning to the next answer behind its end, at most. */
  readonly longestMs: number;
  /** Why it was not struck at all. */
  readonly missing: string | null;
}

export interface Strikes {
  readonly counts: readonly FaultCount[];
  readonly kills: number;
  readonly outages: readonly Outage[];
  /** What went wrong meanwhile, for people. */
  readonly flaws: readonly string[];
}

export interface StrikeOptions {
  readonly drill: Drill;
  readonly ledger: ClientLedger;
  readonly durationMs: number;
  readonly signal: AbortSignal;
  say(text: string): void;
}

const BETWEEN_MS = 600;
const ANSWER_MS = 15_000;

export async function strikeFaults({ drill, ledger, durationMs, signal, say }: StrikeOptions): Promise<Strikes> {
  const { clock, random, place, node } = drill;
  const possible = DRILL_FAULTS.filter(({ missing }) => (missing?.(place) ?? null) === null);
  const struck = new Map<DrillFault, number[]>();
  const outages: Outage[] = [];
  const flaws: string[] = [];
  const until = clock.monotonic() + durationMs;
  for (const fault of faultOrder(possible, random)) {
    await pause(clock, BETWEEN_MS * (0.2 + random()));
    signal.throwIfAborted();
    if (clock.monotonic() >= until || flaws.length > 0) break;
    say(fault.name);
    const from = clock.now();
    const began = clock.monotonic();
    await strike(fault, drill, flaws);
    const ended = clock.monotonic();
    const isSettled = (): boolean => ledger.lastAnswerAt > ended || node.fell !== undefined || signal.aborted;
    if (!(await waitUntil(clock, isSettled, ANSWER_MS))) flaws.push(`no answer within ${ANSWER_MS} ms behind: ${fault.name}`);
    if (node.fell !== undefined) flaws.push(`the node went down by itself behind: ${fault.name}: ${node.fell}`);
    struck.set(fault, [...(struck.get(fault) ?? []), clock.monotonic() - began]);
    if (fault.outage) outages.push({ from, to: clock.now() });
  }
  return { counts: DRILL_FAULTS.map((fault) => countOf(fault, struck.get(fault) ?? [], fault.missing?.(place) ?? null)), kills: killsOf(struck), outages, flaws };
}

async function strike(fault: DrillFault, drill: Drill, flaws: string[]): Promise<void> {
  try {
    await fault.strike(drill);
  } catch (error) {
    flaws.push(`${fault.name}: ${isCoded(error) ? `${error.code}: ` : ''}${error instanceof Error ? error.message : String(error)}`);
  }
}

const killsOf = (struck: ReadonlyMap<DrillFault, readonly number[]>): number => [...struck].reduce((sum, [{ kills }, times]) => sum + kills * times.length, 0);

function countOf({ name }: DrillFault, times: readonly number[], missing: string | null): FaultCount {
  return { fault: name, times: times.length, longestMs: Math.round(Math.max(0, ...times)), missing };
}

/** How much of a span lies within outages. */
export function outageWithin(outages: readonly Outage[], from: number, to: number): number {
  return outages.reduce((sum, outage) => sum + Math.max(0, Math.min(to, outage.to) - Math.max(from, outage.from)), 0);
}
