// Real commands behind a real bubblewrap, which look for what they must not find.
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { NO_GIT } from '../../../../actors/gate/execute/containment/git-places.ts';
import { mountsOf } from '../../../../actors/gate/execute/containment/mounts.ts';
import { probeContainment } from '../../../../actors/gate/execute/containment/probe.ts';
import type { Containment, FilePayload, Reach, StepOutcome } from '../../../../actors/work/types.ts';
import { code, type Execution, execution } from './execution.ts';

const PATH = '/usr/local/bin:/usr/bin:/bin';

function reaching(here: Execution, reach: Reach, more: Partial<Containment> = {}) {
  const secrets = join(here.folder, 'secrets');
  mkdirSync(secrets, { recursive: true });
  writeFileSync(join(secrets, 'admin.token'), 'hunter2');
  const containment = { reach, network: false, keepSettings: true, ...more };
  return (command: string): Promise<StepOutcome> => here.run({ type: 'BASH_COMMAND', payload: { command } }, { containment, hidden: [secrets] });
}

const git = (cwd: string, ...args: string[]): string => execFileSync('git', ['-c', 'user.name=a', '-c', 'user.email=a@b', ...args], { cwd, encoding: 'utf8' });

describe('this machine', () => {
  it('contains: bubblewrap is there and works', async () => {
    expect(await probeContainment(PATH)).toMatchObject({ kind: 'bubblewrap' });
    expect(await probeContainment('/nowhere')).toMatchObject({ kind: 'none', fix: 'install bubblewrap' });
  });
});

describe.each(['read', 'workspace', 'machine'] as const)('what reaches as far as %s', (reach) => {
  it('never sees what is hidden: not by its path, not through links, not in /proc, not as root of another process', async () => {
    const here = execution();
    const run = reaching(here, reach);
    const { folder } = here;
    const tries = [
      `cat ${folder}/secrets/*`,
      'cat /proc/*/environ | tr "\\0" "\\n"',
      `cat /proc/*/root${folder}/secrets/admin.token`,
      `umount ${folder}/secrets; cat ${folder}/secrets/admin.token`,
    ];
    const more = [`unshare -rm umount ${folder}/secrets; cat ${folder}/secrets/admin.token`, `ln -s ${folder}/secrets l; cat l/*`, `grep -rs hunter2 ${folder}`];
    process.env.CONTAINED_TEST = 'hunter2';
    onTestFinished(() => {
      delete process.env.CONTAINED_TEST;
    });
    for (const command of [...tries, ...more]) {
      const { stdout = '' } = await run(`${command} 2>&1 || true`);
      expect([command, stdout.replaceAll(command, '')]).not.toEqual([command, expect.stringContaining('hunter2')]);
    }
    expect(readFileSync(join(folder, 'secrets/admin.token'), 'utf8')).toBe('hunter2');
  });

  it('finds no process but its own, and none outlives it, not even one that forgot everything', async () => {
    const here = execution();
    const { stdout = '' } = await reaching(here, reach)('ls -d /proc/[0-9]* | wc -l; env -i setsid sleep 4711 & disown; sleep 0.1');
    expect(Number(stdout.trim())).toBeLessThan(8);
    expect(execFileSync('ps', ['-eo', 'args'], { encoding: 'utf8' })).not.toContain('sleep 4711');
  });
});

describe('what only reads', () => {
  it('changes nothing, and has no network', async () => {
    const here = execution();
    writeFileSync(join(here.workspace, 'file'), 'kept');
    const run = reaching(here, 'read');
    expect(await run('cat file; pwd')).toMatchObject({ status: 'succeeded', stdout: `kept${here.workspace}\n` });
    for (const command of ['echo x > file', 'touch new', 'rm file', 'touch /usr/x', 'touch /etc/x']) expect(await run(command)).toMatchObject({ status: 'failed' });
    expect(readdirSync(here.workspace)).toEqual(['file']);
    expect(readFileSync(join(here.workspace, 'file'), 'utf8')).toBe('kept');
    expect(await run('echo x > "$TMPDIR/mine"; echo y > /tmp/mine')).toMatchObject({ status: 'succeeded' });
    expect(existsSync('/tmp/mine')).toBe(false);
  });
});

