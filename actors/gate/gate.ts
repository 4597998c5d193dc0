// The gate's assessment as the statechart of a request asks for it: reads the facts, judges, and binds the verdict to the action's hash.
import type { Gate } from '../work/ports.ts';
import { hashAction } from './action-hash.ts';
import { assessRisk } from './assess-risk.ts';

/** Names the rules that judged, so that a verdict can be told from one under other rules. */
export const POLICY = 'troupe-default-1';

export function createGate(): Gate {
  return {
    assess: async (action, surroundings) => ({ ...assessRisk(action, { surroundings }), actionHash: hashAction(action, surroundings), policy: POLICY }),
  };
}
