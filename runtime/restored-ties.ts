// Ties after a boot: those of durable actors are read back, and what ended with the node before is told of, once (K27).
import { childId, parentAddress } from './address.ts';
import { NOPROC } from './exit-reason.ts';
import { signal, type TieHost, writeTie } from './exit-signals.ts';
import type { Journal } from './journal.ts';
import type { Tie } from './ties.ts';

interface RestoreHost extends TieHost {
  readonly journal: Pick<Journal, 'ties' | 'child'>;
}

/** Before anything is started: what has no rows was volatile or is gone, and whoever starts at its address is another. */
export async function restoreTies(host: RestoreHost): Promise<void> {
  const { ties, lifeAt } = host.kernel;
  const rows = await host.journal.ties();
  ties.readBack(rows);
  const lost: Tie[] = [];
  for (const row of rows) {
    if (row.kind !== 'monitor' && row.kind !== 'link') continue;
    if (lifeAt(row.other) === undefined && !(await isChildRow(host, row.other))) lost.push({ ...row, rowed: true });
  }
  if (lost.length === 0) return;
  host.atBoundary((batch) => {
    for (const tie of lost) {
      writeTie(host, batch, tie, false);
      signal(host, batch, tie, NOPROC);
    }
  });
}

/** A dynamic child that was never started yet has nothing but its row. */
async function isChildRow({ journal }: RestoreHost, address: string): Promise<boolean> {
  return (await journal.child(parentAddress(address), childId(address))) !== undefined;
}
