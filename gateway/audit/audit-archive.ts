// Takes old facts out of the journal: what is proved to be right is written as JSON Lines, a signed cut stands for it from then on, and
// only then is it dropped. Never what the read model has not yet, what no verified backup holds, or the newest facts (K34).
import { createHash } from 'node:crypto';
import { closeSync, existsSync, fsyncSync, mkdirSync, openSync, renameSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import type { AuditKeep } from '../../actors/fleet/audit-keep.ts';
import { type ChainStart, type Clock, codedError, type System, startOf } from '../../runtime/index.ts';
import { backupsDir, listBackups, syncPath } from '../backup/backup-folder.ts';
import { signCut } from './audit-cut.ts';
import { appendLine, checkpointFile } from './checkpoints.ts';
import { openNodeKey } from './node-key.ts';
import { chainBefore, factsBefore } from './query-audit.ts';
import { journalUpTo, verifyAudit } from './verify-audit.ts';

export const archiveDir = (dataDir: string): string => join(dataDir, 'audit-archive');

export interface ArchivedNode {
  readonly dataDir: string;
  readonly clock: Clock;
  readonly system: Pick<System, 'journal' | 'chainHead' | 'record'>;
  /** The last fact that the read model has. */
  readonly projected: () => number;
}

export interface Archived {
  /** How many facts were taken out. */
  readonly facts: number;
  /** The first that the journal still holds. */
  readonly firstFact: number;
  readonly file: string | null;
  /** Why none was, or why not more. */
  readonly why: string | null;
}

/** They stay whatever is asked for. */
export const LEAST_KEPT = 1_000;
const DAY_MS = 86_400_000;
const DROPPED_AT_ONCE = 2_000;

/** One at a time. */
export class AuditArchive {
  readonly #node: ArchivedNode;
  #running: Promise<unknown> = Promise.resolve();

  constructor(node: ArchivedNode) {
    this.#node = node;
  }

  /** Throws `NotDone` when the log is not as it was written: then nothing is dropped. */
  run(keep: AuditKeep, by: string): Promise<Archived> {
    const run = this.#running.then(() => archive(this.#node, keep, by));
    this.#running = run.catch(() => undefined);
    return run;
  }
}

async function archive(node: ArchivedNode, keep: AuditKeep, by: string): Promise<Archived> {
  const { dataDir, clock, system } = node;
  const { journal } = system;
  if (journal.dropFacts === undefined) return { facts: 0, firstFact: 1, file: null, why: `the journal (${journal.description}) keeps everything` };
  const start = await startOf(journal);
  // What a crash has left of an earlier one.
  if (start.fact > 0) await drop(node, start);
  const { upTo, why } = await limitOf(node, keep);
  const { batch, lastFact: fact, hash } = await chainBefore(journal, upTo);
  if (fact <= start.fact) return { facts: 0, firstFact: start.fact + 1, file: null, why: why ?? 'there is nothing that old' };
  const report = await verifyAudit(journalUpTo(journal, system.chainHead.fact), dataDir);
  if (!report.ok) throw codedError('NotDone', { what: 'audit.archive', reason: `nothing was dropped, since the audit log was changed: ${report.flaw?.why ?? ''}` });
  const cut = { firstFact: start.fact + 1, fact, batch, hash };
  const { name, sha256 } = await writeArchive(node, start, cut);
  appendLine(checkpointFile(dataDir), JSON.stringify(signCut({ at: clock.now(), ...cut, archive: name, sha256 }, openNodeKey(join(dataDir, 'keys')))));
  await drop(node, cut);
  system.record('audit.archived', { by, firstFact: cut.firstFact, lastFact: fact, archive: name, sha256 });
  return { facts: fact - start.fact, firstFact: fact + 1, file: join(archiveDir(dataDir), name), why };
}

/** The last fact that may go, and what stands in the way of more. */
async function limitOf({ dataDir, clock, system, projected }: ArchivedNode, { days, facts }: AuditKeep): Promise<{ readonly upTo: number; readonly why: string | null }> {
  const last = system.chainHead.fact;
  const old = days === null ? last : await factsBefore(system.journal, last, clock.now() - days * DAY_MS);
  const wanted = Math.min(old, last - Math.max(facts ?? 0, LEAST_KEPT));
  const backedUp = listBackups(backupsDir(dataDir))[0]?.journal.fact ?? 0;
  const upTo = Math.max(0, Math.min(wanted, projected(), backedUp));
  if (upTo >= wanted) return { upTo, why: null };
  return { upTo, why: backedUp <= projected() ? `the newest verified backup holds facts up to ${backedUp}: make one with \`troupe backup\`` : 'the read model is behind' };
}

/** On disk under its name when it resolves: each batch's facts, then its row of the chain. */
async function writeArchive({ dataDir, system }: ArchivedNode, start: ChainStart, { firstFact, fact, batch }: ChainStart & { readonly firstFact: number }) {
  const dir = archiveDir(dataDir);
  if (!existsSync(dir)) mkdirSync(dir, { mode: 0o700 });
  const name = `facts-${String(firstFact).padStart(12, '0')}-${String(fact).padStart(12, '0')}.jsonl`;
  const part = join(dir, `${name}.part`);
  const hashing = createHash('sha256');
  const handle = openSync(part, 'w', 0o600);
  try {
    const journal = journalUpTo(system.journal, fact);
    for (let after = start.batch; after < batch; ) {
      const [row] = await journal.chain({ after, limit: 1 });
      if (row === undefined) throw new Error(`batch ${batch} is not there`);
      const facts = await journal.facts({ after: row.firstFact - 1, limit: row.lastFact - row.firstFact + 1 });
      const text = [...facts, row].map((line) => `${JSON.stringify(line)}\n`).join('');
      hashing.update(text);
      writeSync(handle, text);
      after = row.batch;
    }
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
  renameSync(part, join(dir, name));
  syncPath(dir);
  return { name, sha256: hashing.digest('hex') };
}

/** In pieces, between which others run. */
async function drop({ system: { journal } }: ArchivedNode, { fact, batch, hash }: ChainStart): Promise<void> {
  while ((await journal.dropFacts?.({ fact, batch, hash }, DROPPED_AT_ONCE)) === false) await new Promise((resolve) => setImmediate(resolve));
}
