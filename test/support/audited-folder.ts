// A data directory with a journal of many facts in SQLite and signed checkpoints, as a node leaves it; and copies of it to tamper with.
import { cpSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { setup } from 'xstate';
import { openCheckpoints } from '../../gateway/audit/checkpoints.ts';
import { openNodeKey } from '../../gateway/audit/node-key.ts';
import { type AuditReport, verifyAudit } from '../../gateway/audit/verify-audit.ts';
import { fact, SimulatedClock, sqliteJournal } from '../../runtime/index.ts';
import { readOnlyJournal } from '../../runtime/persistence/index.ts';
import { worker } from '../../supervisors/index.ts';
import { type KernelNode, startNode } from './kernel-node.ts';
import { privateFolder } from './private-folder.ts';

const noting = setup({}).createMachine({ on: { NOTE: { actions: fact('noted', ({ event }) => ({ word: String((event as { word?: unknown }).word) })) } } });

export interface AuditedNode extends KernelNode {
  readonly dir: string;
  /** Facts in batches of their own. */
  note(times: number): Promise<void>;
  endCheckpoints(): void;
  readonly faults: unknown[];
}

/** A node that writes checkpoints into its folder. */
export async function auditedNode(dir = privateFolder(), clock = new SimulatedClock()): Promise<AuditedNode> {
  mkdirSync(join(dir, 'keys'), { recursive: true });
  const node = await startNode([worker('a', noting, { durable: true })], { journal: sqliteJournal({ dir, synchronous: 'OFF' }), clock });
  const faults: unknown[] = [];
  const endCheckpoints = openCheckpoints({
    dataDir: dir,
    key: openNodeKey(join(dir, 'keys')),
    era: 'test',
    clock,
    system: node.system,
    onFault: (error) => void faults.push(error),
  });
  const note = async (times: number): Promise<void> => {
    for (let n = 0; n < times; n += 1) await node.tell('a', { type: 'NOTE', word: `note-${n}` });
  };
  return Object.assign(node, { dir, note, endCheckpoints, faults });
}

/** 40 and more facts with a checkpoint in the middle and one at the end; stopped in order. */
export async function auditedFolder(): Promise<string> {
  const node = await auditedNode();
  await node.note(20);
  await node.pass(60_000);
  await node.note(20);
  await node.system.stop();
  node.endCheckpoints();
  return node.dir;
}

/** A copy in which something was changed by hand. */
export function tampered(dir: string, change: (db: Database.Database, copy: string) => void): string {
  const copy = privateFolder();
  cpSync(dir, copy, { recursive: true });
  const db = new Database(join(copy, 'shared_inbox.db'));
  change(db, copy);
  db.close();
  return copy;
}

/** What lies in that folder, verified as a node or a person would. */
export async function verified(dir: string): Promise<AuditReport> {
  const journal = readOnlyJournal(dir);
  try {
    return await verifyAudit(journal, dir);
  } finally {
    journal.close();
  }
}
