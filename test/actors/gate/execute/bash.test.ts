// Real commands of a real bash, ended for real.
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { findGiven } from '../../../../actors/session/owned-processes.ts';
import { OUTPUT_KEPT } from '../../../../actors/work/types.ts';
import { eventually } from '../../session/private-folder.ts';
import { code, type Execution, execution, type RunOptions } from './execution.ts';

const bash = ({ run }: Execution, command: string, options: RunOptions & { readonly cwd?: string } = {}) => {
  const { cwd, ...more } = options;
  return run({ type: 'BASH_COMMAND', payload: { command, ...(cwd === undefined ? {} : { cwd }) } }, more);
};

describe('a command', () => {
  it('runs by bash in the workspace, and says what it printed and how it ended', async () => {
    const here = execution();
    const shown: string[] = [];
    const result = await bash(here, 'pwd; [[ a == a ]] && echo ü >&2', { onOutput: (stream, text) => shown.push(`${stream} ${text}`) });
    expect(result).toEqual({ status: 'succeeded', exitCode: 0, stdout: `${here.workspace}\n`, stderr: 'ü\n' });
    expect(shown.sort()).toEqual([`stderr ü\n`, `stdout ${here.workspace}\n`]);
  });

  it('fails with its exit code and its last words', async () => {
    const here = execution();
    expect(await bash(here, 'echo out; echo first >&2; echo last >&2; exit 3')).toEqual({
      status: 'failed',
      exitCode: 3,
      stdout: 'out\n',
      stderr: 'first\nlast\n',
      error: { code: 'CommandFailed', message: 'the command ended with exit code 3: last' },
    });
    expect(await bash(here, 'kill -SEGV $$')).toMatchObject({ status: 'failed', error: { message: 'the command ended with signal SIGSEGV' } });
    expect(await bash(here, 'if then')).toMatchObject({ status: 'failed', exitCode: 2 });
  });

  it('finds no input', async () => {
    expect(await bash(execution(), 'cat; read -r line || echo none')).toMatchObject({ stdout: 'none\n' });
  });

  it('finds nothing of its host in its environment, and an empty home', async () => {
    process.env.TROUPE_OWNER = 'owner-token';
    process.env.SECRET_KEY = 'hunter2';
    process.env.BASH_ENV = '/dev/stdin';
    const here = execution();
    const { stdout = '' } = await bash(here, 'env -0 | tr "\\0" "\\n"; ls -A "$HOME"; cat /proc/$$/environ | tr "\\0" "\\n"').finally(() => {
      for (const name of ['TROUPE_OWNER', 'SECRET_KEY', 'BASH_ENV']) delete process.env[name];
    });
    const names = stdout.split('\n').flatMap((line) => /^(\w+)=/.exec(line)?.[1] ?? []);
    const known = ['PATH', 'HOME', 'TMPDIR', 'LANG', 'TERM', 'PAGER', 'LESSSECURE', 'EMAIL', 'PWD', 'OLDPWD', 'SHLVL', '_'];
    expect([...new Set(names)].filter((name) => !known.includes(name) && !name.startsWith('GIT_'))).toEqual([]);
    expect(stdout).not.toMatch(/TROUPE_|owner-token|hunter2/);
  });

  it('runs in the folder it names, which lies in the workspace', async () => {
    const here = execution();
    mkdirSync(join(here.workspace, 'inner'));
    mkdirSync(join(here.folder, 'workspace-x'));
    symlinkSync('inner', join(here.workspace, 'within'));
    symlinkSync(here.folder, join(here.workspace, 'out'));
    writeFileSync(join(here.workspace, 'file'), '');
    expect(await bash(here, 'pwd -P', { cwd: 'inner' })).toMatchObject({ stdout: `${here.workspace}/inner\n` });
    expect(await bash(here, 'pwd -P', { cwd: 'within' })).toMatchObject({ stdout: `${here.workspace}/inner\n` });
    expect(await bash(here, 'pwd -P', { cwd: join(here.workspace, 'inner') })).toMatchObject({ stdout: `${here.workspace}/inner\n` });
    for (const cwd of ['..', 'out', 'out/workspace-x', '../workspace-x', '/', 'nowhere', 'file', 'inner/../..', '']) {
      expect([cwd, code(await bash(here, 'touch ran', { cwd }))]).toEqual([cwd, 'PathRefused']);
    }
  });

  it('that cannot be started says why', async () => {
    const here = execution();
    expect(await bash(here, 'true', { path: here.workspace })).toMatchObject({ status: 'failed', error: { code: 'CommandUnstartable' } });
    expect(await bash(here, 'echo a\0b')).toMatchObject({ status: 'failed', error: { code: 'CommandUnstartable' } });
    expect(await bash(here, `echo ${'x'.repeat(200_000)}`)).toMatchObject({ status: 'failed', error: { code: 'CommandUnstartable' } });
  });
});