describe('what works in the workspace', () => {
  it('writes there and nowhere else', async () => {
    const here = execution();
    const run = reaching(here, 'workspace');
    expect(await run('mkdir a && echo x > a/b && cat a/b')).toMatchObject({ stdout: 'x\n' });
    for (const command of ['touch /etc/x', 'touch /usr/local/x', 'touch /root/x']) expect(await run(command)).toMatchObject({ status: 'failed' });
    // What lies among temporary files is seen as an empty folder of its own.
    await run(`touch ${here.folder}/beside /var/tmp/contained-beside`);
    expect(readdirSync(here.folder)).not.toContain('beside');
    expect(existsSync('/var/tmp/contained-beside')).toBe(false);
    expect(readFileSync(join(here.workspace, 'a/b'), 'utf8')).toBe('x\n');
  });

  it('commits in a worktree whose repository lies elsewhere, but changes no hook and no setting of it', async () => {
    const here = execution();
    const repository = join(here.folder, 'repository');
    mkdirSync(repository);
    git(repository, 'init', '-q');
    git(repository, 'commit', '-q', '--allow-empty', '-m', 'first');
    execFileSync('rm', ['-r', here.workspace]);
    git(repository, 'worktree', 'add', '-q', '-b', 'task', here.workspace);
    const run = reaching(here, 'workspace', { keepSettings: false });
    expect(await run('echo x > a && git add a && git -c user.name=a -c user.email=a@b commit -qm second && git log --oneline | wc -l')).toMatchObject({ stdout: '2\n' });
    const ways = ['git config core.fsmonitor ./evil', `echo evil > ${repository}/.git/hooks/pre-commit`, `git config --worktree a.b c`, 'rm .git', 'echo "gitdir: /tmp" > .git'];
    for (const command of ways) expect([command, (await run(command)).status]).toEqual([command, 'failed']);
    expect(git(repository, 'config', '--list')).not.toContain('fsmonitor');
  });

  it('is a folder of a working tree: git finds that, and nothing beside the folder is written', async () => {
    const here = execution();
    const repository = join(here.folder, 'repository');
    mkdirSync(repository);
    git(repository, 'init', '-q');
    mkdirSync(join(repository, 'part'));
    writeFileSync(join(repository, 'part/file'), 'x');
    writeFileSync(join(repository, 'beside'), 'x');
    git(repository, 'add', '.');
    git(repository, 'commit', '-q', '-m', 'first');
    execFileSync('rm', ['-r', here.workspace]);
    symlinkSync(join(repository, 'part'), here.workspace);
    expect(await reaching(here, 'read')('git status --porcelain | wc -l; git rev-parse --show-prefix')).toMatchObject({ stdout: '0\npart/\n' });
    const run = reaching(here, 'workspace');
    expect(await run('echo y > file && git -c user.name=a -c user.email=a@b commit -qam second && git log --oneline | wc -l')).toMatchObject({ stdout: '2\n' });
    expect(await run('echo y > ../beside')).toMatchObject({ status: 'failed' });
  });

  it('changes no file that tools would run unasked, unless that was shown; a new one fails it', async () => {
    const here = execution();
    mkdirSync(join(here.workspace, '.claude'));
    writeFileSync(join(here.workspace, '.claude/settings.json'), '{}');
    const run = reaching(here, 'workspace');
    expect(await run('echo evil > .claude/settings.json')).toMatchObject({ status: 'failed' });
    expect(code(await run('echo evil > .mcp.json'))).toBe('SettingMade');
    expect(await reaching(here, 'workspace', { keepSettings: false })('echo {} > .claude/settings.json')).toMatchObject({ status: 'succeeded' });
  });

  it('has the network only where that was granted', async () => {
    const here = execution();
    const server = createServer((socket) => socket.end('hello')).listen(0, '127.0.0.1');
    await new Promise((resolve) => server.once('listening', resolve));
    onTestFinished(() => void server.close());
    const { port } = server.address() as { port: number };
    const call = `exec 3<>/dev/tcp/127.0.0.1/${port}; cat <&3`;
    expect(await reaching(here, 'workspace')(call)).toMatchObject({ status: 'failed' });
    expect(await reaching(here, 'workspace', { network: true })(call)).toMatchObject({ stdout: 'hello' });
  });

  it('reaches no daemon by its socket', async () => {
    const here = execution();
    expect(await reaching(here, 'workspace')('ls -A /run | wc -l')).toMatchObject({ stdout: '0\n' });
  });
});

