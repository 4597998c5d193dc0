// Messages that the keeper of backups takes; all come from inside the node.

/** How many stay when nobody says otherwise. */
export const KEPT = 10;
export const MOST_KEPT = 1_000;

/** Deployments' backups are counted by themselves: however many there are, none that somebody asked for is taken away for them. */
export const DEPLOYMENT_BACKUP = 'deploy-';

/** One more backup, behind those that wait. The same id again is the same backup. Answered with TakeAnswer at once; `replyTo` is told BACKUP_ENDED. */
export type TakeBackup = {
  readonly type: 'TAKE_BACKUP';
  /** The name of its folder. */
  readonly id: string;
  readonly by: string;
  readonly why: string;
  /** How many of its kind stay, this one included. */
  readonly keep: number;
  readonly replyTo: string | null;
};

export type BackupsMessage = TakeBackup;

export type TakeAnswer = { readonly ok: true; readonly id: string } | { readonly ok: false; readonly reason: 'too_many' };

/** Told to `replyTo`. */
export interface BackupEnded {
  readonly type: 'BACKUP_ENDED';
  readonly id: string;
  /** Null: it was verified. */
  readonly problem: string | null;
}
