// What a person is typing, completed: names of agents, tasks, plans and addresses that are there now.
import type { CompleteResult } from '@modelcontextprotocol/server';
import { superviseTree, type TreeNode } from '../../supervisors/index.ts';
import { dispatch, type NodeNow } from '../http/dispatch.ts';
import { agentNames } from '../node/running-node.ts';
import type { Asking, Completion } from './offer.ts';

/** As the specification has it. */
const MOST = 100;

interface Tasks {
  readonly items: ReadonlyArray<{ readonly plan: string; readonly id: string }>;
}

export async function completeFromNode(nodeNow: NodeNow, { argument: { name, value } }: Completion, asking: Asking): Promise<CompleteResult['completion']> {
  const matching = [...new Set(await candidates(nodeNow, name, asking))].filter((candidate) => candidate.startsWith(value));
  return { values: matching.slice(0, MOST), total: matching.length, hasMore: matching.length > MOST };
}

async function candidates(nodeNow: NodeNow, name: string, { caller, signal }: Asking): Promise<readonly string[]> {
  const node = nodeNow();
  if (node === undefined || !caller.permissions.includes('read')) return [];
  if (name === 'agent') return agentNames(node.system);
  if (name === 'address') return addresses(superviseTree(node.system));
  if (name !== 'id') return [];
  const { items } = (await dispatch(nodeNow, { name: 'task.list', input: { limit: 500 }, caller, signal })) as Tasks;
  return items.map(({ plan, id }) => `${plan}.${id}`);
}

function addresses(nodes: readonly TreeNode[]): string[] {
  return nodes.flatMap(({ address, children }) => [address, ...addresses(children)]);
}
