// The behaviour of notices to the webhook: the template of the dynamic supervisor `webhooks`.
import type { ChildSpec } from '../../runtime/index.ts';
import { worker } from '../../supervisors/index.ts';
import type { Services } from '../fleet/services.ts';
import { webhookMachine } from './webhook.machine.ts';

/** Template `notice` of the supervisor `webhooks`, with a Notice. */
export function noticeTemplate(services: Services): (input: unknown, id: string) => ChildSpec {
  const logic = webhookMachine(services);
  return (input, id) => worker(id, logic, { durable: true, restart: 'transient', input, version: 1 });
}
