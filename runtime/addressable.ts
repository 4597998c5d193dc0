// What people may see of actors that are not in memory (K27): the rows of a supervisor, page by page, and what the journal holds of one.
import { type Address, childAddress, parentAddress } from './address.ts';
import { unreadOf } from './backlog.ts';
import type { DurableEngine } from './durable-engine.ts';
import { type Inspection, tiesShown } from './inspection.ts';
import type { Page } from './journal.ts';
import { maskSecrets } from './masking.ts';
import type { ChildCounts, ChildInfo, ChildTableView } from './supervisor-host.ts';

export interface ChildPage {
  readonly children: readonly ChildInfo[];
  /** Where the next page begins; undefined behind the last. */
  readonly next: number | undefined;
}

/** Children of a supervisor in start order. One that is only addressable counts as running: a message is enough to have it so. */
export async function childPage(engine: DurableEngine, supervisor: Address, table: ChildTableView, { after, limit }: Page): Promise<ChildPage> {
  if (!engine.kernel.startsRows(supervisor)) {
    const all = table.which();
    return { children: all.slice(after, after + limit), next: after + limit < all.length ? after + limit : undefined };
  }
  const rows = await engine.journal.children(supervisor, { after, limit });
  const children = rows.map(({ id }) => table.info(id) ?? { id, address: childAddress(supervisor, id), type: 'worker' as const, state: 'running' as const, restarts: 0 });
  return { children, next: rows.length < limit ? undefined : rows[rows.length - 1]?.seq };
}

/** As the table counts, with the rows whose children are not in memory. */
export async function childCounts(engine: DurableEngine, supervisor: Address, table: ChildTableView): Promise<ChildCounts> {
  const counts = table.count();
  if (!engine.kernel.startsRows(supervisor)) return counts;
  const absent = Math.max(0, (await engine.journal.countChildren(supervisor)) - counts.specs);
  return { specs: counts.specs + absent, active: counts.active + absent, supervisors: counts.supervisors, workers: counts.workers + absent };
}

/** An actor as its rows say; undefined when there is none. */
export async function inspectStored(engine: DurableEngine, address: Address): Promise<Inspection | undefined> {
  if (!engine.holds(address) && !(engine.presumes(address) && (await engine.activations.row(address)) !== undefined)) return undefined;
  const image = await engine.load(address);
  const { actor, mail, timers, effects } = image;
  const { value = null, context = null } = actor === null ? {} : (JSON.parse(actor.snapshot) as { value?: unknown; context?: unknown });
  return {
    address,
    kind: 'worker',
    durable: true,
    state: 'passivated',
    value,
    context: maskSecrets(context),
    mailbox: mail.length + unreadOf(image),
    restarts: 0,
    step: actor?.step ?? 0,
    epoch: actor?.epoch ?? 0,
    incarnation: actor?.incarnation ?? 0,
    ...tiesShown(engine.kernel.ties.of(address)),
    accepts: [],
    timers: timers.map(({ key, dueAt }) => ({ key, dueAt })),
    effects: effects.map(({ key, childId: id, state, idempotent }) => ({ key, id, state, idempotent })),
    why: `is not in memory: its next message or timer starts it, below '${parentAddress(address)}'`,
  };
}
