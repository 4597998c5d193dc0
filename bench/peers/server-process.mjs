// A server that is measured beside us: started in a folder of its own on ports of its own, ended by its pid.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { NotMeasured } from '../not-measured.mjs';

const READY_MS = 30_000;

export async function freePort() {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  server.close();
  await once(server, 'close');
  return port;
}

/** Resolves once `ready()` does. `NotMeasured` when the program is not there, or does not get ready. */
export async function startServer(program, args, { env = {}, cwd, ready }) {
  const child = spawn(program, args, { cwd, env: { ...process.env, ...env }, stdio: ['ignore', 'ignore', 'pipe'] });
  let said = '';
  child.stderr.on('data', (text) => {
    said = (said + text).slice(-500);
  });
  const ended = new Promise((_, reject) => {
    child.once('error', (error) => reject(new NotMeasured(`${program} cannot be started: ${error.message}`)));
    child.once('exit', (code) => reject(new NotMeasured(`${program} ended with ${code}: ${said.trim()}`)));
  });
  ended.catch(() => {});
  const stop = async () => {
    if (child.exitCode !== null || child.pid === undefined) return;
    const gone = once(child, 'exit');
    child.kill('SIGTERM');
    await gone;
  };
  const until = performance.now() + READY_MS;
  const wait = async () => {
    for (;;) {
      if (await ready().catch(() => false)) return;
      if (performance.now() > until) throw new NotMeasured(`${program} was not ready after ${READY_MS / 1_000} s: ${said.trim()}`);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  };
  try {
    await Promise.race([wait(), ended]);
  } catch (error) {
    await stop();
    throw error;
  }
  return { stop };
}
