// What a node reads of the journal when it opens it. Dynamic children are passed over, so that it costs the same beside ten of them and
// beside a million (K25).
import { type Address, parentAddress } from './address.ts';
import type { Clock } from './clock.ts';
import type { Journal, JournalHead } from './journal.ts';
import type { Kernel } from './kernel.ts';

const PAGE = 64;
const SET_BACK_MS = 1_000;

/** Every address with rows that is not a dynamic child's, nor below one. */
export async function knownAddresses(journal: Journal, kernel: Pick<Kernel, 'rowAbove'>): Promise<Address[]> {
  const known: Address[] = [];
  for (let after = ''; ; ) {
    const page = await journal.addresses({ after, limit: PAGE });
    for (const address of page) {
      const row = kernel.rowAbove(address);
      if (row === undefined) known.push(address);
      // No address has this character: all below the supervisor lie before it.
      after = row === undefined ? address : `${parentAddress(row)}/~`;
      if (row !== undefined) break;
    }
    if (page.length === 0) return known;
  }
}

/** Whether the wall clock shows less than at the last commit. */
export async function wasSetBack(journal: Journal, head: JournalHead, clock: Clock): Promise<boolean> {
  const [last] = await journal.facts({ after: head.counters.fact - 1, limit: 1 });
  return last !== undefined && clock.now() < last.at - SET_BACK_MS;
}
