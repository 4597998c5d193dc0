// An Erlang VM with restart.erl and its counters, for as long as a measurement takes.
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { NotMeasured } from '../not-measured.mjs';

const SOURCES = ['restart.erl', 'counter.erl'].map((name) => fileURLToPath(new URL(name, import.meta.url)));

/** `times(count)` are the microseconds of as many restarts. `dir` takes the compiled module. */
export async function erlangRestarts(dir, { supervisors, intensity, periodMs }) {
  const compiled = spawnSync('erlc', ['-o', dir, ...SOURCES], { encoding: 'utf8' });
  if (compiled.error !== undefined) throw new NotMeasured('erlang is not installed (Debian: apt-get install erlang-base)');
  if (compiled.status !== 0) throw new Error(`erlc: ${compiled.stdout}${compiled.stderr}`);
  const words = [supervisors, intensity, periodMs / 1_000].map(String);
  const vm = spawn('erl', ['-noshell', '-pa', dir, '-s', 'restart', 'main', ...words], { env: { ...process.env, HOME: dir }, stdio: ['pipe', 'pipe', 'inherit'] });
  const lines = createInterface({ input: vm.stdout })[Symbol.asyncIterator]();
  return {
    async times(count) {
      vm.stdin.write(`${count}\n`);
      const { value, done } = await lines.next();
      if (done) throw new Error('the Erlang VM has ended');
      return value.split(' ').map((nanoseconds) => Number(nanoseconds) / 1_000);
    },
    async stop() {
      vm.stdin.end();
      if (vm.exitCode === null) await once(vm, 'exit');
    },
  };
}
