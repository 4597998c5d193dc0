// Runs tests over sources in which something is wrong on purpose: told by its parent, one fault after the other, in one Vitest that
// stays warm. The sources themselves are not touched: what is wrong is wrong as they are loaded.
import { readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { createVitest } from 'vitest/node';

const ROOT = process.cwd();

/** What is planted now, by file. */
let planted = new Map();

const planting = {
  name: 'planted-fault',
  enforce: 'pre',
  transform(code, id) {
    const fault = planted.get(id.split('?')[0]);
    return fault === undefined ? undefined : { code: fault(code), map: null };
  },
};

const vitest = await createVitest(
  'test',
  { root: ROOT, config: false, watch: false, reporters: [{}], coverage: { enabled: false } },
  {
    plugins: [planting],
    resolve: { alias: { troupe: join(ROOT, 'gateway/embed.ts') } },
    test: { include: ['test/**/*.test.ts'], setupFiles: ['test/support/fixed-seed.ts'], pool: 'forks', isolate: false, maxWorkers: 1, testTimeout: 60_000, hookTimeout: 60_000 },
  },
);
await vitest.standalone();

process.on('message', (fault) => {
  run(fault).then(
    (outcome) => process.send(outcome),
    (error) => process.send({ problems: [String(error)], tests: [] }),
  );
});
process.on('disconnect', () => vitest.close());
process.send({ ready: true });

/** @param {{replacements: ReadonlyArray<{file: string, replace: string, with: string}>, checks: ReadonlyArray<{file: string, title: string}>}} fault */
async function run({ replacements, checks }) {
  plant(replacements);
  vitest.setGlobalTestNamePattern(new RegExp(checks.map(({ title }) => `^${escaped(title)}$`).join('|')));
  const files = [...new Set(checks.map(({ file }) => file))];
  const specifications = (await Promise.all(files.map((file) => vitest.globTestSpecifications([file])))).flat();
  const { testModules, unhandledErrors } = await vitest.runTestSpecifications(specifications);
  // What ran before is among them.
  const ran = testModules.filter(({ moduleId }) => files.includes(relative(ROOT, moduleId)));
  const tests = ran.flatMap((module) => [...module.children.allTests()]).filter((test) => test.result().state !== 'skipped');
  const problems = [...ran.flatMap((module) => [...module.errors()]), ...unhandledErrors].map(({ message }) => message);
  return { problems, tests: tests.map((test) => ({ title: test.fullName.replaceAll(' > ', ' '), state: test.result().state })) };
}

/** Throws when a text is not there exactly once: the source has changed, and the fault is to be planted anew. */
function plant(replacements) {
  const touched = new Set([...planted.keys(), ...replacements.map(({ file }) => join(ROOT, file))]);
  planted = new Map([...touched].map((path) => [path, (code) => replacements.filter(({ file }) => join(ROOT, file) === path).reduce(replaceOnce, code)]));
  for (const path of touched) planted.get(path)(readFileSync(path, 'utf8'));
  for (const path of touched) vitest.invalidateFile(path);
}

function replaceOnce(text, { file, replace, with: by }) {
  const [before, after, ...more] = text.split(replace);
  if (after === undefined || more.length > 0) throw new Error(`${file} holds this ${after === undefined ? 0 : more.length + 1} times, not once: ${replace}`);
  return before + by + after;
}

function escaped(text) {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}
