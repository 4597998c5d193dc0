// A server of these rows as a child process. What a sample costs is the processor time of that process alone: the clients, which are the
// same on both sides, are not counted, nor is other work on the machine.
import { fork } from 'node:child_process';
import { once } from 'node:events';

export async function startMeasured(program, words = []) {
  const child = fork(new URL(program, import.meta.url), words, { execArgv: ['--expose-gc'], stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
  const gone = once(child, 'exit');
  const [told] = await Promise.race([once(child, 'message'), gone.then(() => Promise.reject(new Error(`${program} did not start`)))]);
  const seen = async () => {
    child.send('time');
    const [said] = await once(child, 'message');
    return said;
  };
  return {
    ...told,
    order: (name) => child.send(name),
    /** In bytes, after a collection of garbage. */
    memory: async () => (await seen()).memory,
    /** Things done per second of the server's processor time by `run`, which does `count` of them. */
    async rate(count, run) {
      const { from } = await seen();
      await run(count);
      return (count * 1_000_000) / ((await seen()).until - from);
    },
    async stop() {
      child.disconnect();
      await gone;
    },
  };
}
