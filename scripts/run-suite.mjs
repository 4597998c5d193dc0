// Runs one suite and counts it: parts of the check one by one, tests by vitest's own report, and what it left running as failures.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { runParts, STATIC_PARTS } from './check-parts.mjs';
import { runLoudly } from './commands.mjs';
import { endLeftovers } from './leftovers.mjs';

/** @returns {Promise<{suite: string, passed: number, failed: number, seconds: number, note: string}>} */
export async function runSuite(suite, run, extraMinutes) {
  console.log(`\n== ${suite.name}`);
  const counted = suite.name === 'check' ? await runCheck() : await runTests(suite, run, extraMinutes);
  const left = await endLeftovers(run);
  for (const { pid, command } of left) console.log(`left running by ${suite.name}: ${pid} ${command}`);
  return {
    suite: suite.name,
    ...counted,
    failed: counted.failed + left.length,
    note: [counted.note, left.length > 0 ? `${left.length} left running` : ''].filter(Boolean).join(', '),
  };
}

async function runCheck() {
  const startedAt = performance.now();
  const results = await runParts(STATIC_PARTS);
  const passed = results.filter(({ ok }) => ok).length;
  return { passed, failed: results.length - passed, seconds: (performance.now() - startedAt) / 1000, note: '' };
}

async function runTests({ name, minutes, workers }, run, extraMinutes) {
  const report = join(run.scratch, `${name}.json`);
  const command = `exec node_modules/.bin/vitest run --project ${name} --maxWorkers=${workers} --reporter=default --reporter=json --outputFile.json=${report}`;
  const { ok, seconds, timedOut } = await runLoudly(command, { env: run.env, deadlineMs: (minutes + extraMinutes) * 60_000 });
  const { numPassedTests: passed, numFailedTests: failed } = existsSync(report) ? JSON.parse(readFileSync(report, 'utf8')) : { numPassedTests: 0, numFailedTests: 0 };
  // A file that does not load, or an error outside every test, fails the run without failing a test.
  const outside = !ok && failed === 0 ? 1 : 0;
  return { passed, failed: failed + outside, seconds, note: timedOut ? `cut off after ${minutes + extraMinutes} minutes` : outside ? 'failed outside its tests' : '' };
}
