// A server under measurement, in a process of its own: tells its port, and on being asked the processor time that it has used.
import { freePort } from '../peers/server-process.mjs';

export const TOKEN = 'a-token-of-the-bench-0123456789abcdef0123456789abcdef';

/** `listen(port)` resolves once it serves. */
export async function serveMeasured(listen) {
  const port = await freePort();
  await listen(port);
  process.on('message', (asked) => {
    if (asked !== 'time') return;
    globalThis.gc?.();
    const { user, system } = process.cpuUsage();
    process.send({ time: user + system });
  });
  process.once('disconnect', () => process.exit(0));
  process.send({ port });
}
