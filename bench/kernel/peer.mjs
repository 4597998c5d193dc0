// The peer of the kernel rows: XState alone, without a mailbox, a supervisor or a disk.
import { createActor } from 'xstate';
import { coreRate } from '../sampling.mjs';
import { TICK } from './counter.mjs';

/** A sampler of `actor.send`, in events per second. */
export function bareSend(logic, count) {
  const actor = createActor(logic).start();
  return () =>
    coreRate(count, () => {
      for (let sent = 0; sent < count; sent += 1) actor.send(TICK);
    });
}
