// The supervision tree as a read model: what the supervisors' tables say, put together.
import { type Address, childAddress, ROOT_ADDRESS, type System } from '../runtime/index.ts';

export interface TreeNode {
  readonly address: Address;
  readonly id: string;
  readonly type: 'worker' | 'supervisor';
  readonly restart: string;
  readonly state: string;
  readonly restarts: number;
  readonly durable: boolean;
  /** State value of the statechart; null for supervisors and for what is not running. */
  readonly value: unknown;
  readonly mailbox: number;
  readonly children: readonly TreeNode[];
}

/** The whole tree below `from`, in start order. */
export function superviseTree(system: System, from: Address = ROOT_ADDRESS): readonly TreeNode[] {
  const table = system.childTable(from);
  return (table?.which() ?? []).map((child) => {
    const address = childAddress(from, child.id);
    const seen = system.inspect(address);
    return {
      address,
      id: child.id,
      type: child.type,
      restart: table?.spec(child.id)?.restart ?? 'permanent',
      state: child.state,
      restarts: child.restarts,
      durable: seen?.durable ?? false,
      value: child.type === 'worker' ? (seen?.value ?? null) : null,
      mailbox: seen?.mailbox ?? 0,
      children: child.type === 'supervisor' ? superviseTree(system, address) : [],
    };
  });
}
