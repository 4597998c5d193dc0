import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import type { Workspaces } from '../../../actors/work/ports.ts';
import { type Git, gitCommand } from '../../../actors/workspace/git.ts';
import { createWorkspaces } from '../../../actors/workspace/index.ts';
import { privateFolder } from '../session/private-folder.ts';

const folder = privateFolder();
const env = { PATH: '/usr/bin:/bin', HOME: folder, GIT_CONFIG_NOSYSTEM: '1', GIT_AUTHOR_NAME: 'U', GIT_AUTHOR_EMAIL: 'u@x', GIT_COMMITTER_NAME: 'U', GIT_COMMITTER_EMAIL: 'u@x' };
let repo = '';
let root = '';
let count = 0;
let workspaces: Workspaces;

const git = (...args: string[]): string => execFileSync('git', args, { cwd: repo, env, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] }).trim();
const place = (taskId: string) => ({ planId: 'demo-1a2b3c', taskId, workspace: repo });
const plan = (...taskIds: string[]) => ({ planId: 'demo-1a2b3c', workspace: repo, taskIds });

beforeEach(() => {
  count += 1;
  repo = join(folder, `repo ${count}`);
  root = join(folder, `trees-${count}`);
  mkdirSync(join(repo, 'sub'), { recursive: true });
  git('init', '-q', '-b', 'main');
  writeFileSync(join(repo, 'a.txt'), 'one\n');
  writeFileSync(join(repo, 'sub', 'b.txt'), 'b\n');
  git('add', '.');
  git('commit', '-qm', 'first');
  workspaces = createWorkspaces({ root, path: env.PATH });
});

/** What of the user's repository must not change. */
const untouched = () => ({ head: git('rev-parse', 'HEAD'), branch: git('symbolic-ref', 'HEAD'), status: git('status', '--porcelain'), main: git('rev-parse', 'main') });

describe('the worktree of a task', () => {
  it('lies outside the repository, on its own branch of the plan, and leaves the user’s tree as it was', async () => {
    writeFileSync(join(repo, 'draft.txt'), 'not committed');
    const before = untouched();
    const { path, branch } = await workspaces.open(place('lint'));
    expect(branch).toBe('troupe/demo-1a2b3c.lint');
    expect(path.startsWith(root)).toBe(true);
    expect(readFileSync(join(path, 'a.txt'), 'utf8')).toBe('one\n');
    expect(existsSync(join(path, 'draft.txt'))).toBe(false);
    expect(untouched()).toEqual(before);
  });

  it('is kept with its uncommitted work when it is opened again', async () => {
    const { path } = await workspaces.open(place('lint'));
    writeFileSync(join(path, 'new.txt'), 'work');
    expect(await workspaces.open(place('lint'))).toEqual({ path, branch: 'troupe/demo-1a2b3c.lint' });
    expect(readFileSync(join(path, 'new.txt'), 'utf8')).toBe('work');
  });

  it('follows a workspace that is a folder of the repository', async () => {
    const { path } = await workspaces.open({ ...place('lint'), workspace: join(repo, 'sub') });
    expect(readFileSync(join(path, 'b.txt'), 'utf8')).toBe('b\n');
  });

  it.each([
    ['its folder was half written', () => rmSync(join(root, 'demo-1a2b3c', 'lint', '.git'))],
    ['it was never checked out whole', () => rmSync(join(repo, '.git', 'worktrees', 'lint', 'troupe-whole'))],
    [
      'a cut-off git left it locked',
      () => {
        rmSync(join(repo, '.git', 'worktrees', 'lint', 'troupe-whole'));
        writeFileSync(join(repo, '.git', 'worktrees', 'lint', 'locked'), 'initializing');
      },
    ],
    ['its folder is gone', () => rmSync(join(root, 'demo-1a2b3c'), { recursive: true })],
  ])('is made anew when %s', async (_name, breakIt) => {
    const { path } = await workspaces.open(place('lint'));
    rmSync(join(path, 'a.txt'));
    breakIt();
    await workspaces.open(place('lint'));
    expect(readFileSync(join(path, 'a.txt'), 'utf8')).toBe('one\n');
  });

  it('sees what earlier tasks of the plan integrated', async () => {
    const first = await workspaces.open(place('first'));
    writeFileSync(join(first.path, 'made.txt'), 'by first');
    await workspaces.integrate(place('first'));
    const second = await workspaces.open(place('second'));
    expect(readFileSync(join(second.path, 'made.txt'), 'utf8')).toBe('by first');
  });
});

