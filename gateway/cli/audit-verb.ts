// `audit` and `audit verify`: asks the running node, or reads the journal itself where none runs. Verify exits 1 when something is wrong.
import { codedError, isCoded } from '../../runtime/index.ts';
import { type ReadOnlyJournal, readOnlyJournal } from '../../runtime/persistence/index.ts';
import type { Archived } from '../audit/audit-archive.ts';
import type { AuditRecord } from '../audit/audit-record.ts';
import { lastFactOf, queryAudit } from '../audit/query-audit.ts';
import { type AuditReport, verifyAudit } from '../audit/verify-audit.ts';
import { type Cli, configOf, nodeOf, note, say } from './cli.ts';
import { EXIT } from './exit-codes.ts';
import { visible } from './table.ts';
import type { Verb } from './verb.ts';

/** Of the node, else of its files. */
async function asked<T>(cli: Cli, ask: () => Promise<T>, read: (journal: ReadOnlyJournal, dataDir: string) => Promise<T>): Promise<T> {
  try {
    return await ask();
  } catch (error) {
    if (!isCoded(error, 'NodeUnreachable')) throw error;
    return offline(configOf(cli).dataDir, read).catch((missing: unknown) => {
      // No journal either: then a node is what is missing.
      throw isCoded(missing, 'UnreadableFile') && missing.details.cause === undefined ? error : missing;
    });
  }
}

async function offline<T>(dataDir: string, read: (journal: ReadOnlyJournal, dataDir: string) => Promise<T>): Promise<T> {
  const journal = readOnlyJournal(dataDir);
  try {
    return await read(journal, dataDir);
  } finally {
    journal.close();
  }
}

const PAGE = 500;
const SINCE = /^(\d+)(s|m|h|d)$/;
const MS: Readonly<Record<string, number>> = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** `90m` ago, or a date. Throws `InvalidInput`. */
function sinceOf({ options: { since }, clock }: Cli): number | undefined {
  if (typeof since !== 'string') return undefined;
  const [, times, unit] = SINCE.exec(since) ?? [];
  const at = times === undefined ? Date.parse(since) : clock.now() - Number(times) * (MS[unit ?? ''] ?? 0);
  if (Number.isNaN(at))
    throw codedError('InvalidInput', { problem: `--since: '${since}' is no time: give a date as 2026-01-31 or 2026-01-31T12:00:00Z, or how long ago as 90m, 12h or 7d` });
  return at;
}

/** All from `--since` on, else the end of it; as JSON Lines with --json. */
async function show(cli: Cli): Promise<void> {
  const { kind, about, limit = cli.options.since === undefined ? '100' : undefined } = cli.options;
  const wish = { since: sinceOf(cli), ...(kind === undefined ? {} : { kind: String(kind) }), ...(about === undefined ? {} : { about: String(about) }) };
  const most = limit === undefined ? Number.POSITIVE_INFINITY : Number(limit);
  if (!(most >= 1)) throw codedError('InvalidInput', { problem: `--limit: '${String(limit)}' is no number of records` });
  let cursor: string | null = null;
  let left = most;
  while (left > 0) {
    const place = cursor !== null ? { cursor } : wish.since === undefined && most > PAGE ? { last: most } : {};
    const page: Page = await pageFrom(cli, { ...wish, limit: Math.min(left, PAGE), ...place });
    for (const record of page.items) cli.terminal.stdout.write(`${cli.options.json === true ? JSON.stringify(record) : lineOf(record)}\n`);
    left -= page.items.length;
    cursor = page.nextCursor;
    if (cursor === null) break;
  }
  if (left === most) note(cli, 'no records');
}

interface Page {
  readonly items: readonly AuditRecord[];
  readonly nextCursor: string | null;
}

