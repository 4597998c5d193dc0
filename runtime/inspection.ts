// What people may see of an actor: its state, context with secrets masked, mailbox, timers and effects, and why it waits.
import type { Address } from './address.ts';
import type { Cell } from './cell.ts';
import { DurableCell } from './durable-cell.ts';
import { maskSecrets } from './masking.ts';
import type { ChildTableView } from './supervisor-host.ts';
import type { Tie } from './ties.ts';

export interface Inspection {
  readonly address: Address;
  readonly kind: 'worker' | 'supervisor';
  readonly durable: boolean;
  readonly state: 'running' | 'passivated' | 'restarting' | 'quarantined' | 'down';
  readonly value: unknown;
  readonly context: unknown;
  readonly mailbox: number;
  readonly restarts: number;
  readonly step: number;
  readonly epoch: number;
  readonly incarnation: number;
  /** Message types that its present state takes. */
  readonly accepts: readonly string[];
  readonly timers: ReadonlyArray<{ readonly key: string; readonly dueAt: number }>;
  readonly effects: ReadonlyArray<{ readonly key: string; readonly id: string; readonly state: string; readonly idempotent: boolean }>;
  /** Addresses it watches, and those it is linked to. */
  readonly monitors: readonly Address[];
  readonly links: readonly Address[];
  readonly groups: readonly string[];
  /** Registered for it. */
  readonly names: readonly string[];
  readonly why: string;
}

/** What an actor that is in no cell is, by what its supervisor says of it. */
const ABSENT = { running: 'passivated', restarting: 'restarting', stopped: 'down' } as const;
const WHY_ABSENT = { running: 'is idle and not in memory: its next message or timer starts it', restarting: 'waits for its restart', stopped: 'is not running' };

/** Undefined when nobody lives at the address and nothing is kept for it. */
export function inspectCell(
  address: Address,
  cell: Cell | undefined,
  siblings: ChildTableView | undefined,
  quarantined: string | undefined,
  held: number,
  ties: readonly Tie[],
): Inspection | undefined {
  const tied = tiesShown(ties);
  const id = address.slice(address.lastIndexOf('/') + 1);
  const entry = siblings?.info(id);
  const restarts = entry?.restarts ?? 0;
  if (cell === undefined) {
    if (quarantined === undefined && entry === undefined && held === 0) return undefined;
    const state = quarantined === undefined ? ABSENT[entry?.state ?? 'stopped'] : 'quarantined';
    const why = quarantined ?? WHY_ABSENT[entry?.state ?? 'stopped'];
    return {
      address,
      kind: entry?.type ?? 'worker',
      durable: true,
      state,
      value: null,
      context: null,
      mailbox: held,
      restarts,
      step: 0,
      epoch: 0,
      incarnation: 0,
      accepts: [],
      timers: [],
      effects: [],
      ...tied,
      why,
    };
  }
  const durable = cell instanceof DurableCell ? cell : undefined;
  return {
    address,
    kind: cell.behaviour.kind,
    durable: cell.durable,
    state: 'running',
    value: cell.snapshot?.value ?? null,
    context: maskSecrets(JSON.parse(JSON.stringify(cell.snapshot?.context ?? null))),
    mailbox: cell.mailCount,
    restarts,
    step: cell.step,
    epoch: cell.epoch,
    incarnation: cell.incarnation,
    accepts: acceptedTypes(cell),
    timers: [...(durable?.timers.values() ?? [])].map(({ key, dueAt }) => ({ key, dueAt })),
    effects: [...(durable?.effects.values() ?? [])].map(({ row }) => ({ key: row.key, id: row.childId, state: row.state, idempotent: row.idempotent })),
    ...tied,
    why: whyItWaits(cell, durable),
  };
}

export function tiesShown(ties: readonly Tie[]): Pick<Inspection, 'monitors' | 'links' | 'groups' | 'names'> {
  return { monitors: others(ties, 'monitor'), links: others(ties, 'link'), groups: others(ties, 'group'), names: others(ties, 'name') };
}

function others(ties: readonly Tie[], kind: Tie['kind']): string[] {
  return ties.filter((tie) => tie.kind === kind).map(({ other }) => other);
}

function acceptedTypes(cell: Cell): string[] {
  const nodes = (cell.snapshot as { _nodes?: ReadonlyArray<{ ownEvents?: readonly string[] }> } | undefined)?._nodes ?? [];
  return [...new Set(nodes.flatMap((node) => node.ownEvents ?? []))].filter((type) => !type.startsWith('xstate.')).sort();
}

function whyItWaits(cell: Cell, durable: DurableCell | undefined): string {
  if (cell.mailCount > 0) return `has ${cell.mailCount} messages to take`;
  const effects = [...(durable?.effects.values() ?? [])].map((entry) => entry.row.childId);
  if (effects.length > 0) return `waits for its effect ${effects.join(', ')}`;
  if ((durable?.timers.size ?? 0) > 0) return `waits for a timer or a message`;
  return 'waits for a message';
}