describe('integration', () => {
  it('commits what is uncommitted as Troupe, and a repetition changes nothing', async () => {
    const { path } = await workspaces.open(place('lint'));
    writeFileSync(join(path, 'new.txt'), 'work');
    const done = await workspaces.integrate(place('lint'));
    expect(done).toEqual({ commit: git('rev-parse', 'troupe/demo-1a2b3c'), branch: 'troupe/demo-1a2b3c' });
    expect(git('log', '-1', '--format=%an <%ae>', 'troupe/demo-1a2b3c')).toBe('Troupe <troupe@localhost>');
    expect(await workspaces.integrate(place('lint'))).toEqual(done);
  });

  it('uses the repository’s own identity where it has one, and runs none of its hooks', async () => {
    git('config', 'user.name', 'Ada');
    git('config', 'user.email', 'ada@example.org');
    const { path } = await workspaces.open(place('lint'));
    for (const hook of ['pre-commit', 'post-commit', 'reference-transaction', 'post-checkout'])
      writeFileSync(join(repo, '.git', 'hooks', hook), `#!/bin/sh\ntouch '${folder}/hooked'\n`, { mode: 0o755 });
    writeFileSync(join(path, 'new.txt'), 'work');
    await workspaces.integrate(place('lint'));
    expect(git('log', '-1', '--format=%an', 'troupe/demo-1a2b3c')).toBe('Ada');
    expect(existsSync(join(folder, 'hooked'))).toBe(false);
  });

  it('merges tasks that worked beside each other, all at once', async () => {
    const names = ['one', 'two', 'three', 'four'];
    const opened = await Promise.all(names.map((name) => workspaces.open(place(name))));
    for (const [index, { path }] of opened.entries()) writeFileSync(join(path, `${names[index]}.txt`), 'x');
    await Promise.all(names.map((name) => workspaces.integrate(place(name))));
    const files = git('ls-tree', '--name-only', 'troupe/demo-1a2b3c').split('\n');
    expect(files).toEqual(expect.arrayContaining(names.map((name) => `${name}.txt`)));
  });

  it('names the paths of a conflict and leaves the plan’s branch as it was', async () => {
    for (const name of ['one', 'two']) writeFileSync(join((await workspaces.open(place(name))).path, 'a.txt'), `by ${name}\n`);
    await workspaces.integrate(place('one'));
    const before = git('rev-parse', 'troupe/demo-1a2b3c');
    await expect(workspaces.integrate(place('two'))).rejects.toMatchObject({ code: 'MergeConflict', details: { files: ['a.txt'] } });
    expect(git('rev-parse', 'troupe/demo-1a2b3c')).toBe(before);
  });

  it('takes what a task committed by itself, also on a detached head', async () => {
    const { path } = await workspaces.open(place('lint'));
    execFileSync('git', ['-C', path, 'checkout', '-q', '--detach'], { env });
    writeFileSync(join(path, 'own.txt'), 'x');
    execFileSync('git', ['-C', path, 'add', '.'], { env });
    execFileSync('git', ['-C', path, 'commit', '-qm', 'own words'], { env });
    await workspaces.integrate(place('lint'));
    expect(git('log', '-1', '--format=%s', 'troupe/demo-1a2b3c')).toBe('own words');
  });
});

describe('a node that dies', () => {
  /** A git whose node is gone right after the n-th call. */
  function dying(calls: number) {
    let left = calls;
    const real = gitCommand(env.PATH);
    const command: Git = async (where, args, options) => {
      left -= 1;
      if (left < 0) throw new Error('the node died');
      const run = await real(where, args, options);
      if (left === 0) throw new Error('the node died');
      return run;
    };
    return { workspaces: createWorkspaces({ root, path: env.PATH, git: command }), survived: () => left > 0 };
  }

  it('between any two calls of git leaves what the next one completes', async () => {
    let whole = false;
    for (let calls = 1; !whole; calls += 1) {
      const taskId = `t${calls}`;
      const node = dying(calls);
      await node.workspaces.open(place(taskId)).catch(() => {});
      const { path } = await workspaces.open(place(taskId));
      writeFileSync(join(path, `${taskId}.txt`), taskId);
      await node.workspaces.integrate(place(taskId)).catch(() => {});
      const gitDir = execFileSync('git', ['-C', path, 'rev-parse', '--absolute-git-dir'], { env, encoding: 'utf8' }).trim();
      writeFileSync(join(gitDir, 'index.lock'), '');
      await workspaces.integrate(place(taskId));
      await node.workspaces.close(plan(taskId)).catch(() => {});
      await workspaces.close(plan(taskId));
      expect(git('show', `troupe/demo-1a2b3c:${taskId}.txt`)).toBe(taskId);
      expect(git('for-each-ref', '--format=%(refname)')).toBe('refs/heads/main\nrefs/heads/troupe/demo-1a2b3c');
      whole = node.survived();
    }
    expect(
      git('log', '--format=%s', 'troupe/demo-1a2b3c')
        .split('\n')
        .filter((line) => line.startsWith('Task')).length,
    ).toBeGreaterThan(20);
  }, 120_000);
});

