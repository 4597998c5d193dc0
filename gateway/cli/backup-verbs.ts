// `backup`, `backups`, `restore`: the state of the node put aside while it works, and put back while it does not run.
import type { BackupRow } from '../../actors/read-model/index.ts';
import { restoreBackup } from '../backup/restore-backup.ts';
import { type Cli, configOf, filters, nodeOf, say, sayPage } from './cli.ts';
import { EXIT } from './exit-codes.ts';
import { clockTime, table } from './table.ts';
import { PAGE, type Verb } from './verb.ts';

const WAIT_MS = 30_000;

/** Followed to its end, however long that takes. */
async function backUp(cli: Cli): Promise<void> {
  const { why, keep } = cli.options;
  const client = nodeOf(cli);
  let row = await client.call<BackupRow>('backup.create', { ...(why === undefined ? {} : { why }), ...(keep === undefined ? {} : { keep }) });
  while (row.status === 'running') row = await client.call<BackupRow>('backup.status', { backup: row.id, waitMs: WAIT_MS });
  if (row.status !== 'verified') cli.exitCode = EXIT.failed;
  say(cli, row, () =>
    row.status === 'verified'
      ? `${row.id}: the state as of fact ${row.fact}, ${row.bytes} bytes; a restore of it was compared and is the same`
      : `${row.id} ${row.status}: ${row.problem ?? 'it is gone'}`,
  );
}

async function list(cli: Cli): Promise<void> {
  const answer = await nodeOf(cli).call<{ items: readonly BackupRow[]; nextCursor: string | null }>('backup.list', filters(cli, 'limit', 'cursor'));
  sayPage(cli, answer, () =>
    table(
      ['BACKUP', 'STATUS', 'TAKEN', 'FACT', 'BYTES', 'BY', 'WHY'],
      answer.items.map((row) => [row.id, row.status, clockTime(row.takenAt ?? row.begunAt, cli.clock.now()), row.fact, row.bytes, row.by, row.problem ?? row.why]),
      'no backups; make one with `troupe backup`',
    ),
  );
}

async function restore(cli: Cli, backup: string): Promise<void> {
  const { trust, force } = cli.options;
  const done = await restoreBackup({
    backup,
    dataDir: configOf(cli).dataDir,
    cwd: cli.cwd,
    trust: typeof trust === 'string' ? trust : undefined,
    force: force === true,
    by: cli.person,
    clock: cli.clock,
  });
  say(cli, done, () =>
    [
      `restored ${done.backup} into ${done.dataDir}: the state of ${new Date(done.takenAt).toISOString()}, up to fact ${done.fact}`,
      ...(done.aside === null ? [] : [`what was there is in ${done.aside}`]),
      ...(done.clientsForgotten.length === 0 ? [] : [`add these OAuth clients again, the key of their secrets is not here: ${done.clientsForgotten.join(', ')}`]),
      'what was cut off then waits as interrupted; start the node with `troupe up`',
    ].join('\n'),
  );
}

export const BACKUP_VERBS: readonly Verb[] = [
  {
    name: 'backup',
    summary: 'makes a backup while the node works, and verifies a restore of it',
    options: [
      ['--why <text>', 'recorded'],
      ['--keep <n>', 'how many stay, this one included; default 10'],
    ],
    example: 'troupe backup --why "before the upgrade"',
    run: backUp,
  },
  { name: 'backups', summary: 'backups, the newest first', options: PAGE, example: 'troupe backups', run: list },
  {
    name: 'restore',
    summary: 'puts a backup into the data directory, while no node runs there',
    args: ['<backup>'],
    options: [
      ['--force', 'sets aside what is there first'],
      ['--trust <key>', 'takes a backup of the node with that key'],
    ],
    example: 'troupe restore backup-20260101T120000-ab12 --force',
    run: (cli, [backup = '']) => restore(cli, backup),
  },
];
