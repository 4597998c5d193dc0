// Backups of the node's databases: made while it works, listed, and put into another data directory. Into the node's own a restore goes
// from the command line, while the node is down.
import { createHash } from 'node:crypto';
import { resolve } from 'node:path';
import { z } from 'zod';
import { KEPT, MOST_KEPT, type TakeAnswer } from '../../actors/backup/backups.messages.ts';
import { BACKUPS } from '../../actors/backup/backups.ts';
import { type BackupRow, listBackupRows } from '../../actors/read-model/index.ts';
import { codedError, messageId } from '../../runtime/index.ts';
import { backupsDir, listBackups } from '../backup/backup-folder.ts';
import { BACKUP_ID, type BackupManifest } from '../backup/backup-manifest.ts';
import { findBackup } from '../backup/find-backup.ts';
import { restoreBackup } from '../backup/restore-backup.ts';
import { count, moment, momentOrNull, pageOf, text, textOrNull } from './answers/words.ts';
import { askActor } from './asking.ts';
import { awaitEnd } from './awaiting.ts';
import { nameInput, type Operation, type OperationContext, operation, readModel, whyInput } from './operation.ts';
import { keyPageInput, pageByKey } from './page.ts';

const backupRow = z.strictObject({
  id: text,
  status: z.enum(['running', 'verified', 'failed', 'removed']),
  by: text,
  why: text,
  begunAt: moment,
  endedAt: momentOrNull,
  takenAt: momentOrNull.describe('of this instant it is the state'),
  fact: count.nullable().describe('the last fact that it holds'),
  bytes: count.nullable(),
  problem: textOrNull,
});

const LONGEST_WAIT_MS = 120_000;
const waitMs = z.coerce.number().int().min(0).max(LONGEST_WAIT_MS).default(0).describe('how long its end is awaited');

/** What lies on disk counts: a node that was restored to an earlier state does not know of backups behind it, and one whose folder is gone is none. */
async function everyBackup(context: OperationContext): Promise<readonly BackupRow[]> {
  const onDisk = new Map(listBackups(backupsDir(context.node.dataDir)).map((manifest) => [manifest.id, manifest]));
  const known = listBackupRows(await readModel(context)).map((row) => (row.status === 'verified' && !onDisk.has(row.id) ? { ...row, status: 'removed' } : row));
  const names = new Set(known.map(({ id }) => id));
  const unknown = [...onDisk.values()].filter(({ id }) => !names.has(id)).map(rowOf);
  return [...known, ...unknown];
}

/** Sorts them so, and stays the place of one that is pruned between two pages. */
const newestFirst = ({ id, begunAt }: BackupRow): string => `${String(Number.MAX_SAFE_INTEGER - begunAt).padStart(16, '0')} ${id}`;

function rowOf({ id, by, why, takenAt, verifiedAt, journal, files }: BackupManifest): BackupRow {
  const bytes = files.reduce((sum, file) => sum + file.bytes, 0);
  return { id, status: 'verified', by, why, begunAt: takenAt, endedAt: verifiedAt, takenAt, fact: journal.fact, bytes, problem: null };
}

/** Throws `NoSuchBackup`. */
function awaitBackup(context: OperationContext, backup: string, timeoutMs: number): Promise<BackupRow> {
  return awaitEnd(context, {
    isNews: (kind) => kind.startsWith('backup.'),
    async read() {
      const row = (await everyBackup(context)).find(({ id }) => id === backup);
      if (row === undefined) throw codedError('NoSuchBackup', { backup, dir: backupsDir(context.node.dataDir) });
      return row;
    },
    isEnded: ({ status }) => status !== 'running',
    timeoutMs,
  });
}

/** Of the moment, or of the key under which it may be asked for again. */
function newId({ node: { clock }, idempotencyKey }: OperationContext): string {
  const now = clock.now();
  if (idempotencyKey !== undefined) return `backup-${createHash('sha256').update(idempotencyKey).digest('hex').slice(0, 16)}`;
  return `backup-${new Date(now).toISOString().replace(/[-:]/g, '').slice(0, 15)}-${messageId(now).slice(-4).toLowerCase()}`;
}

export const BACKUP_OPERATIONS: readonly Operation[] = [
  operation({
    name: 'backup.create',
    title: 'Make a backup',
    summary: "copies the node's databases as they are at one instant while work goes on, and verifies a restore of them; the oldest beyond `keep` are taken away",
    permission: 'admin',
    input: z.strictObject({ why: whyInput.default('asked for'), keep: z.coerce.number().int().min(1).max(MOST_KEPT).default(KEPT), waitMs }),
    output: backupRow,
    async run(context, { why, keep, waitMs: timeoutMs }) {
      const { node, caller } = context;
      const wish = { type: 'TAKE_BACKUP', id: newId(context), by: caller.name, why, keep, replyTo: null };
      const answer = await askActor<TakeAnswer>(node.system, BACKUPS, wish, undefined, `backup.create ${wish.id}`);
      if (!answer.ok) throw codedError('NotDone', { what: 'backup.create', reason: 'too many wait already' });
      return awaitBackup(context, answer.id, timeoutMs);
    },
  }),
  operation({
    name: 'backup.list',
    title: 'Backups',
    summary: 'backups, the newest first; those that are verified can be restored',
    permission: 'read',
    input: z.strictObject(keyPageInput),
    output: pageOf(backupRow),
    async run(context, page) {
      return pageByKey(await everyBackup(context), newestFirst, page);
    },
  }),
  operation({
    name: 'backup.status',
    title: 'One backup',
    summary: 'one backup; with `waitMs` its end is awaited so long',
    permission: 'read',
    input: z.strictObject({ backup: nameInput, waitMs }),
    output: backupRow,
    run: (context, { backup, waitMs: timeoutMs }) => awaitBackup(context, backup, timeoutMs),
  }),
  operation({
    name: 'backup.restore',
    title: 'Restore a backup',
    summary: "puts a backup into another data directory, on which no node runs; the node's own is restored with `troupe restore` while it is down",
    permission: 'admin',
    destructive: true,
    input: z.strictObject({
      backup: z.string().regex(BACKUP_ID, 'an id of `troupe backups`'),
      into: z.string().startsWith('/', 'an absolute path').max(4_096).optional(),
      force: z.stringbool().or(z.boolean()).default(false),
    }),
    output: z.strictObject({ backup: text, dataDir: text, fact: count, takenAt: moment, era: text, aside: textOrNull, clientsForgotten: z.array(text) }),
    async run({ node, caller }, { backup, into, force }) {
      const own = into === undefined || resolve(into) === node.dataDir;
      if (own)
        throw codedError('NotDone', { what: 'backup.restore', reason: `this node runs on ${node.dataDir}: stop it with \`troupe down\`, then \`troupe restore ${backup}\`` });
      // Of a key that counts here, so it may count there.
      const { folder, manifest } = findBackup({ backup, dataDir: node.dataDir, cwd: node.dataDir });
      return restoreBackup({ backup: folder, dataDir: into, cwd: node.dataDir, trust: manifest.key, force, by: caller.name, clock: node.clock });
    },
  }),
];
