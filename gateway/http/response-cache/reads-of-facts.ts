// Reads whose answer follows from what is asked and from the recorded facts alone: not from the clock, from who asks, or from what an actor
// holds in memory. Two that are asked alike while nothing is new for them are answered alike, so an answer may be kept.
import { startOf } from '../../../runtime/index.ts';
import type { RunningNode } from '../../node/running-node.ts';

/** Names all that such answers follow from, now. */
type State = (node: RunningNode) => Promise<string>;

/** Facts that are archived leave the log without a new one. */
const everyFact: State = async ({ system }) => `${system.chainHead.hash} ${(await startOf(system.journal)).fact}`;

/** The hash over all facts up to the last that wrote to the table: it names their content, whichever journal they are read from. */
const table =
  (name: string): State =>
  async ({ system, facts }) => {
    const batch = facts.lastWrite(name);
    if (batch === 0) return 'nothing';
    const head = system.chainHead.hash;
    const [row] = batch === undefined ? [] : await system.journal.chain({ after: batch - 1, limit: 1 });
    // One that is archived, or of before account was kept: any new fact may be about it.
    return row !== undefined && row.batch === batch ? row.hash : head;
  };

const READS: ReadonlyMap<string, State> = new Map([
  ['plan.list', table('plans')],
  ['task.list', table('tasks')],
  ['request.list', table('requests')],
  ['deployment.list', table('deployments')],
  ['actor.steps', table('transitions')],
  ['audit.query', everyFact],
]);

export function isReadOfFacts(operation: string): boolean {
  return READS.has(operation);
}

/** What such an answer follows from; undefined while the read model is behind the journal. */
export async function stateBehind(node: RunningNode, operation: string): Promise<string | undefined> {
  return node.facts.position() === node.system.chainHead.fact ? READS.get(operation)?.(node) : undefined;
}
