import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { PlanReport } from '../../actors/work/types.ts';
import type { Proof } from '../../gateway/demo/evidence.ts';
import { startProgram } from '../support/child-program.ts';
import { git, makeRepository } from '../support/git-repository.ts';
import { ROOT } from '../support/node-process.ts';
import { openScreen } from '../support/tmux-screen.ts';

const DEMO = join(ROOT, 'dist/gateway/demo/main.js');
const DEMO_MS = 180_000;

interface DemoDocument {
  readonly report: PlanReport;
  readonly proofs: readonly Proof[];
  readonly document: string;
  readonly stopped: { readonly sessions: number };
}

/** A private folder for temporary files: what is still in it afterwards was left behind. */
function scratch(): { readonly folder: string; readonly temporary: string; readonly env: Readonly<Record<string, string | undefined>> } {
  const folder = mkdtempSync(join(tmpdir(), 'troupe-e2e-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const temporary = mkdtempSync(join(folder, 't-'));
  return { folder, temporary, env: { ...process.env, TMPDIR: temporary, HOME: folder, XDG_STATE_HOME: undefined } };
}

async function runDemo(args: readonly string[], env: Readonly<Record<string, string | undefined>>) {
  return startProgram(process.execPath, [DEMO, ...args], { cwd: ROOT, env }).ended(DEMO_MS);
}

describe('the demo', () => {
  it('runs the main job on a clone of this project, loses a session and an actor, and proves that nothing was lost or run twice', async () => {
    const { temporary, env } = scratch();
    const ended = await runDemo(['--json'], env);
    expect(ended.code, ended.stderr).toBe(0);
    const { report, proofs, document, stopped } = ended.json<DemoDocument>();
    expect(proofs.filter(({ holds }) => !holds)).toEqual([]);
    expect(proofs.map(({ claim }) => claim)).toEqual([
      'nothing was lost',
      'nothing was run twice',
      'a killed session was replaced',
      'a killed actor went on',
      'what the fleet voted for was deployed, and taken back when it did not hold',
      'the report is true',
    ]);
    expect(report.status).toBe('succeeded');
    const steps = report.tasks.flatMap((task) => task.steps);
    expect([...new Set(steps.map(({ type }) => type))].sort()).toEqual(['api', 'bash', 'deploy', 'file', 'message', 'query']);
    expect(new Set(report.tasks.map(({ agent }) => agent)).size).toBeGreaterThanOrEqual(6);
    expect(report.tasks.filter(({ attempts }) => attempts === 2).map(({ id }) => id)).toEqual(['rehearsal', 'launch']);
    expect(steps.filter(({ reruns = 0 }) => reruns > 0)).toHaveLength(1);
    // MEDIUM was confirmed beforehand; what is HIGH was decided on by itself.
    const asked = steps.filter(({ risk }) => risk === 'HIGH');
    expect(asked.map(({ type, verdict }) => [type, verdict?.decision, verdict?.by])).toEqual([['query', 'approved', 'demo']]);
    expect(document).toMatch(/^# Report on this repository/);
    expect(stopped.sessions).toBe(9);
    expect(ended.stderr).toMatch(/drill: kill -9 \d+, the session of queue-manager/);
    expect(readdirSync(temporary), 'nothing is left in the temporary folder').toEqual([]);
  });

  it('works on another repository and leaves only the branch of its plan in it', async () => {
    const { folder, temporary, env } = scratch();
    const repository = join(folder, 'other');
    makeRepository(repository, [{ 'a.py': 'print(1)\n', "it's a file.md": 'text\n' }, { 'src/b.js': 'one\ntwo\n' }]);
    const before = git(repository, 'for-each-ref', '--format=%(refname) %(objectname)');
    const ended = await runDemo(['--workspace', repository], env);
    expect(ended.code, `${ended.stdout}${ended.stderr}`).toBe(0);
    expect(ended.stdout).toMatch(/^ok {6}nothing was run twice: /m);
    expect(ended.stdout).toMatch(/- commits: 2 \(/);
    const branch = /work on branch (troupe\/\S+)/.exec(ended.stdout)?.[1] ?? '';
    const after = git(repository, 'for-each-ref', '--format=%(refname) %(objectname)').split('\n');
    expect(after.filter((line) => !line.startsWith(`refs/heads/${branch} `))).toEqual(before.split('\n'));
    expect(git(repository, 'status', '--porcelain')).toBe('');
    expect(git(repository, 'worktree', 'list').split('\n')).toHaveLength(1);
    expect(git(repository, 'show', `${branch}:REPORT.md`)).toContain('- tracked files: 3 (');
    expect(readdirSync(temporary)).toEqual([]);
  });

  it('asks on a terminal, shows the plan as a tree meanwhile, and is recorded as the person who answered', async () => {
    const { folder, temporary, env } = scratch();
    const screen = openScreen({ folder, cwd: ROOT, env, command: `${process.execPath} ${DEMO}; echo "ended with $?"`, height: 60 });
    onTestFinished(screen.close);
    const asked = await screen.shows(/approve\? \[y\/N\]/, DEMO_MS);
    expect(asked).toContain('delete from facts');
    screen.type('y');
    screen.press('Enter');
    const shown = await screen.shows(/ended with \d+/, DEMO_MS);
    expect(shown).toMatch(/HIGH approved by (?!demo)\w+/);
    expect(shown).toMatch(/ok {6}the report is true/);
    expect(shown).toContain('ended with 0');
    expect(readdirSync(temporary)).toEqual([]);
  });

  it('stops in order on Ctrl-C and leaves nothing', async () => {
    const { temporary, env } = scratch();
    const child = startProgram(process.execPath, [DEMO], { cwd: ROOT, env });
    await child.until(({ stdout }) => (/survey\[0\]/.test(stdout()) ? true : undefined), DEMO_MS);
    child.signalGroup('SIGINT');
    const { code } = await child.ended(60_000);
    expect(code).toBe(1);
    expect(readdirSync(temporary)).toEqual([]);
  });

  it.each([
    ['a folder that does not exist', ['--workspace', '/nonexistent/repository'], 2, /WorkspaceUnusable|does not exist/],
    ['a folder that is no repository', ['--workspace', '/'], 2, /no git repository/],
    ['an unknown flag', ['--wrokspace', '.'], 2, /--workspace/],
  ])('refuses %s with one clear error', async (_name, args, code, words) => {
    const { env } = scratch();
    const ended = await runDemo(args, env);
    expect({ code: ended.code, stdout: ended.stdout }).toEqual({ code, stdout: '' });
    expect(ended.stderr).toMatch(words);
  });
});

describe('what the demo ships with', () => {
  it('has a repository as a bundle, for a checkout without history', () => {
    const { folder } = scratch();
    expect(existsSync(join(ROOT, 'examples/demo.bundle'))).toBe(true);
    git(folder, 'clone', '--quiet', join(ROOT, 'examples/demo.bundle'), 'beginnings');
    expect(Number(git(join(folder, 'beginnings'), 'rev-list', '--count', 'HEAD'))).toBeGreaterThan(10);
  });
});
