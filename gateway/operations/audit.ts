// The audit log, checked as a whole.
import { z } from 'zod';
import { journalUpTo, verifyAudit } from '../audit/verify-audit.ts';
import { count, moment, text } from './answers/words.ts';
import { type Operation, operation } from './operation.ts';

const auditReport = z.strictObject({
  ok: z.boolean(),
  facts: count,
  checkpoints: count,
  lastCheckpoint: z.strictObject({ fact: count, at: moment }).nullable(),
  unsigned: count,
  flaw: z.strictObject({ why: text, firstFact: count, lastFact: count, batch: count.nullable() }).nullable(),
});

export const AUDIT_OPERATIONS: readonly Operation[] = [
  operation({
    name: 'audit.verify',
    title: 'Verify the audit log',
    summary: 'whether every fact is as it was written: the chain of hashes, and the signed checkpoints',
    permission: 'read',
    input: z.strictObject({}),
    output: auditReport,
    run: ({ node: { system, dataDir } }) => verifyAudit(journalUpTo(system.journal, system.chainHead.fact), dataDir),
  }),
];
