// The behaviour of the keeper of backups, a child of the root.
import type { ChildSpec } from '../../runtime/index.ts';
import { worker } from '../../supervisors/index.ts';
import type { Services } from '../fleet/services.ts';
import { backupsMachine } from './backups.machine.ts';

export const BACKUPS = 'backups';

export function backupsWorker(services: Pick<Services, 'backups'>): ChildSpec {
  return worker(BACKUPS, backupsMachine(services), { durable: true, restart: 'permanent', version: 1 });
}
