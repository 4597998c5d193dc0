// The behaviour of plans: the template of the dynamic supervisor `plans`.
import type { ChildSpec } from '../../runtime/index.ts';
import { worker } from '../../supervisors/index.ts';
import type { Services } from '../fleet/services.ts';
import { planMachine } from './plan.machine.ts';

/** Template `plan` of the supervisor `plans`. */
export function planTemplate(services: Services): (input: unknown, id: string) => ChildSpec {
  const logic = planMachine(services);
  return (input, id) => worker(id, logic, { durable: true, restart: 'transient', input, version: 1 });
}
