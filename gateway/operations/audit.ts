// The audit log: read, and checked as a whole.
import { z } from 'zod';
import { codedError } from '../../runtime/index.ts';
import { queryAudit } from '../audit/query-audit.ts';
import { journalUpTo, verifyAudit } from '../audit/verify-audit.ts';
import { count, moment, pageOf, text, textOrNull } from './answers/words.ts';
import { nameInput, type Operation, operation } from './operation.ts';
import { pageInput } from './page.ts';

const auditReport = z.strictObject({
  ok: z.boolean(),
  facts: count.describe('the last fact that was verified'),
  firstFact: count.describe('the first that is proved here'),
  cut: z.strictObject({ at: moment, archive: text, sha256: text }).nullable().describe('what stands for the facts before it'),
  checkpoints: count,
  lastCheckpoint: z.strictObject({ fact: count, at: moment }).nullable(),
  unsigned: count,
  byBatchUpTo: count.nullable().describe('the last fact of a batch that an older version wrote'),
  flaw: z.strictObject({ why: text, firstFact: count, lastFact: count, batch: count.nullable() }).nullable(),
});

const auditRecord = z.strictObject({
  fact: count,
  batch: count,
  at: moment,
  kind: text.describe('`message` for a message that an actor took'),
  who: textOrNull,
  what: textOrNull,
  why: textOrNull,
  epoch: z.number().nullable(),
  previousHash: text,
  body: z.unknown(),
});

const DEFAULT_LIMIT = 100;

export const AUDIT_OPERATIONS: readonly Operation[] = [
  operation({
    name: 'audit.query',
    title: 'The audit log',
    summary: 'what was done, by whom, when and why, with epoch and the hash before it, the oldest first; without `since` and `cursor` the last of it',
    permission: 'read',
    input: z.strictObject({
      since: z.coerce.number().min(0).optional().describe('wall time, ms'),
      kind: nameInput.optional().describe('a kind, or the first part of it'),
      about: nameInput.optional().describe('part of who or what'),
      last: z.coerce.number().int().min(1).max(1_000_000).optional().describe('without `since` and `cursor`: of the newest so many; default as many as `limit`'),
      ...pageInput,
    }),
    output: pageOf(auditRecord),
    async run({ node: { system } }, { since, kind, about, last, limit = DEFAULT_LIMIT, cursor }) {
      const after = cursor === undefined ? undefined : Number(cursor);
      const { items, next } = await queryAudit(system.journal, system.chainHead.fact, { since, kind, about, last, limit, after });
      return { items, nextCursor: next === null ? null : String(next) };
    },
  }),
  operation({
    name: 'audit.verify',
    title: 'Verify the audit log',
    summary: 'whether every fact is as it was written: the chain of hashes, and the signed checkpoints',
    permission: 'read',
    waits: true,
    input: z.strictObject({}),
    output: auditReport,
    run: ({ node: { system, dataDir } }) => verifyAudit(journalUpTo(system.journal, system.chainHead.fact), dataDir),
  }),
  operation({
    name: 'audit.archive',
    title: 'Archive old facts',
    summary: 'takes old facts out of the journal into a file of JSON Lines, with a signed cut that stands for them; by default what the fleet file says of `audit`',
    permission: 'admin',
    destructive: true,
    waits: true,
    input: z.strictObject({
      keepDays: z.coerce.number().int().min(1).max(36_500).optional().describe('what is younger stays'),
      keepFacts: z.coerce.number().int().min(1_000).max(1_000_000_000).optional().describe('so many of the newest stay'),
    }),
    output: z.strictObject({ facts: count, firstFact: count, file: textOrNull, why: textOrNull }),
    async run({ node, caller }, { keepDays = null, keepFacts = null }) {
      const keep = keepDays === null && keepFacts === null ? node.auditKeep : { days: keepDays, facts: keepFacts };
      if (keep === null) throw codedError('InvalidInput', { problem: 'the fleet file says nothing of `audit`: give keepDays or keepFacts' });
      return node.auditArchive.run(keep, caller.name);
    },
  }),
];
