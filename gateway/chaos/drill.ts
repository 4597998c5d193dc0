// A failure drill: a private node under load, faults by a seed, then quiet, and a verdict from the journal, the client's own ledger and
// what the steps wrote. Leaves nothing running and nothing on disk, however it ends.
import { findOwned } from '../../actors/session/index.ts';
import type { Clock, FactRow } from '../../runtime/index.ts';
import { readOnlyJournal } from '../../runtime/persistence/index.ts';
import { verifyAudit } from '../audit/verify-audit.ts';
import { readIdentity } from '../data-dir.ts';
import { ClientLedger } from './client-ledger.ts';
import { readMarks, settlePlans } from './drill-end.ts';
import { DrillLoad } from './drill-load.ts';
import { type DrillPlace, openDrillPlace } from './drill-place.ts';
import { type FaultCount, strikeFaults } from './drill-strikes.ts';
import { judgeDrill, type Verdict } from './drill-verdict.ts';
import { DrilledNode } from './drilled-node.ts';
import { seededRandom } from './seeded-random.ts';

export interface DrillOptions {
  readonly seed: number;
  readonly durationMs: number;
  readonly clock: Clock;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Calls it off: everything is taken away, and it rejects with the signal's reason. */
  readonly signal: AbortSignal;
  /** What happens, for people. */
  say(text: string): void;
}

export interface DrillReport extends Verdict {
  readonly seed: number;
  readonly durationMs: number;
  readonly faults: readonly FaultCount[];
  readonly counts: {
    readonly messages: number;
    readonly plans: number;
    readonly tasks: number;
    readonly timers: number;
    readonly kills: number;
    readonly restarts: number;
    readonly facts: number;
  };
  /** Why calls were made again, and how often. */
  readonly refusals: Readonly<Record<string, number>>;
  /** Everything else that was wrong: a node that fell, a broken chain, a process that was left. */
  readonly flaws: readonly string[];
}

const PAGE = 2_000;

export async function runDrill(options: DrillOptions): Promise<DrillReport> {
  const { clock, env, seed, signal } = options;
  const calledOff = new AbortController();
  const random = seededRandom(seed);
  const place = await openDrillPlace({ clock, env, random });
  const node = new DrilledNode(place, clock);
  try {
    return await drillIn({ ...options, signal: AbortSignal.any([signal, calledOff.signal]) }, place, node, random);
  } finally {
    calledOff.abort();
    await node.kill();
    await place.close();
  }
}

async function drillIn({ seed, durationMs, clock, signal, say }: DrillOptions, place: DrillPlace, node: DrilledNode, random: () => number): Promise<DrillReport> {
  const ledger = new ClientLedger();
  const load = new DrillLoad({ node, place, ledger, clock, random: seededRandom(seed + 1), signal });
  await node.start();
  signal.throwIfAborted();
  say(`a node of its own is ready in ${place.home}; ${durationMs / 1_000} s of faults, seed ${seed}`);
  load.begin();
  const { counts, kills, outages, flaws } = await strikeFaults({ drill: { node, place, load, clock, random }, ledger, durationMs, signal, say });
  const isUp = node.fell === undefined;
  say('no more faults: waiting for everything to come to its end');
  if (isUp) await load.end();
  const { ended, causes } = isUp ? await settlePlans({ load, ledger, clock, file: place.ledger }) : { ended: new Map(), causes: new Map() };
  const code = await node.stop();
  const { facts, why } = await readJournal(place.data);
  const verdict = judgeDrill({ ledger, facts, marks: readMarks(place.ledger), ended, causes, outages });
  return {
    ...verdict,
    seed,
    durationMs,
    faults: counts,
    counts: {
      messages: ledger.messages.length,
      plans: ledger.plans.length,
      tasks: ledger.plans.flatMap(({ tasks }) => tasks).length,
      timers: ledger.timers.length,
      kills,
      restarts: node.starts - 1,
      facts: facts.length,
    },
    refusals: Object.fromEntries(ledger.refusals),
    flaws: [...flaws, ...(code === 0 || !isUp ? [] : [`the node's orderly stop ended with ${code}`]), ...(why === null ? [] : [why]), ...leftIn(place.data)],
  };
}

/** All facts, and what is wrong with their chain or its checkpoints. */
async function readJournal(dataDir: string): Promise<{ readonly facts: readonly FactRow[]; readonly why: string | null }> {
  const journal = readOnlyJournal(dataDir);
  try {
    const facts: FactRow[] = [];
    for (let page = await journal.facts({ after: 0, limit: PAGE }); page.length > 0; page = await journal.facts({ after: facts.length, limit: PAGE })) facts.push(...page);
    const audit = await verifyAudit(journal, dataDir);
    return { facts, why: audit.ok ? null : `the audit log was changed: ${audit.flaw?.why}` };
  } finally {
    journal.close();
  }
}

function leftIn(dataDir: string): readonly string[] {
  const identity = readIdentity(dataDir);
  return identity === undefined ? [] : findOwned(identity.ownerToken).map(({ pid, command }) => `left running: ${pid} ${command}`);
}
