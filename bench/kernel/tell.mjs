// Volatile tells to one actor, in bursts of 1,000 that are handled before the next begins.
import { createSystem } from '../../dist/runtime/index.js';
import { supervisor, worker } from '../../dist/supervisors/index.js';
import { sized } from '../extent.mjs';
import { coreRate, interleave } from '../sampling.mjs';
import { counterMachine, counterTransition, flushableMachine, TICK } from './counter.mjs';
import { bareSend } from './peer.mjs';

const BURST = 1_000;
const MESSAGES = { machine: sized(50_000, 1_000), transition: sized(300_000, 1_000) };

async function tells(ref, count, handled) {
  for (let sent = 0; sent < count; sent += BURST) {
    for (let one = 0; one < BURST; one += 1) void ref.tell(TICK);
    await handled(ref);
  }
}

async function measureTells(kind, logic, peer, handled) {
  const system = await createSystem({ name: 'bench', root: supervisor({ children: [worker('counter', logic)] }) });
  await system.start();
  const ref = system.ref('counter');
  const count = MESSAGES[kind];
  const samples = await interleave({ ours: () => coreRate(count, (sends) => tells(ref, sends, handled)), peer: bareSend(peer, count) });
  await system.stop();
  return samples;
}

export async function tellMachine() {
  let flushed = () => {};
  const handled = (ref) =>
    new Promise((resolve) => {
      flushed = resolve;
      void ref.tell({ type: 'FLUSH' });
    });
  return measureTells(
    'machine',
    flushableMachine(() => flushed()),
    counterMachine(),
    handled,
  );
}

/** Transition logic has no actions: its mail is handled once the event loop has come round. */
export async function tellTransition() {
  return measureTells('transition', counterTransition(), counterTransition(), () => new Promise(setImmediate));
}
