// The actors of a run: small ones, each using another part of the kernel, and each keeping in its state what it has acted on, so that
// the state on disk at the end tells what was acted on, how often, and in which order.
import type { SupervisorBehaviour } from '../../../runtime/index.ts';
import { dynamicSupervisor, supervisor, worker } from '../../../supervisors/index.ts';
import type { Life } from '../life.ts';
import { alarm } from './alarm.ts';
import { boss, hand } from './crew.ts';
import { desk } from './desk.ts';
import { doer } from './doer.ts';
import { ledger, mirror, ward } from './ledger.ts';
import { counter, relay } from './relay.ts';
import type { Stage } from './said.ts';

export type { Alarms } from './alarm.ts';
export type { Done } from './doer.ts';
export type { Relayed } from './relay.ts';
export type { Logged, Said } from './said.ts';

export const WARDS = ['ward/one', 'ward/two', 'ward/three'] as const;

/** By the number of the life that they are lent to: building statecharts costs more than a short run. */
const LENT = new Map<number, { readonly stage: Stage; readonly root: SupervisorBehaviour }>();

export function castOf(life: Life): SupervisorBehaviour {
  const lent = LENT.get(life.number);
  if (lent !== undefined) {
    lent.stage.life = life;
    return lent.root;
  }
  const stage = { life };
  const root = build(stage);
  LENT.set(life.number, { stage, root });
  return root;
}

function build(stage: Stage): SupervisorBehaviour {
  const durable = { durable: true, passivate: true };
  return supervisor({
    intensity: 6,
    periodMs: 1_000,
    children: [
      worker('mirror', mirror(stage)),
      worker('ledger', ledger, { ...durable, postpone: ['NOTE'] }),
      worker('relay', relay, durable),
      worker('counter', counter, durable),
      worker('alarm', alarm(stage), { ...durable, postpone: ['WAIT'] }),
      worker('doer-a', doer(stage), { ...durable, postpone: ['DO'], ignore: ['ABANDON'] }),
      worker('doer-b', doer(stage), { ...durable, postpone: ['DO'], ignore: ['ABANDON'] }),
      worker('desk', desk, durable),
      worker('boss', boss, durable),
      dynamicSupervisor('crew', {
        durable: true,
        intensity: 6,
        periodMs: 1_000,
        templates: { hand: (input, id) => worker(id, hand, { durable: true, restart: 'transient', input }) },
      }),
      supervisor('ward', { strategy: 'one_for_all', intensity: 2, periodMs: 500, children: WARDS.map((address) => worker(address.slice(5), ward, durable)) }),
    ],
  });
}