function pageFrom(
  cli: Cli,
  wish: { readonly since?: number | undefined; readonly kind?: string; readonly about?: string; readonly limit: number; readonly cursor?: string; readonly last?: number },
): Promise<Page> {
  return asked<Page>(
    cli,
    () => nodeOf(cli).call<Page>('audit.query', wish),
    async (journal) => {
      const { items, next } = await queryAudit(journal, await lastFactOf(journal), { ...wish, after: wish.cursor === undefined ? undefined : Number(wish.cursor) });
      return { items, nextCursor: next === null ? null : String(next) };
    },
  );
}

const lineOf = ({ fact, at, kind, who, what, why }: AuditRecord): string =>
  visible(`${new Date(at).toISOString()}  ${String(fact).padStart(6)}  ${kind.padEnd(20)}  ${who ?? '-'}  ${what ?? '-'}${why === null ? '' : `  (${why.slice(0, 200)})`}`);

async function verify(cli: Cli): Promise<void> {
  const report = await asked(cli, () => nodeOf(cli).call<AuditReport>('audit.verify'), verifyAudit);
  say(cli, report, () => textOf(report));
  if (!report.ok) cli.exitCode = EXIT.failed;
}

async function archive(cli: Cli): Promise<void> {
  const { keepDays, keepFacts } = cli.options;
  const wish = { ...(keepDays === undefined ? {} : { keepDays }), ...(keepFacts === undefined ? {} : { keepFacts }) };
  const archived = await nodeOf(cli).call<Archived>('audit.archive', wish);
  const { facts, firstFact, file, why } = archived;
  say(cli, archived, () =>
    [facts === 0 ? 'nothing was archived' : `${facts} facts were archived in ${file}`, `the journal begins at fact ${firstFact}`, ...(why === null ? [] : [why])].join('\n'),
  );
}

function textOf({ ok, facts, firstFact, cut, checkpoints, lastCheckpoint, unsigned, byBatchUpTo, flaw }: AuditReport): string {
  const covered =
    lastCheckpoint === null
      ? 'no signed checkpoint yet: a journal that was cut off would not be noticed'
      : `${checkpoints} signed checkpoint${checkpoints === 1 ? '' : 's'}, the last at fact ${lastCheckpoint.fact} (${new Date(lastCheckpoint.at).toISOString()}); ${unsigned} facts behind it`;
  const former = byBatchUpTo === null ? '' : `\nup to fact ${byBatchUpTo} an older version wrote it: an altered fact there is named with those of its batch`;
  const found = ok ? `the audit log is whole: ${facts} facts` : `the audit log was changed: ${flaw?.why ?? ''}\n${facts} facts were found right`;
  const before =
    cut === null ? '' : `\nit proves them from fact ${firstFact} on: a cut signed ${new Date(cut.at).toISOString()} stands for those before, which lie in ${cut.archive}`;
  return `${found}\n${covered}${before}${former}`;
}

export const AUDIT_VERB: Verb = {
  name: 'audit',
  summary: 'what was done, by whom, when and why; `audit verify`: whether every record of it is as it was written; `audit archive`: takes old ones out',
  args: ['[what]'],
  options: [
    ['--since <time>', 'a date, or how long ago: 90m, 12h, 7d; default: the last 100 records'],
    ['--kind <kind>', 'only those, as `approval` or `approval.decided`'],
    ['--about <word>', 'part of who or what'],
    ['--limit <n>', 'at most so many'],
    ['--keep-days <n>', 'archive: what is younger stays in the journal'],
    ['--keep-facts <n>', 'archive: so many of the newest stay in the journal'],
  ],
  example: 'troupe audit --since 2h --kind approval --json > approvals.jsonl',
  async run(cli, [what]) {
    const run = what === undefined ? show : ({ verify, archive } as Readonly<Record<string, typeof verify>>)[what];
    if (run === undefined) throw codedError('InvalidInput', { problem: `audit ${what}: only 'verify' and 'archive' are known, and nothing` });
    await run(cli);
  },
};
