// Messages that a deployment takes, and what it tells its request. From outside comes only GET.
import type { BackupEnded } from '../backup/backups.messages.ts';
import type { StepChanged } from '../request/request-report.ts';
import type { StepOutcome } from '../work/types.ts';
import type { Claimed } from './releases.messages.ts';

export type DeploymentMessage =
  | { readonly type: 'GET' }
  | Claimed
  | BackupEnded
  /** From the request of its way back. */
  | StepChanged
  /** From its request, which has been cancelled. Once promoted it stays. */
  | { readonly type: 'CANCEL'; readonly by: string; readonly why: string };

/** Told to the request once it has ended. */
export interface DeploymentEnded {
  readonly type: 'DEPLOYMENT_ENDED';
  readonly deployment: string;
  readonly outcome: StepOutcome;
}
