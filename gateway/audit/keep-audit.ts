// Archives old facts by itself, as the fleet file says of `audit`: soon after the start and then every hour.
import type { AuditKeep } from '../../actors/fleet/audit-keep.ts';
import type { Clock } from '../../runtime/index.ts';
import type { AuditArchive } from './audit-archive.ts';

const FIRST_MS = 60_000;
const EVERY_MS = 3_600_000;

export interface KeepAuditOptions {
  readonly archive: Pick<AuditArchive, 'run'>;
  /** Null: never. */
  readonly keep: AuditKeep | null;
  readonly clock: Clock;
  /** It is tried again in its time. */
  onFault(error: unknown): void;
}

/** Returns what ends it. */
export function keepAudit({ archive, keep, clock, onFault }: KeepAuditOptions): () => void {
  if (keep === null) return () => undefined;
  let cancel = (): void => undefined;
  const runIn = (ms: number): void => {
    cancel = clock.after(ms, () => {
      archive.run(keep, 'node').catch(onFault);
      runIn(EVERY_MS);
    });
  };
  runIn(FIRST_MS);
  return () => cancel();
}
