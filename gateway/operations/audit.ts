// The audit log, checked as a whole.
import { z } from 'zod';
import { journalUpTo, verifyAudit } from '../audit/verify-audit.ts';
import { type Operation, operation } from './operation.ts';

export const AUDIT_OPERATIONS: readonly Operation[] = [
  operation({
    name: 'audit.verify',
    summary: 'whether every fact is as it was written: the chain of hashes, and the signed checkpoints',
    permission: 'read',
    input: z.strictObject({}),
    run: ({ node: { system, dataDir } }) => verifyAudit(journalUpTo(system.journal, system.chainHead.fact), dataDir),
  }),
];
