// A journal that takes no writes for a while is an alert, cleared by the first write that is confirmed (K11). A busy moment is none.
import type { Alerts } from './alerts.ts';
import type { Clock } from './clock.ts';
import type { JournalWrites } from './journal-writes.ts';

const GRACE_MS = 5_000;

export function alertOfJournal(writes: JournalWrites, alerts: Alerts, clock: Clock): void {
  let since: number | undefined;
  writes.onChange = (fault) => {
    if (fault === undefined) {
      since = undefined;
      alerts.clear('journal');
      return;
    }
    since ??= clock.monotonic();
    if (clock.monotonic() - since < GRACE_MS) return;
    const text = `the journal takes no writes (${fault}), so nothing is accepted: free space on its disk, or give it back its permissions; it goes on by itself`;
    alerts.raise({ kind: 'journal', severity: 'critical', text });
  };
}
