import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createVersions } from '../../../actors/workspace/index.ts';
import { git, makeRepository } from '../../support/git-repository.ts';
import { privateFolder } from '../../support/private-folder.ts';

function repository() {
  const workspace = join(privateFolder(), 'repository');
  makeRepository(workspace, [{ 'site/index.html': 'one', '.gitignore': 'left-out\n' }]);
  return { workspace, versions: createVersions({ path: process.env.PATH ?? '/usr/bin:/bin' }) };
}

describe('what git keeps of deployments', () => {
  it('is the workspace as it was, whether committed or not, and nothing else of the repository has changed', async () => {
    const { workspace, versions } = repository();
    writeFileSync(join(workspace, 'site/index.html'), 'two');
    writeFileSync(join(workspace, 'site/new.html'), 'new');
    writeFileSync(join(workspace, 'left-out'), 'x');
    git(workspace, 'add', 'site/new.html');
    const [status, head] = [git(workspace, 'status', '--porcelain'), git(workspace, 'rev-parse', 'HEAD')];
    const commit = await versions.record({ workspace, deployment: 'p.t.0.1', message: 'Deployment p.t.0.1' });
    expect(git(workspace, 'rev-parse', 'refs/troupe/deployments/p.t.0.1')).toBe(commit);
    expect(git(workspace, 'show', `${commit}:site/index.html`)).toBe('two');
    expect(git(workspace, 'ls-tree', '-r', '--name-only', String(commit)).split('\n')).toEqual(['.gitignore', 'site/index.html', 'site/new.html']);
    expect(git(workspace, 'rev-parse', `${commit}^`)).toBe(head);
    expect([git(workspace, 'status', '--porcelain'), git(workspace, 'rev-parse', 'HEAD')]).toEqual([status, head]);
  });

  it('is recorded once, whatever has changed when it is asked for again', async () => {
    const { workspace, versions } = repository();
    const wish = { workspace, deployment: 'd', message: 'Deployment d' };
    const first = await versions.record(wish);
    writeFileSync(join(workspace, 'site/index.html'), 'two');
    expect(await versions.record(wish)).toBe(first);
  });

  it('is recorded whole while another recording is under way in the same repository', async () => {
    const { workspace, versions } = repository();
    const commits = await Promise.all(['a', 'b', 'c'].map((deployment) => versions.record({ workspace, deployment, message: `Deployment ${deployment}` })));
    for (const commit of commits) expect(git(workspace, 'ls-tree', '-r', '--name-only', String(commit)).split('\n')).toEqual(['.gitignore', 'site/index.html']);
    expect(readdirSync(join(workspace, '.git')).filter((name) => name.startsWith('troupe'))).toEqual([]);
  });

  it('says what runs in a place, until nothing does', async () => {
    const { workspace, versions } = repository();
    const commit = await versions.record({ workspace, deployment: 'd', message: 'Deployment d' });
    for (const _again of [1, 2]) await versions.mark({ workspace, place: 'sites/../main page', commit });
    expect(git(workspace, 'for-each-ref', '--format=%(refname) %(objectname)', 'refs/troupe/deployed')).toBe(`refs/troupe/deployed/sites-main-page ${commit}`);
    for (const _again of [1, 2]) await versions.mark({ workspace, place: 'sites/../main page', commit: null });
    expect(git(workspace, 'for-each-ref', 'refs/troupe/deployed')).toBe('');
  });

  it('is nothing where there is no repository', async () => {
    const workspace = join(privateFolder(), 'plain');
    mkdirSync(workspace);
    const { versions } = repository();
    expect(await versions.record({ workspace, deployment: 'd', message: 'm' })).toBeNull();
    await versions.mark({ workspace, place: 'main', commit: null });
  });
});