/** Ignores SIGTERM, as do its children: one in its group, one in a session of its own, and one there that forgot its environment. */
const STUBBORN = `
trap '' TERM
wait_ever() { while :; do sleep 0.05; done; }
wait_ever &
setsid bash -c "trap '' TERM; while :; do sleep 0.05; done" &
env -i setsid bash -c "trap '' TERM; echo \\$\\$ > forgetful; while :; do /bin/sleep 0.05; done" &
while [ ! -s forgetful ]; do sleep 0.02; done
echo up
wait_ever`;

async function expectNobody(here: Execution): Promise<void> {
  expect(here.left()).toEqual([]);
  const pid = Number(readFileSync(join(here.workspace, 'forgetful'), 'utf8'));
  await eventually(() => !isAlive(pid));
}

function isAlive(pid: number): boolean {
  try {
    return !/^State:\s+[ZX]/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
}

describe('a command that does not end', () => {
  it('is ended at its deadline with everything it started, though that ignores SIGTERM and left its group', async () => {
    const here = execution();
    expect(await bash(here, STUBBORN, { timeoutMs: 3_000 })).toMatchObject({ status: 'failed', stdout: 'up\n', error: { code: 'StepTimeout' } });
    await expectNobody(here);
  });

  it('is ended the same way when it is given up, and counts as interrupted', async () => {
    const here = execution();
    const giveUp = new AbortController();
    const result = await bash(here, STUBBORN, { signal: giveUp.signal, onOutput: () => giveUp.abort() });
    expect(result).toMatchObject({ status: 'interrupted', stdout: 'up\n', error: { code: 'Interrupted' } });
    await expectNobody(here);
  });

  it('may tidy up on SIGTERM', async () => {
    const here = execution();
    const result = await bash(here, `trap 'echo bye; exit 0' TERM; echo up; while :; do sleep 0.05; done`, { timeoutMs: 1_000 });
    expect(result).toMatchObject({ status: 'failed', exitCode: 0, stdout: 'up\nbye\n', error: { code: 'StepTimeout' } });
  });

  it('leaves a look-alike alone', async () => {
    const here = execution();
    const other = execution();
    const bystander = bash(other, 'echo up; exec sleep 30', { onOutput: () => started() });
    let started = (): void => {};
    await new Promise<void>((resolve) => {
      started = resolve;
    });
    await bash(here, 'sleep 30', { timeoutMs: 200 });
    const [living] = findGiven(join(other.folder, 'temporary'));
    expect(living?.command).toBe('sleep 30');
    process.kill(living?.pid as number, 'SIGKILL');
    expect(await bystander).toMatchObject({ status: 'failed', error: { message: 'the command ended with signal SIGKILL' } });
  });
});

describe('what a command leaves in the background', () => {
  it('ends with it, and does not keep it by holding its output', async () => {
    const here = execution();
    expect(await bash(here, 'sleep 300 & echo done')).toEqual({ status: 'succeeded', exitCode: 0, stdout: 'done\n', stderr: '' });
    expect(here.left()).toEqual([]);
  });

  it('ends with it in a session of its own, too', async () => {
    const here = execution();
    expect(await bash(here, 'setsid sleep 301 >/dev/null 2>&1 & TMPDIR=/ setsid sleep 302 & sleep 0.1; echo done')).toMatchObject({ status: 'succeeded', stdout: 'done\n' });
    expect(here.left()).toEqual([]);
  });

  it('may finish what it is about to write', async () => {
    expect(await bash(execution(), 'echo one > >(sleep 0.03; cat; echo two)')).toMatchObject({ status: 'succeeded', stdout: 'one\ntwo\n' });
  });
});

describe('output', () => {
  it('beyond the limit ends the command, and says so', async () => {
    const here = execution();
    const result = await bash(here, 'head -c 5000000 /dev/zero | tr "\\0" x; touch went-on');
    expect(result).toMatchObject({ status: 'failed', truncated: true, error: { code: 'OutputLimit' } });
    expect(Buffer.byteLength(result.stdout ?? '')).toBeLessThanOrEqual(OUTPUT_KEPT);
    expect(here.left()).toEqual([]);
    expect(await bash(here, 'yes; true')).toMatchObject({ error: { code: 'OutputLimit' } });
    expect(await bash(here, 'ls went-on')).toMatchObject({ status: 'failed' });
  });

  it('beyond the limit counts also when the command has ended before all of it was read', async () => {
    const result = await bash(execution(), 'head -c 1048577 /dev/zero');
    expect(result).toMatchObject({ status: 'failed', truncated: true, error: { code: 'OutputLimit' } });
    expect(await bash(execution(), 'head -c 1048576 /dev/zero')).toMatchObject({ status: 'succeeded', truncated: true });
  });

  it('counts both streams together', async () => {
    const here = execution();
    const half = 'head -c 600000 /dev/zero';
    expect(await bash(here, half)).toMatchObject({ status: 'succeeded', truncated: true });
    expect(await bash(here, `${half}; ${half} >&2`)).toMatchObject({ status: 'failed', error: { code: 'OutputLimit' } });
  });

  it('is shown up to the limit and no further', async () => {
    let shown = 0;
    await bash(execution(), 'yes', { onOutput: (_stream, text) => (shown += text.length) });
    expect(shown).toBe(1_048_576);
  });

  it('is kept by its beginning and its end', async () => {
    const { stdout = '', ...rest } = await bash(execution(), 'echo first; head -c 200000 /dev/zero | tr "\\0" x; echo; echo last');
    expect(rest).toEqual({ status: 'succeeded', exitCode: 0, stderr: '', truncated: true });
    expect(stdout).toMatch(/^first\nx+\n\[… cut …\]\nx+\nlast\n$/);
    expect(Buffer.byteLength(stdout)).toBeLessThanOrEqual(OUTPUT_KEPT);
  });

  it('is shown in whole characters, however the chunks fall', async () => {
    let shown = '';
    await bash(execution(), String.raw`printf '\xc3'; sleep 0.1; printf '\xbc'`, { onOutput: (_stream, text) => (shown += text) });
    expect(shown).toBe('ü');
  });
});

describe('git in a command', () => {
  function repository(): Execution {
    const here = execution();
    execFileSync('git', ['init', '--quiet', '--initial-branch=main', here.workspace]);
    return here;
  }

  it('runs no program that the configuration of the repository or the user names', async () => {
    const here = repository();
    const hooks = join(here.workspace, '.git/hooks');
    const trap = (name: string) => `touch ${join(here.workspace, `ran-${name}`)};:`;
    writeFileSync(join(hooks, 'pre-commit'), `#!/bin/sh\n${trap('hook')}\n`, { mode: 0o755 });
    for (const setting of ['core.fsmonitor', 'core.pager', 'core.editor', 'core.sshCommand', 'sequence.editor']) {
      execFileSync('git', ['-C', here.workspace, 'config', setting, trap(setting)]);
    }
    const result = await bash(
      here,
      'echo a > a; git status --short; git add a; git commit -qm "first"; git commit --amend -q; git --paginate log --oneline; git ls-remote ssh://nowhere.invalid/x; ls',
      {},
    );
    expect(result.stdout).toMatch(/first/);
    expect(result.stdout).not.toMatch(/ran-/);
  });

  it('diffs and commits without any identity configured', async () => {
    const here = repository();
    const result = await bash(here, 'echo a > a && git add a && git commit -qm one && echo b > a && git diff && git log --format=%ce');
    expect(result).toMatchObject({ status: 'succeeded', stderr: '' });
    expect(result.stdout).toMatch(/\n\+b\ntroupe@localhost\n$/);
  });
});