describe('kept work', () => {
  it('is a commit beside the branch; index and files of the task stay as they are', async () => {
    const { path } = await workspaces.open(place('lint'));
    expect(await workspaces.keep(place('lint'))).toEqual({ ref: null });
    writeFileSync(join(path, 'half.txt'), 'half');
    const { ref } = await workspaces.keep(place('lint'));
    expect(git('show', `${ref}:half.txt`)).toBe('half');
    expect(execFileSync('git', ['-C', path, 'status', '--porcelain'], { env, encoding: 'utf8' })).toBe('?? half.txt\n');
    expect(await workspaces.keep(place('lint'))).toEqual({ ref });
  });
});

describe('a closed plan', () => {
  it('leaves its branch and nothing else, however often it is closed', async () => {
    const refs = () => git('for-each-ref', '--format=%(refname)').split('\n');
    const config = readFileSync(join(repo, '.git', 'config'), 'utf8');
    for (const name of ['one', 'two']) {
      const { path } = await workspaces.open(place(name));
      writeFileSync(join(path, `${name}.txt`), 'x');
      await workspaces.keep(place(name));
    }
    await workspaces.integrate(place('one'));
    const before = untouched();
    await workspaces.close(plan('one', 'two', 'never-opened'));
    await workspaces.close(plan('one', 'two', 'never-opened'));
    expect(refs()).toEqual(['refs/heads/main', 'refs/heads/troupe/demo-1a2b3c']);
    expect(git('worktree', 'list').split('\n')).toHaveLength(1);
    expect([existsSync(join(root, 'demo-1a2b3c')), existsSync(join(repo, '.git', 'worktrees')), existsSync(join(repo, '.git', 'refs', 'troupe'))]).toEqual([false, false, false]);
    expect(readFileSync(join(repo, '.git', 'config'), 'utf8')).toBe(config);
    expect(untouched()).toEqual(before);
  });

  it('can still be integrated by a task whose worktree went before', async () => {
    const { path } = await workspaces.open(place('one'));
    writeFileSync(join(path, 'one.txt'), 'x');
    const done = await workspaces.integrate(place('one'));
    await workspaces.close(plan('one'));
    expect(await workspaces.integrate(place('one'))).toEqual(done);
  });
});

describe('a workspace', () => {
  it('that is no repository is worked in as it is', async () => {
    const plain = join(folder, 'plain');
    mkdirSync(plain, { recursive: true });
    const here = { planId: 'p', taskId: 't', workspace: plain };
    expect(await workspaces.open(here)).toEqual({ path: plain, branch: null });
    expect(await workspaces.integrate(here)).toEqual({ commit: null, branch: null });
    expect(await workspaces.keep(here)).toEqual({ ref: null });
    await workspaces.close({ planId: 'p', workspace: plain, taskIds: ['t'] });
    expect(existsSync(plain)).toBe(true);
  });

  it('without a commit begins with an empty one', async () => {
    repo = join(folder, 'empty');
    mkdirSync(repo);
    git('init', '-q', '-b', 'main');
    const { path } = await workspaces.open(place('one'));
    writeFileSync(join(path, 'one.txt'), 'x');
    await workspaces.integrate(place('one'));
    expect(git('ls-tree', '--name-only', 'troupe/demo-1a2b3c')).toBe('one.txt');
  });

  it('that does not exist, or is a bare repository, is refused by name', async () => {
    await expect(workspaces.open({ ...place('t'), workspace: '/no/such' })).rejects.toMatchObject({ code: 'WorkspaceUnusable' });
    git('clone', '-q', '--bare', '.', join(folder, 'bare.git'));
    await expect(workspaces.open({ ...place('t'), workspace: join(folder, 'bare.git') })).rejects.toMatchObject({ code: 'WorkspaceUnusable' });
  });
});
