// Volatile ask round trips, one after the other: message in, reply out, each with its deadline.
import { createSystem } from '../../dist/runtime/index.js';
import { supervisor, worker } from '../../dist/supervisors/index.js';
import { coreRate, interleave } from '../sampling.mjs';
import { askedMachine, counterMachine } from './counter.mjs';
import { bareSend } from './peer.mjs';

const ASKS = 20_000;
const SENDS = 50_000;
const ASK = { type: 'ASK' };
const DEADLINE = { timeoutMs: 5_000 };

export async function askMachine() {
  const system = await createSystem({ name: 'bench', root: supervisor({ children: [worker('counter', askedMachine())] }) });
  await system.start();
  const ref = system.ref('counter');
  const asks = async (count) => {
    for (let asked = 0; asked < count; asked += 1) await ref.ask(ASK, DEADLINE);
  };
  const samples = await interleave({ ours: () => coreRate(ASKS, asks), peer: bareSend(counterMachine(), SENDS) });
  await system.stop();
  return samples;
}
