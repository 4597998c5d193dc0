// `audit verify`: asks the running node, or reads the journal itself where none runs. Exit 1 when something is wrong.
import { codedError, isCoded } from '../../runtime/index.ts';
import { readOnlyJournal } from '../../runtime/persistence/index.ts';
import { type AuditReport, verifyAudit } from '../audit/verify-audit.ts';
import { type Cli, configOf, nodeOf, say } from './cli.ts';
import { EXIT } from './exit-codes.ts';
import type { Verb } from './verb.ts';

async function auditReport(cli: Cli): Promise<AuditReport> {
  try {
    return await nodeOf(cli).call<AuditReport>('audit.verify');
  } catch (error) {
    if (!isCoded(error, 'NodeUnreachable')) throw error;
    return auditOffline(configOf(cli).dataDir).catch((offline: unknown) => {
      // No journal either: then a node is what is missing.
      throw isCoded(offline, 'UnreadableFile') ? error : offline;
    });
  }
}

async function auditOffline(dataDir: string): Promise<AuditReport> {
  const journal = readOnlyJournal(dataDir);
  try {
    return await verifyAudit(journal, dataDir);
  } finally {
    journal.close();
  }
}

function textOf({ ok, facts, checkpoints, lastCheckpoint, unsigned, flaw }: AuditReport): string {
  const covered =
    lastCheckpoint === null
      ? 'no signed checkpoint yet: a journal that was cut off would not be noticed'
      : `${checkpoints} signed checkpoint${checkpoints === 1 ? '' : 's'}, the last at fact ${lastCheckpoint.fact} (${new Date(lastCheckpoint.at).toISOString()}); ${unsigned} facts behind it`;
  return ok ? `the audit log is whole: ${facts} facts\n${covered}` : `the audit log was changed: ${flaw?.why ?? ''}\n${facts} facts were found right\n${covered}`;
}

export const AUDIT_VERB: Verb = {
  name: 'audit',
  summary: 'verify: whether every record of what was done is as it was written',
  args: ['<what>'],
  example: 'troupe audit verify',
  async run(cli, [what]) {
    if (what !== 'verify') throw codedError('InvalidInput', { problem: `audit ${String(what)}: only 'verify' is known` });
    const report = await auditReport(cli);
    say(cli, report, () => textOf(report));
    if (!report.ok) cli.exitCode = EXIT.failed;
  },
};
