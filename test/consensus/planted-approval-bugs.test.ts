// The tests that say what no path of an approval does, run against copies of the sources in which each of it is done: one run of all copies.
import { execFile } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { PLANTED_APPROVAL_BUGS, type PlantedApprovalBug } from './planted-approval-bugs.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const SOURCES = ['runtime', 'supervisors', 'transports', 'actors', 'policy', 'test/support', 'test/actors/approval', 'package.json'];
const TESTS = 'test/actors';

interface Result {
  readonly name: string;
  readonly status: string;
  readonly message: string;
  readonly assertionResults: ReadonlyArray<{ readonly status: string }>;
}

let folder: string;
let results: readonly Result[];

function copy(name: string, bug?: PlantedApprovalBug): void {
  const into = join(folder, name);
  mkdirSync(into);
  for (const source of SOURCES) cpSync(join(ROOT, source), join(into, source), { recursive: true });
  if (bug === undefined) return;
  const text = readFileSync(join(into, bug.file), 'utf8');
  expect(text.split(bug.replace), `${bug.file} holds this once: ${bug.replace}`).toHaveLength(2);
  writeFileSync(
    join(into, bug.file),
    text.replace(bug.replace, () => bug.with),
  );
}

const copyOf = (bug: PlantedApprovalBug): string => `bug-${PLANTED_APPROVAL_BUGS.indexOf(bug)}`;

function runAll(files: readonly string[]): Promise<readonly Result[]> {
  const config = { root: folder, test: { include: files, setupFiles: [join(folder, 'right/test/support/fixed-seed.ts')], pool: 'forks', maxWorkers: 2, testTimeout: 60_000 } };
  writeFileSync(join(folder, 'vitest.config.mjs'), `export default ${JSON.stringify(config)};\n`);
  const report = join(folder, 'report.json');
  const words = [join(ROOT, 'node_modules/vitest/vitest.mjs'), 'run', '--config', join(folder, 'vitest.config.mjs'), '--reporter', 'json', '--outputFile', report];
  return new Promise((resolve) => {
    execFile(process.execPath, words, { cwd: folder, env: { ...process.env, VITEST: undefined } }, () =>
      resolve((JSON.parse(readFileSync(report, 'utf8')) as { testResults: Result[] }).testResults),
    );
  });
}

beforeAll(async () => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), 'troupe-approvals-')));
  symlinkSync(join(ROOT, 'node_modules'), join(folder, 'node_modules'));
  copy('right');
  for (const bug of PLANTED_APPROVAL_BUGS) copy(copyOf(bug), bug);
  const finders = [...new Set(PLANTED_APPROVAL_BUGS.map(({ foundBy }) => foundBy))];
  results = await runAll([...finders.map((file) => `right/${TESTS}/${file}`), ...PLANTED_APPROVAL_BUGS.map((bug) => `${copyOf(bug)}/${TESTS}/${bug.foundBy}`)]);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const under = (name: string): readonly Result[] => results.filter((result) => result.name.startsWith(join(folder, name, '/')));

it.each(PLANTED_APPROVAL_BUGS)('an approval is found out that $name', (bug) => {
  const [result] = under(copyOf(bug));
  // It was run, and it is its claims that do not hold.
  expect(result?.assertionResults.length, result?.message).toBeGreaterThan(0);
  expect(result?.assertionResults.some(({ status }) => status === 'failed')).toBe(true);
});

it('nothing is found where nothing is wrong', () => {
  expect(under('right').map(({ status, message }) => [status, message])).toEqual(new Array(under('right').length).fill(['passed', '']));
  expect(under('right').length).toBeGreaterThan(2);
});
