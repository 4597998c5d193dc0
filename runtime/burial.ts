// Mail of an actor that ends, which waits on disk and was never read: it becomes dead letters there, in the commit of the end, without
// coming into memory (K26). Who waits for an answer to it hears of that behind the commit.
import type { Address } from './address.ts';
import type { Batch } from './batch.ts';
import type { DurableEngine } from './durable-engine.ts';
import type { Burial } from './journal.ts';
import { mailOf } from './restore.ts';

const PAGE = 256;

export type UnreadMail = Pick<Burial, 'address' | 'upTo' | 'asksOnly' | 'detail'> & { readonly rows: number };

export function buryUnread(engine: DurableEngine, batch: Batch, { rows, ...mail }: UnreadMail): void {
  if (rows === 0) return;
  batch.burials.push({ ...mail, letters: rows, reason: 'noproc', at: engine.kernel.clock.now() });
}

/** Page by page, once they are written. A journal that cannot be read leaves askers to their deadline. */
export async function tellBuried(
  engine: DurableEngine,
  { firstLetter, letters, address }: { readonly firstLetter: number; readonly letters: number; readonly address: Address },
): Promise<void> {
  const { kernel, journal } = engine;
  const last = firstLetter + letters - 1;
  for (let after = firstLetter - 1; after < last; ) {
    const page = await journal.deadLetters({ after, limit: Math.min(PAGE, last - after) }).catch(() => []);
    const own = page.filter(({ seq, envelope }) => seq <= last && envelope.to === address);
    for (const letter of own) kernel.deadLetters.announce(letter, mailOf({ seq: 0, state: 'queued', attempts: 0, envelope: letter.envelope }, kernel.stepper));
    if (own.length === 0) return;
    after = own.at(-1)?.seq ?? last;
  }
}
