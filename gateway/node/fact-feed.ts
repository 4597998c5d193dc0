// Follows the journal's facts: keeps the read model up to date and tells listeners, in order and once each.
// A read sees every fact that was committed before it was asked for, unless the read model is more than a second behind (K13).
import { dirname } from 'node:path';
import { applyFact, READ_MODEL_MIGRATIONS, type ReadDb } from '../../actors/read-model/index.ts';
import type { Clock, FactRow, Journal, JournalHead, System } from '../../runtime/index.ts';
import { catchUp, openProjection, type Projection } from '../../runtime/persistence/index.ts';
import { withArchivedFacts } from '../audit/archived-facts.ts';

export type FactListener = (fact: FactRow) => void;

export interface ReadModel extends ReadDb {
  /** False: it lags behind what was asked for. Whoever asks for one thing by its id then asks the actor. */
  readonly current: boolean;
}

export interface FactFeed {
  /** The read model, caught up with a position (default: all that is committed), or as it is after a second. Never rejects. */
  read(position?: number): Promise<ReadModel>;
  listen(listener: FactListener): () => void;
  /** Facts after a position, oldest first: from memory those that were just told, from the journal for who was away. */
  after(seq: number, limit: number): Promise<readonly FactRow[]>;
  position(): number;
  /** The batch whose facts last wrote to a table of the read model; 0: none did; undefined: not known. */
  lastWrite(table: string): number | undefined;
  close(): void;
}

export interface FactFeedOptions {
  /** `mcp_system.db`. */
  readonly file: string;
  readonly system: System;
  readonly head: Pick<JournalHead, 'era' | 'counters'>;
  onFault(error: unknown): void;
}

const LONGEST_WAIT_MS = 1_000;
/** A thousand who listen then read the journal once. */
const RECENT = 256;

/** Call after the system has started. */
export function openFactFeed({ file, system, head, onFault }: FactFeedOptions): FactFeed {
  const projection = openProjection({ file, migrations: READ_MODEL_MIGRATIONS, apply: applyFact });
  projection.settle({ era: head.era, lastFact: head.counters.fact });
  const listeners = new Set<FactListener>();
  const source = withArchivedFacts(system.journal, dirname(file));
  const recent = new RecentFacts();
  const pump = pumpOf(source, projection, (facts) => {
    recent.add(facts);
    for (const fact of facts) for (const listener of listeners) listener(fact);
  });
  const ignore = system.onTelemetry((event) => {
    if (event.kind === 'journal.committed') pump().catch(onFault);
  });
  return {
    async read(position = system.position) {
      // One of another journal is never reached.
      const wanted = Math.min(position, system.position);
      if (projection.position() < wanted) await within(system.clock, LONGEST_WAIT_MS, reach(wanted, projection, pump));
      return { query: (sql, ...params) => projection.query(sql, ...params), current: projection.position() >= wanted };
    },
    listen(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    after: async (seq, limit) => recent.after(seq, limit) ?? source.facts({ after: seq, limit }),
    position: () => projection.position(),
    lastWrite: (table) => projection.lastWrite(table),
    close() {
      ignore();
      listeners.clear();
      projection.close();
    },
  };
}

/** The last ones that were told, without gaps. */
class RecentFacts {
  #facts: readonly FactRow[] = [];

  add(facts: readonly FactRow[]): void {
    this.#facts = [...this.#facts, ...facts].slice(-RECENT);
  }

  /** Undefined for a position before them. */
  after(seq: number, limit: number): readonly FactRow[] | undefined {
    const first = this.#facts[0]?.seq;
    if (first === undefined || seq < first - 1) return undefined;
    const from = seq - first + 1;
    return this.#facts.slice(from, from + limit);
  }
}

/** A fault of the pump is told where facts are followed; here it only is a reason to lag. */
async function reach(wanted: number, projection: Projection, pump: () => Promise<void>): Promise<void> {
  try {
    while (projection.position() < wanted) await pump();
  } catch {}
}

async function within(clock: Clock, ms: number, done: Promise<void>): Promise<void> {
  let cancel = (): void => undefined;
  const late = new Promise<void>((resolve) => {
    cancel = clock.after(ms, resolve);
  });
  await Promise.race([done, late]);
  cancel();
}

/** One run at a time; a call during a run asks for one more. */
function pumpOf(journal: Pick<Journal, 'facts'>, projection: Projection, tell: (facts: readonly FactRow[]) => void): () => Promise<void> {
  const applied: Pick<Projection, 'position' | 'apply'> = {
    position: () => projection.position(),
    apply(facts) {
      projection.apply(facts);
      tell(facts);
    },
  };
  let running: Promise<unknown> | undefined;
  let next: Promise<void> | undefined;
  const run = async (): Promise<void> => {
    await running?.catch(() => undefined);
    next = undefined;
    running = catchUp(journal, applied);
    await running;
  };
  return () => {
    next ??= run();
    return next;
  };
}

/** A journal that remembers the head it was opened with. */
export function withHead(journal: Journal): { readonly journal: Journal; head(): JournalHead } {
  let head: JournalHead | undefined;
  const open = journal.open.bind(journal);
  const observed = Object.assign(journal, {
    open: async () => {
      head = await open();
      return head;
    },
  });
  return {
    journal: observed,
    head() {
      if (head === undefined) throw new Error('the journal was not opened yet');
      return head;
    },
  };
}
