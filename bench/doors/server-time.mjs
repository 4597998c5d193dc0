// A server of these rows as a child process. What a sample costs is the processor time of that process alone: the clients, which are the
// same on both sides, are not counted, nor is other work on the machine.
import { fork } from 'node:child_process';
import { once } from 'node:events';

export async function startMeasured(program, words = []) {
  const child = fork(new URL(program, import.meta.url), words, { execArgv: ['--expose-gc'], stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
  const gone = once(child, 'exit');
  const [told] = await Promise.race([once(child, 'message'), gone.then(() => Promise.reject(new Error(`${program} did not start`)))]);
  const asked = async (word) => {
    child.send(word);
    const [said] = await once(child, 'message');
    return said;
  };
  const collected = () => asked('collect');
  return {
    ...told,
    order: (name) => child.send(name),
    /** In bytes, after a collection of garbage. */
    memory: async () => (await collected()).memory,
    /**
     * Things done per second of the server's processor time by `run`, which does `count` of them. As many come first that are not counted:
     * with the garbage a forced collection takes what V8 had compiled for shapes that nothing had just then, which a server does not lose
     * at every few thousand calls.
     */
    async rate(count, run) {
      await collected();
      await run(count);
      const from = (await asked('time')).used;
      await run(count);
      return (count * 1_000_000) / ((await asked('time')).used - from);
    },
    async stop() {
      child.disconnect();
      await gone;
    },
  };
}
