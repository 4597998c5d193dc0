// The behaviour of approvals: the template of the dynamic supervisor `approvals`.
import type { ChildSpec } from '../../runtime/index.ts';
import { worker } from '../../supervisors/index.ts';
import type { Services } from '../fleet/services.ts';
import { approvalMachine } from './approval.machine.ts';

/** Template `approval` of the supervisor `approvals`. */
export function approvalTemplate(services: Services): (input: unknown, id: string) => ChildSpec {
  const logic = approvalMachine(services);
  return (input, id) => worker(id, logic, { durable: true, restart: 'transient', input, version: 1 });
}
