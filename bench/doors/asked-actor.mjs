// The volatile actor behind every call of these rows, the same on both sides: it counts what it is asked.
import { createSystem } from '../../dist/runtime/index.js';
import { supervisor, worker } from '../../dist/supervisors/index.js';
import { askedTransition } from '../kernel/counter.mjs';

const TIMEOUT_MS = 15_000;
/** One that takes a message from outside. */
const ADDRESS = 'router';

export const system = await createSystem({ name: 'bench', root: supervisor({ children: [worker(ADDRESS, askedTransition())] }) });
await system.start();
const ref = system.ref(ADDRESS);

export const ask = () => ref.ask({ type: 'GET' }, { timeoutMs: TIMEOUT_MS });
