// The behaviour of guests: template of the dynamic supervisor `agents`, so that mail, broadcasts and lists reach them as they reach agents.
import type { ChildSpec } from '../../runtime/index.ts';
import { worker } from '../../supervisors/index.ts';
import { AGENTS_GROUP } from '../agent/agent.ts';
import type { Services } from '../fleet/services.ts';
import { guestMachine } from './guest.machine.ts';

/** Template `guest` of the supervisor `agents`. Its input is a GuestInput. */
export function guestTemplate(services: Services): (input: unknown, id: string) => ChildSpec {
  const logic = guestMachine(services);
  return (input, id) => worker(id, logic, { durable: true, restart: 'transient', passivate: false, input, version: 1, groups: [AGENTS_GROUP] });
}
