// Backups of a running node: makes one, takes away those that are too old, and raises an alert while the last try has failed.
import type { Backups, BackupTaken } from '../../actors/work/ports.ts';
import type { System } from '../../runtime/index.ts';
import { backupsDir, retain } from './backup-folder.ts';
import type { BackupManifest } from './backup-manifest.ts';
import { type BackupNode, takeBackup } from './take-backup.ts';

export interface BackupAlerts {
  failed(problem: string): void;
  verified(): void;
}

/** Call `take` one at a time. */
export function nodeBackups(node: BackupNode, alerts: BackupAlerts): Backups {
  return {
    async take({ keep, ...wish }, signal) {
      try {
        const taken = describe(await takeBackup(node, wish, signal));
        const removed = retain(backupsDir(node.dataDir), keep, wish.id);
        alerts.verified();
        return { ...taken, removed };
      } catch (error) {
        alerts.failed(error instanceof Error ? error.message : String(error));
        throw error;
      }
    },
  };
}

function describe({ id, takenAt, verifiedAt, journal, files }: BackupManifest): Omit<BackupTaken, 'removed'> {
  const bytes = files.reduce((sum, file) => sum + file.bytes, 0);
  const rows = files.reduce((sum, { tables }) => sum + Object.values(tables).reduce((all, table) => all + table.rows, 0), 0);
  return { id, takenAt, verifiedAt, fact: journal.fact, bytes, rows };
}

/** On the node's own list. `systemNow` is asked at each call: backups are made only once the system runs. */
export function backupAlerts(systemNow: () => Pick<System, 'raiseAlert' | 'clearAlert'>): BackupAlerts {
  return {
    failed: (problem) =>
      systemNow().raiseAlert({
        kind: 'backup',
        severity: 'warning',
        text: `the last backup failed (${problem.replace(/^no backup was made: /, '')}); try again with \`troupe backup\``,
      }),
    verified: () => systemNow().clearAlert('backup'),
  };
}
