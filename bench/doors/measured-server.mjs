// A server under measurement, in a process of its own: tells its port, and on being asked the processor time that it has used.
import { freePort } from '../peers/server-process.mjs';

export const TOKEN = 'a-token-of-the-bench-0123456789abcdef0123456789abcdef';

function processorTime() {
  const { user, system } = process.cpuUsage();
  return user + system;
}

/** `listen(port)` resolves once it serves; what it resolves with is told besides the port. `orders` are by the name of what is asked. */
export async function serveMeasured(listen, orders = {}) {
  const port = await freePort();
  const said = await listen(port);
  process.on('message', (asked) => {
    if (asked === 'time') process.send({ used: processorTime() });
    else if (asked === 'collect') {
      globalThis.gc?.();
      process.send({ memory: process.memoryUsage().rss });
    } else orders[asked]?.();
  });
  process.once('disconnect', async () => {
    await orders.end?.();
    process.exit(0);
  });
  process.send({ port, ...said });
}
