// Alerts for approvals that nobody has seen for a while: raised when the time is over, also for what waited through a restart, and cleared
// once a person has been shown it or it waits no more.
import { unseenApprovals } from '../../actors/read-model/index.ts';
import type { Clock, System } from '../../runtime/index.ts';
import type { FactFeed } from './fact-feed.ts';

export interface UnseenOptions {
  readonly clock: Clock;
  readonly system: Pick<System, 'alerts' | 'raiseAlert' | 'clearAlert'>;
  readonly facts: Pick<FactFeed, 'read' | 'listen'>;
  readonly afterMs: number;
  onFault(error: unknown): void;
}

const LONGEST_PAUSE_MS = 30_000;
/** Beyond these nothing more is said by one more alert. */
const MOST_ALERTS = 50;
const ENDS: readonly string[] = ['approval.seen', 'approval.decided', 'approval.ended'];

/** Returns the end of it. */
export function watchUnseen({ clock, system, facts, afterMs, onFault }: UnseenOptions): () => void {
  let cancel = (): void => undefined;
  let stopped = false;
  const look = async (): Promise<void> => {
    const db = await facts.read();
    if (stopped) return;
    const unseen = unseenApprovals(db, clock.now() - afterMs, MOST_ALERTS);
    const addresses = new Set(unseen.map(({ id }) => `approvals/${id}`));
    for (const { kind, address } of system.alerts()) if (kind === 'approval' && address !== null && !addresses.has(address)) system.clearAlert('approval', address);
    for (const { id, risk, agent } of unseen) {
      const text = `nobody has seen for ${Math.round(afterMs / 60_000)} minutes that ${agent} waits for a decision on ${id}, ${risk}; see \`troupe approvals\``;
      system.raiseAlert({ kind: 'approval', severity: 'warning', address: `approvals/${id}`, text });
    }
  };
  const next = (): void => {
    cancel = clock.after(Math.min(afterMs, LONGEST_PAUSE_MS), () => {
      look().catch(onFault);
      next();
    });
  };
  const forget = facts.listen(({ kind }) => {
    if (ENDS.includes(kind) && system.alerts().some((alert) => alert.kind === 'approval')) look().catch(onFault);
  });
  look().catch(onFault);
  next();
  return () => {
    stopped = true;
    cancel();
    forget();
  };
}
