// The behaviour of the policy actor, a child of the root, and the door of the gate to its rules.
import type { ChildSpec, System } from '../../runtime/index.ts';
import { worker } from '../../supervisors/index.ts';
import type { Services } from '../fleet/services.ts';
import { policyMachine } from './policy.machine.ts';
import type { StandingRule } from './standing-rule.ts';

export const POLICY = 'policy';
const ASK_MS = 15_000;

export function policyWorker(services: Pick<Services, 'clock'>): ChildSpec {
  return worker(POLICY, policyMachine(services), { durable: true, restart: 'permanent', version: 1 });
}

/** Rejects when the actor does not answer: nothing is assessed under rules that are not known. */
export async function standingRules(system: Pick<System, 'ref'>): Promise<readonly StandingRule[]> {
  const answer = (await system.ref(POLICY).ask({ type: 'GET' }, { timeoutMs: ASK_MS })) as { readonly rules: readonly StandingRule[] };
  return answer.rules;
}