describe('an order that wants containment', () => {
  it('is refused where there is none, and never run bare', async () => {
    const here = execution();
    const action = { type: 'BASH_COMMAND', payload: { command: 'touch ran' } } as const;
    const containment = { reach: 'workspace', network: false, keepSettings: true } as const;
    mkdirSync(join(here.folder, 'bin'));
    expect(code(await here.run(action, { containment, path: join(here.folder, 'bin') }))).toBe('NotContained');
    expect(existsSync(join(here.workspace, 'ran'))).toBe(false);
  });
});

describe('an act on a file', () => {
  it('never reaches what is hidden, nor takes away what holds it, not even where the data directory lies in the workspace', async () => {
    const here = execution();
    const hidden = [join(here.workspace, 'inner/.troupe')];
    mkdirSync(join(here.workspace, 'inner/.troupe'), { recursive: true });
    writeFileSync(join(here.workspace, 'inner/.troupe/admin.token'), 'hunter2');
    symlinkSync('inner/.troupe', join(here.workspace, 'link'));
    const within = ['inner/.troupe/admin.token', 'link/admin.token', 'inner/../inner/.troupe/new', 'link/made/new'];
    const acts: FilePayload[] = [
      ...within.flatMap((path) => [{ op: 'read', path } as const, { op: 'write', path, content: 'x' } as const, { op: 'append', path, content: 'x' } as const]),
      { op: 'list', path: 'inner/.troupe' },
      { op: 'list', path: 'link' },
      { op: 'delete', path: 'inner' },
      { op: 'move', path: 'inner', to: 'elsewhere' },
      { op: 'move', path: 'inner/.troupe', to: 'elsewhere' },
      { op: 'mkdir', path: 'inner/.troupe/made' },
    ];
    for (const payload of acts) expect([payload, code(await here.run({ type: 'FILE_OPERATION', payload }, { hidden }))]).toEqual([payload, 'PathRefused']);
    expect(readdirSync(join(here.workspace, 'inner/.troupe'))).toEqual(['admin.token']);
    const query = { type: 'DATABASE_QUERY', payload: { database: 'link/auth.db', dialect: 'sqlite', sql: 'select 1' } } as const;
    expect(code(await here.run(query, { hidden }))).toBe('PathRefused');
  });
});

describe('a workspace that lies in what is hidden', () => {
  it('is not hidden itself, as a worktree in the data directory', async () => {
    const here = execution();
    expect(await here.run({ type: 'FILE_OPERATION', payload: { op: 'write', path: 'a/b', content: 'x' } }, { hidden: [here.folder] })).toMatchObject({ status: 'succeeded' });
    expect(await here.run({ type: 'FILE_OPERATION', payload: { op: 'list', path: 'a' } }, { hidden: [here.folder] })).toMatchObject({ status: 'succeeded' });
    expect(await reaching(here, 'read')('cat a/b')).toMatchObject({ stdout: 'x' });
  });
});

describe('the places', () => {
  const sight = {
    reach: 'workspace',
    workspace: '/home/a/repo',
    temporary: '/tmp/step',
    git: NO_GIT,
    guarded: [],
    hidden: ['/home/a/repo/.troupe'],
  } as const;

  it('override those that they lie in: a data directory within the workspace stays hidden, a worktree within a data directory does not', () => {
    const within = mountsOf({ ...sight, private: ['/home'], programs: [] });
    expect(within.map(({ path, as }) => `${as} ${path}`)).toEqual([
      'empty /home',
      'empty /run',
      'empty /tmp',
      'write /tmp/step',
      'empty /var/tmp',
      'write /home/a/repo',
      'empty /home/a/repo/.troupe',
    ]);
    const worktree = mountsOf({ ...sight, workspace: '/home/a/repo/.troupe/worktrees/p', private: [], programs: [] });
    expect(worktree.at(-1)).toEqual({ path: '/home/a/repo/.troupe/worktrees/p', as: 'write' });
  });

  it('show a version manager its version, and of a home nothing but its programs', () => {
    const shown = mountsOf({ ...sight, private: ['/home'], programs: ['/home/a/.nvm/v20.1.0/bin', '/home/a/bin', '/usr/bin'] });
    expect(shown.filter(({ as }) => as === 'read').map(({ path }) => path)).toEqual(['/home/a/bin', '/home/a/.nvm/v20.1.0']);
  });
});
