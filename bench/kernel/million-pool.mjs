// The dynamic supervisor of the rows that measure many addressable actors.
import { dynamicSupervisor, worker } from '../../dist/supervisors/index.js';
import { askedMachine } from './counter.mjs';

export function poolOf() {
  const logic = askedMachine();
  return dynamicSupervisor('pool', { durable: true, templates: { counter: (_input, id) => worker(id, logic, { durable: true, restart: 'transient' }) } });
}
