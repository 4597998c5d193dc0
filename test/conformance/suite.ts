// Runs the official suite @modelcontextprotocol/conformance against a server and reads what it found. A scenario has passed when none of
// its checks failed and at least one of its own succeeded: the suite itself takes one that could not be run for a pass.
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse } from 'yaml';

export const REVISIONS = ['2025-11-25', '2026-07-28'] as const;
type Revision = (typeof REVISIONS)[number];

type Kind = 'required' | 'tasks' | 'unscored' | 'authorization';

export interface Scenario {
  readonly name: string;
  readonly revision: Revision;
  readonly kind: Kind;
  readonly passed: boolean;
  /** What went wrong, one line a check. */
  readonly problems: readonly string[];
}

export interface Check {
  readonly id: string;
  readonly name: string;
  readonly status: 'SUCCESS' | 'FAILURE' | 'WARNING' | 'SKIPPED' | 'INFO';
  readonly description: string;
  readonly errorMessage?: string;
}

interface Requirements {
  readonly server: readonly string[];
  readonly not_scored: ReadonlyArray<{ readonly scenario: string; readonly leg: string }>;
}

const PACKAGE = 'node_modules/@modelcontextprotocol/conformance';
/** Of the suite itself: the messages that were seen have the shape of the schema. It holds also where nothing was seen. */
const OF_EVERY_SCENARIO = /^wire-/;
/** The suite leaves it out: its own way to watch does not see what the specification asks for. */
const NEVER_RUN = 'tasks-status-notifications';
const LONGEST_MS = 120_000;

/** Every scenario that a revision asks of a server, `root` being the folder with the suite in its node_modules. */
export async function runServerSuite(root: string, url: string, revision: Revision): Promise<readonly Scenario[]> {
  const requirements = parse(readFileSync(join(root, PACKAGE, 'requirements', `${revision}.yaml`), 'utf8')) as Requirements;
  const unscored = requirements.not_scored.filter(({ leg, scenario }) => leg === 'server' && scenario !== NEVER_RUN).map(({ scenario }) => scenario);
  const into = mkdtempSync(join(tmpdir(), 'troupe-conformance-results-'));
  try {
    const output = await runSuite(root, ['server', '--url', url, '--requirements', revision, '-o', into]);
    const results = readdirSync(into);
    return [...requirements.server, ...unscored].map((name) => {
      const file = join(into, results.find((result) => new RegExp(`^server-${name}-\\d{4}-`).test(result)) ?? name, 'checks.json');
      const checks = existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as Check[]) : undefined;
      const kind = requirements.server.includes(name) ? 'required' : name.startsWith('tasks-') ? 'tasks' : 'unscored';
      return { name, revision, kind, ...verdict(checks, output) };
    });
  } finally {
    rmSync(into, { recursive: true, force: true });
  }
}

function verdict(checks: readonly Check[] | undefined, output: string): Pick<Scenario, 'passed' | 'problems'> {
  if (checks === undefined) return { passed: false, problems: [`was not run: ${output.slice(-2_000)}`] };
  const failed = checks.filter(({ status }) => status === 'FAILURE');
  const succeeded = checks.some(({ status, id }) => status === 'SUCCESS' && !OF_EVERY_SCENARIO.test(id));
  const problems = failed.map(({ name, description, errorMessage }) => `${name}: ${errorMessage ?? description}`);
  return { passed: failed.length === 0 && succeeded, problems: succeeded ? problems : [...problems, 'none of its own checks succeeded'] };
}

/** What it printed. It exits 1 when a scenario failed, which its results say too. `onOutput` sees all that it has printed so far. */
export function runSuite(root: string, args: readonly string[], onOutput: (output: string) => void = () => undefined): Promise<string> {
  const preload = join(root, 'test/conformance/glob-sync.mjs');
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, ['--import', preload, join(root, PACKAGE, 'dist/index.js'), ...args], {
      cwd: root,
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: LONGEST_MS,
    });
    let output = '';
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (chunk) => {
        output += chunk;
        onOutput(output);
      });
    child.once('error', reject);
    child.once('close', () => resolve(output));
  });
}
