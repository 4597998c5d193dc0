// The supervision tree as a read model: what the supervisors' tables say, put together. Nobody is asked and nothing waits.
import { type Address, type ChildInfo, childAddress, type RestartType, ROOT_ADDRESS, type System } from '../runtime/index.ts';
import { ChildTable } from './child-table.ts';
import type { Strategy } from './restart-plan.ts';

export interface TreeNode {
  readonly address: Address;
  readonly id: string;
  readonly type: 'worker' | 'supervisor';
  /** Of a supervisor that runs: how it restarts its children; `dynamic` ones are in no order. */
  readonly strategy: Strategy | 'dynamic' | null;
  readonly restart: RestartType;
  readonly state: string;
  readonly restarts: number;
  readonly durable: boolean;
  /** State value of the statechart; null for supervisors and for what is not running. */
  readonly value: unknown;
  readonly mailbox: number;
  readonly children: readonly TreeNode[];
}

/** The part of a system that the tree is read from. */
export type TreeSource = Pick<System, 'childTable' | 'inspect'>;

export type WholeSource = TreeSource & Pick<System, 'childPage'>;

/** The tree below `from`, in start order: of dynamic children those in memory. */
export function superviseTree(system: TreeSource, from: Address = ROOT_ADDRESS): readonly TreeNode[] {
  const table = system.childTable(from);
  return (table?.which() ?? []).map(({ id, type, state, restarts }) => {
    const address = childAddress(from, id);
    const seen = system.inspect(address);
    const supervisor = type === 'supervisor';
    return {
      address,
      id,
      type,
      strategy: supervisor ? strategyAt(system, address) : null,
      restart: table?.spec(id)?.restart ?? 'permanent',
      // A quarantined actor is stopped to its supervisor, and more than that to people.
      state: seen?.state === 'quarantined' ? 'quarantined' : state,
      restarts,
      durable: seen?.durable ?? false,
      value: supervisor ? null : (seen?.value ?? null),
      mailbox: seen?.mailbox ?? 0,
      children: supervisor ? superviseTree(system, address) : [],
    };
  });
}

/** As `superviseTree`, with dynamic children that are not in memory: of each supervisor at most so many, in start order (K27). */
export async function wholeTree(system: WholeSource, from: Address = ROOT_ADDRESS, most = 1_000): Promise<readonly TreeNode[]> {
  const nodes = superviseTree(system, from);
  const whole = await Promise.all(nodes.map(async (node) => (node.type === 'supervisor' ? { ...node, children: await wholeTree(system, node.address, most) } : node)));
  if (strategyAt(system, from) !== 'dynamic') return whole;
  const shown = new Set(nodes.map(({ id }) => id));
  const { children } = await system.childPage(from, { after: 0, limit: most });
  return [...whole, ...children.filter(({ id }) => !shown.has(id)).map(absent)];
}

function absent({ id, address, type, restarts }: ChildInfo): TreeNode {
  return { address, id, type, strategy: null, restart: 'permanent', state: 'passivated', restarts, durable: true, value: null, mailbox: 0, children: [] };
}

/** How the supervisor at an address restarts its children; null when none runs there. */
export function strategyAt(system: Pick<System, 'childTable'>, address: Address): Strategy | 'dynamic' | null {
  const table = system.childTable(address);
  return table instanceof ChildTable ? table.strategy : null;
}
