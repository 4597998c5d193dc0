// Reads whose answer follows from what is asked and from the recorded facts alone: not from the clock, from who asks, or from what an actor
// holds in memory. Two that are asked alike while no fact is new are answered alike, so an answer may be kept.
import { startOf } from '../../../runtime/index.ts';
import type { RunningNode } from '../../node/running-node.ts';

/** What else an answer depends on. */
type Besides = (node: RunningNode) => Promise<unknown>;

const NOTHING: Besides = async () => null;

const READS: ReadonlyMap<string, Besides> = new Map([
  ['plan.list', NOTHING],
  ['task.list', NOTHING],
  ['request.list', NOTHING],
  ['deployment.list', NOTHING],
  ['actor.steps', NOTHING],
  // Facts that are archived leave the log without a new one.
  ['audit.query', async ({ system }) => (await startOf(system.journal)).fact],
]);

export function isReadOfFacts(operation: string): boolean {
  return READS.has(operation);
}

/** What such an answer follows from; undefined while the read model is behind the journal. */
export async function stateBehind(node: RunningNode, operation: string): Promise<string | undefined> {
  const more = await READS.get(operation)?.(node);
  const { fact, hash } = node.system.chainHead;
  return node.facts.position() === fact ? `${hash} ${String(more)}` : undefined;
}
