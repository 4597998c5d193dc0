// A program whose actor blocks the event loop: for a second, for ever, or for ever in Node's own code. Started by test/integration/blocked-loop.test.ts.
import { assign, setup } from 'xstate';

const [dist, file, how, endAfterMs] = process.argv.slice(2);
const { createSystem, supervisor, systemClock, worker } = await import(`${dist}/gateway/embed.js`);
const { watchLoop } = await import(`${dist}/runtime/index.js`);

function spin(ms) {
  for (const until = performance.now() + ms; performance.now() < until; );
}
const block = assign(() => {
  if (how === 'in node') while (performance) {} // Each look at it calls a function of Node.
  spin(how === 'briefly' ? 1_000 : Number.POSITIVE_INFINITY);
  return {};
});
const logic = setup({ actions: { block } }).createMachine({ on: { BLOCK: { actions: 'block' } } });
const system = await createSystem({ name: 'blocking', root: supervisor({ children: [worker('culprit', logic, { durable: true }), worker('other', logic)] }) });
await system.start();
const end = watchLoop({
  clock: systemClock,
  runningStep: () => system.runningStep,
  onBlocked: (report) => system.reportBlocked(report),
  file,
  limits: endAfterMs === undefined ? {} : { endAfterMs: Number(endAfterMs) },
});
// The thread begins beside it.
await new Promise((resolve) => setTimeout(resolve, 500));
await system.ref('culprit').tell({ type: 'BLOCK' });
await new Promise((resolve) => setTimeout(resolve, 500));
console.log(JSON.stringify({ alerts: system.alerts(), blocked: system.blocked }));
await end();
await system.stop();
