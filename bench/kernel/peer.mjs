// The peer of the kernel rows: XState alone, without a mailbox, a supervisor or a disk.
import { createActor } from 'xstate';
import { coreRate } from '../sampling.mjs';
import { TICK } from './counter.mjs';

/** A sampler of `actor.send`, in events per second of `held`: the measure of the row that it stands beside. */
export function bareSend(logic, count, held = coreRate) {
  const actor = createActor(logic).start();
  return () =>
    held(count, (sends) => {
      for (let sent = 0; sent < sends; sent += 1) actor.send(TICK);
    });
}
