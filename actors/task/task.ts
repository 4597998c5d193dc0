// The behaviour of tasks: the template of the dynamic supervisor `tasks`.
import type { ChildSpec } from '../../runtime/index.ts';
import { worker } from '../../supervisors/index.ts';
import type { Services } from '../fleet/services.ts';
import { taskMachine } from './task.machine.ts';

/** Template `task` of the supervisor `tasks`. */
export function taskTemplate(services: Services): (input: unknown, id: string) => ChildSpec {
  const logic = taskMachine(services);
  return (input, id) => worker(id, logic, { durable: true, restart: 'transient', input, version: 1 });
}
