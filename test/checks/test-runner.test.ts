// The runner of the suites, on a small project of its own: its table and last line, what it skips, and what it finds left running.
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const PROGRAMS = ['bash', 'sh', 'sleep', 'git', 'tmux', 'curl', 'foreman', 'redis-server', 'bwrap'];

let project: string;

beforeAll(() => {
  project = mkdtempSync(join(tmpdir(), 'troupe-runner-'));
  for (const name of ['scripts', 'vitest.config.ts', 'test/support/machine.ts', 'test/support/fixed-seed.ts', 'test/support/length.ts'])
    cpSync(join(ROOT, name), join(project, name), { recursive: true });
  symlinkSync(join(ROOT, 'node_modules'), join(project, 'node_modules'));
  writeFileSync(join(project, 'package.json'), JSON.stringify({ type: 'module', scripts: { build: 'true' } }));
});
afterAll(() => rmSync(project, { recursive: true, force: true }));
beforeEach(() => rmSync(join(project, 'test/e2e'), { recursive: true, force: true }));

function suite(body: string): void {
  mkdirSync(join(project, 'test/e2e'));
  writeFileSync(
    join(project, 'test/e2e/a.test.ts'),
    `import { spawn } from 'node:child_process';\nimport { writeFileSync } from 'node:fs';\nimport { expect, it } from 'vitest';\n${body}`,
  );
}

/** A PATH with only these of the machine's parts on it, and Node. */
function pathWith(parts: readonly string[]): string {
  const bin = mkdtempSync(join(project, 'bin-'));
  for (const name of ['node', 'npm', ...PROGRAMS.slice(0, 3), ...parts]) {
    const found = spawnSync('/bin/bash', ['-c', `command -v ${name}`], { encoding: 'utf8' }).stdout.trim();
    symlinkSync(found === '' ? '/bin/true' : found, join(bin, name));
  }
  return bin;
}

function runner(...args: string[]): (parts?: readonly string[]) => { status: number | null; output: string; lastLine: string } {
  return (parts = PROGRAMS.slice(3)) => {
    const { TROUPE_TEST_RUN: _, ...env } = process.env;
    const { status, stdout, stderr } = spawnSync(process.execPath, ['scripts/test.mjs', ...args], { cwd: project, env: { ...env, PATH: pathWith(parts) }, encoding: 'utf8' });
    return { status, output: stdout + stderr, lastLine: stdout.trimEnd().split('\n').at(-1) ?? '' };
  };
}

describe('npm test', () => {
  it('counts tests, ends with their sum, and exits 1 when one failed', () => {
    suite("it('a', () => {});\nit('b', () => {});\nit('c', () => expect(1).toBe(2));\n");
    expect(runner('e2e')()).toMatchObject({ status: 1, lastLine: '2 passed, 1 failed' });
  });

  it('says once more at its end which test failed and what it said', () => {
    suite("it('a', () => {});\nit('c', () => expect(1).toBe(2));\n");
    const { output } = runner('e2e')();
    expect(output.slice(output.indexOf('suite   '))).toContain('failed: test/e2e/a.test.ts: c\n    AssertionError: expected 1 to be 2');
  });

  it('exits 0 when all passed', () => {
    suite("it('a', () => {});\n");
    expect(runner('e2e')()).toMatchObject({ status: 0, lastLine: '1 passed, 0 failed' });
  });

  it('counts a file that does not load as failed', () => {
    suite("it('a', () => {});\nthrow new Error('at load');\n");
    const { status, output, lastLine } = runner('e2e')();
    expect({ status, lastLine }).toEqual({ status: 1, lastLine: '0 passed, 1 failed' });
    expect(output).toMatch(/failed: test\/e2e\/a\.test\.ts\n.*at load/);
  });

  it('finds, ends and counts what a test left running, also with a cleared environment', () => {
    suite(`it('leaves', () => {
      const { pid } = spawn('/bin/sleep', ['60'], { env: {}, cwd: process.env.TMPDIR, detached: true, stdio: 'ignore' });
      writeFileSync('left.pid', String(pid));
    });`);
    const { status, output, lastLine } = runner('e2e')();
    const pid = readFileSync(join(project, 'left.pid'), 'utf8');
    expect(output).toContain(`left running by e2e: ${pid} /bin/sleep 60`);
    expect({ status, lastLine }).toEqual({ status: 1, lastLine: '1 passed, 1 failed' });
    expect(existsSync(`/proc/${pid}`) && readFileSync(`/proc/${pid}/cmdline`, 'utf8')).toBeFalsy();
  });

  it('names what the machine lacks with size and command, skips the suites that need it, and says so', () => {
    suite("it('a', () => {});\n");
    const { status, output, lastLine } = runner('e2e')(['git']);
    expect(output).toContain('missing: tmux (about 2 MB): apt-get install tmux');
    expect(output).toContain('skipped: no tmux');
    expect(output).toContain('1 of 1 suites skipped');
    expect({ status, lastLine }).toEqual({ status: 0, lastLine: '0 passed, 0 failed' });
  });

  it('with --install fails when what is missing could not be installed', () => {
    suite("it('a', () => {});\n");
    const { status, output } = runner('e2e', '--install')(['git']);
    expect(output).toContain('installing tmux');
    expect(output).toContain('not installed');
    expect(status).toBe(1);
  });

  it('refuses a suite that is not there, naming those that are', () => {
    suite("it('a', () => {});\n");
    expect(runner('e3e')()).toMatchObject({ status: 2, output: expect.stringContaining("no suite 'e3e'; there are: check, unit, e2e") });
  });
});

describe('npm run test:long', () => {
  it('gives the suites its seed and its time, and says the seed', () => {
    suite("it('a', () => expect([process.env.TROUPE_TEST_LONG, process.env.TROUPE_TEST_SEED, process.env.TROUPE_TEST_MINUTES]).toEqual(['1', '7', '3']));\n");
    const { status, stdout } = spawnSync(process.execPath, ['scripts/test-long.mjs', 'e2e', '--seed', '7', '--minutes', '3'], { cwd: project, encoding: 'utf8' });
    expect(stdout).toContain('seed 7, 3 minutes');
    expect(status).toBe(0);
  });
});
