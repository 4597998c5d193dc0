// The behaviour of the router, a child of the root.
import type { ChildSpec } from '../../runtime/index.ts';
import { worker } from '../../supervisors/index.ts';
import { routerMachine } from './router.machine.ts';

export const ROUTER = 'router';

export function routerWorker(): ChildSpec {
  return worker(ROUTER, routerMachine, { durable: true, restart: 'permanent', version: 1 });
}
