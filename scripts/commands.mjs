// Runs commands: quietly with their output kept, or loudly with a deadline for the whole process group.
import { spawn } from 'node:child_process';

/** @returns {Promise<{ok: boolean, seconds: number, output: string}>} both streams together, in the order they came */
export function runQuietly(command) {
  return run(command, { stdio: ['ignore', 'pipe', 'pipe'] });
}

/** Output goes straight through. Past the deadline the command's whole process group is killed and the outcome says so. */
export function runLoudly(command, { env, deadlineMs }) {
  return run(command, { stdio: ['ignore', 'inherit', 'inherit'], env, deadlineMs });
}

function run(command, { stdio, env = process.env, deadlineMs }) {
  const startedAt = performance.now();
  const outcome = { ok: false, seconds: 0, output: '', timedOut: false };
  return new Promise((resolve) => {
    const child = spawn('/bin/bash', ['-c', command], { env, stdio, detached: deadlineMs !== undefined });
    const endings = deadlineMs === undefined ? [] : watch(child, deadlineMs, outcome);
    for (const stream of [child.stdout, child.stderr])
      stream?.on('data', (chunk) => {
        outcome.output += chunk;
      });
    child.on('close', (code) => {
      for (const end of endings) end();
      resolve({ ...outcome, ok: code === 0, seconds: (performance.now() - startedAt) / 1000 });
    });
  });
}

/** A group of its own does not get the terminal's Ctrl-C: pass it on. Returns what undoes the watching. */
function watch(child, deadlineMs, outcome) {
  const signalGroup = (signal) => process.kill(-child.pid, signal);
  const timer = setTimeout(() => {
    outcome.timedOut = true;
    signalGroup('SIGKILL');
  }, deadlineMs);
  const pass = (signal) => signalGroup(signal);
  process.on('SIGINT', pass).on('SIGTERM', pass);
  return [() => clearTimeout(timer), () => process.off('SIGINT', pass).off('SIGTERM', pass)];
}

/** Runs `jobs` in their order, at most `width` at once; `onDone` sees each result as it comes. */
export async function runSideBySide(jobs, width, onDone) {
  const waiting = [...jobs];
  const results = [];
  const worker = async () => {
    for (let job = waiting.shift(); job !== undefined; job = waiting.shift()) {
      const result = { name: job.name, ...(await runQuietly(job.command)) };
      results.push(result);
      onDone(result);
    }
  };
  await Promise.all(Array.from({ length: width }, worker));
  return results;
}
