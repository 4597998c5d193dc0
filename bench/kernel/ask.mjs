// Volatile ask round trips, one after the other: message in, reply out, each with its deadline.
import { createSystem } from '../../dist/runtime/index.js';
import { supervisor, worker } from '../../dist/supervisors/index.js';
import { sized } from '../extent.mjs';
import { peerModule } from '../peers/modules.mjs';
import { coreRate, interleave } from '../sampling.mjs';
import { askedMachine, askedTransition, counterMachine } from './counter.mjs';
import { bareSend } from './peer.mjs';

const ASKS = { machine: sized(20_000, 100), transition: sized(50_000, 100) };
const SENDS = sized(50_000, 1_000);
const ASK = { type: 'ASK' };
const TIMEOUT_MS = 5_000;
const DEADLINE = { timeoutMs: TIMEOUT_MS };

/** The actor's count is the number of asks before this one: every answer is looked at. */
async function askInTurn(ask, count) {
  const first = await ask();
  for (let asked = 1; asked < count; asked += 1) {
    if ((await ask()) !== first + asked) throw new Error('an answer is not the one of its ask');
  }
}

async function withAsked(logic, use) {
  const system = await createSystem({ name: 'bench', root: supervisor({ children: [worker('counter', logic)] }) });
  await system.start();
  const ref = system.ref('counter');
  const samples = await use((count) => askInTurn(() => ref.ask(ASK, DEADLINE), count));
  await system.stop();
  return samples;
}

export const askMachine = () => withAsked(askedMachine(), (asks) => interleave({ ours: () => coreRate(ASKS.machine, asks), peer: bareSend(counterMachine(), SENDS) }));

export async function askTransition() {
  const { dispatch, query, spawn, start, stop } = await peerModule('nact');
  const system = start();
  const counter = spawn(system, (state = 0, { asker }, context) => {
    dispatch(asker, state + 1, context.self);
    return state + 1;
  });
  const queries = (count) => askInTurn(() => query(counter, (asker) => ({ asker }), TIMEOUT_MS), count);
  const samples = await withAsked(askedTransition(), (asks) => interleave({ ours: () => coreRate(ASKS.transition, asks), peer: () => coreRate(ASKS.transition, queries) }));
  stop(system);
  return samples;
}
