// Runs one suite and counts it: parts of the check one by one, tests by vitest's own report, and what it left running as failures.
import { existsSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { runParts, STATIC_PARTS } from './check-parts.mjs';
import { runLoudly } from './commands.mjs';
import { endLeftovers } from './leftovers.mjs';

const NOTHING_RAN = { numPassedTests: 0, numFailedTests: 0, testResults: [] };
const LINES_SHOWN = 12;

/** @returns {Promise<{suite: string, passed: number, failed: number, failures: string[], seconds: number, note: string}>} */
export async function runSuite(suite, run, extraMinutes) {
  console.log(`\n== ${suite.name}`);
  const counted = suite.name === 'check' ? await runCheck() : await runTests(suite, run, extraMinutes);
  const left = await endLeftovers(run);
  for (const { pid, command } of left) console.log(`left running by ${suite.name}: ${pid} ${command}`);
  return {
    suite: suite.name,
    ...counted,
    failed: counted.failed + left.length,
    failures: [...counted.failures, ...left.map(({ command }) => `left running by ${suite.name}: ${command}`)],
    note: [counted.note, left.length > 0 ? `${left.length} left running` : ''].filter(Boolean).join(', '),
  };
}

async function runCheck() {
  const startedAt = performance.now();
  const results = await runParts(STATIC_PARTS);
  const passed = results.filter(({ ok }) => ok).length;
  const failures = results.filter(({ ok }) => !ok).map(({ name }) => `check: ${name}`);
  return { passed, failed: results.length - passed, failures, seconds: (performance.now() - startedAt) / 1000, note: '' };
}

async function runTests({ name, minutes, workers }, run, extraMinutes) {
  const report = join(run.scratch, `${name}.json`);
  const command = `exec node_modules/.bin/vitest run --project ${name} --maxWorkers=${workers} --reporter=default --reporter=json --outputFile.json=${report}`;
  const { ok, seconds, timedOut } = await runLoudly(command, { env: run.env, deadlineMs: (minutes + extraMinutes) * 60_000 });
  const { numPassedTests: passed, numFailedTests: failed, testResults } = existsSync(report) ? JSON.parse(readFileSync(report, 'utf8')) : NOTHING_RAN;
  // A file that does not load, or an error outside every test, fails the run without failing a test.
  const outside = !ok && failed === 0 ? 1 : 0;
  return {
    passed,
    failed: failed + outside,
    failures: testResults.flatMap(failuresOf),
    seconds,
    note: timedOut ? `cut off after ${minutes + extraMinutes} minutes` : outside ? 'failed outside its tests' : '',
  };
}

/** Each failed test of a file with the head of what it said; a file that did not load has only its own message. */
function failuresOf({ name, message, assertionResults }) {
  const failed = assertionResults.filter(({ status }) => status === 'failed');
  const file = relative(process.cwd(), name);
  if (failed.length === 0) return message === '' ? [] : [`${file}\n${head(message)}`];
  return failed.map(({ fullName, failureMessages }) => `${file}: ${fullName}\n${head(failureMessages.join('\n'))}`);
}

function head(message) {
  const lines = stripVTControlCharacters(message).split('\n').slice(0, LINES_SHOWN);
  return lines.map((line) => `    ${line}`).join('\n');
}
