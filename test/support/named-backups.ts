// Backups of a test that are only names.
import type { Backups, BackupTaken } from '../../actors/work/ports.ts';
import { codedError } from '../../runtime/index.ts';

/** Takes none but says so; an id in `failing` fails once. */
export class NamedBackups implements Backups {
  readonly taken: string[] = [];
  readonly failing: string[] = [];

  async take({ id }: { id: string }): Promise<BackupTaken> {
    const failing = this.failing.indexOf(id);
    if (failing !== -1) throw codedError('BackupFailed', { problem: `${this.failing.splice(failing, 1)[0]} fails` });
    this.taken.push(id);
    return { id, takenAt: 1, verifiedAt: 2, fact: 3, bytes: 4, rows: 5, removed: [] };
  }
}
