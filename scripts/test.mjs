// npm test [-- --install] [suite…]: every suite in turn, then a table, what failed, and the line `N passed, N failed`. Without --install it names what
// the machine lacks, runs the rest and says what it skipped. Exit 1 if anything failed, was left running, or was to be installed and is still missing.
import { runQuietly } from './commands.mjs';
import { openRun } from './leftovers.mjs';
import { describePart, install, missingParts } from './machine.mjs';
import { runSuite } from './run-suite.mjs';
import { presentSuites } from './suites.mjs';

const args = process.argv.slice(2);
const suites = chosenSuites(args.filter((arg) => arg !== '--install'));
const names = suites.map(({ name }) => name);
if (args.includes('--install')) install(await missingParts(names));
const missing = await missingParts(names);
for (const part of missing) console.log(describePart(part));

const rows = suites.some(({ built }) => built) ? await build() : [];
const run = openRun();
for (const suite of suites) {
  const lacks = missing.filter((part) => part.suites.includes(suite.name)).map((part) => part.name);
  rows.push(lacks.length > 0 ? skipped(suite, lacks) : await runSuite(suite, run, Number(process.env.TROUPE_TEST_MINUTES ?? 0)));
}
run.close();
finish();

function chosenSuites(wanted) {
  const present = presentSuites();
  const unknown = wanted.find((name) => !present.some((suite) => suite.name === name));
  if (unknown === undefined) return wanted.length === 0 ? present : present.filter(({ name }) => wanted.includes(name));
  console.error(`no suite '${unknown}'; there are: ${present.map(({ name }) => name).join(', ')}`);
  return process.exit(2);
}

/** End-to-end tests run the built program: a build that fails is a failure, and they run what was built before. */
async function build() {
  const { ok, output, seconds } = await runQuietly('npm run --silent build');
  if (!ok) console.log(output);
  return ok ? [] : [{ suite: 'build', passed: 0, failed: 1, seconds, note: 'does not compile' }];
}

function skipped({ name }, lacks) {
  const isFailure = args.includes('--install');
  return { suite: name, passed: 0, failed: isFailure ? 1 : 0, seconds: 0, note: `skipped: no ${lacks.join(', ')}` };
}

function finish() {
  const total = (count) => rows.reduce((sum, row) => sum + row[count], 0);
  const line = (suite, passed, failed, seconds, note) =>
    console.log(`${suite.padEnd(14)}${String(passed).padStart(8)}${String(failed).padStart(8)}${seconds.padStart(10)}  ${note}`.trimEnd());
  console.log('');
  line('suite', 'passed', 'failed', 'seconds', '');
  for (const { suite, passed, failed, seconds, note } of rows) line(suite, passed, failed, seconds.toFixed(1), note);
  const skips = rows.filter(({ note }) => note.startsWith('skipped')).length;
  if (skips > 0) console.log(`${skips} of ${suites.length} suites skipped`);
  for (const failure of rows.flatMap(({ failures = [] }) => failures)) console.log(`failed: ${failure}`);
  // Left at once: Node 20 may wait for ever for its own threads at the end of what it has to do (nodejs/node#54918).
  process.stdout.write(`${total('passed')} passed, ${total('failed')} failed\n`, () => process.exit(total('failed') === 0 ? 0 : 1));
}
