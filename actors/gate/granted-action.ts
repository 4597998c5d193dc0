// Whether an action is what was granted, asked right before it is carried out: the same action in the same surroundings, and a world that
// still looks as it did when it was assessed.
import { codedError, type TroupeError } from '../../runtime/errors.ts';
import type { ExecuteOrder } from '../work/types.ts';
import { hashAction, hashFacts } from './action-hash.ts';
import { readFacts } from './read-facts.ts';

export type GrantedAction = Pick<ExecuteOrder, 'action' | 'surroundings' | 'actionHash' | 'looked'>;

/** Undefined: it is. */
export async function refuseAction({ action, surroundings, actionHash, looked }: GrantedAction): Promise<TroupeError | undefined> {
  if (hashAction(action, surroundings, looked?.factsHash) !== actionHash) return codedError('GateMismatch');
  if (looked === undefined) return undefined;
  const facts = await readFacts({ paths: new Set(looked.paths), trees: new Set(looked.trees) }, surroundings);
  return hashFacts(facts) === looked.factsHash ? undefined : codedError('FactsChanged');
}
