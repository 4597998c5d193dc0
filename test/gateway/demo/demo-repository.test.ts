import { copyFileSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { openRepository } from '../../../gateway/demo/demo-repository.ts';
import { makeRepository } from '../../support/git-repository.ts';

const PATH = process.env.PATH ?? '/usr/bin:/bin';

function scratch(): string {
  const folder = mkdtempSync(join(tmpdir(), 'troupe-demo-repository-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

describe('the repository of the demo', () => {
  it('is a clone of the checkout, with its history', async () => {
    const folder = scratch();
    const root = join(folder, 'checkout');
    makeRepository(root, [{ a: '1' }, { a: '2' }, { a: '3' }]);
    const { git, path, from } = await openRepository({ path: PATH, folder: join(folder, 'clone'), given: null, root });
    expect([path, from]).toEqual([join(folder, 'clone'), 'a clone of this project']);
    expect(await git('rev-list', '--count', 'HEAD')).toBe('3');
  });

  it('is the bundle when the checkout has no history', async () => {
    const { git, from } = await openRepository({ path: PATH, folder: join(scratch(), 'clone'), given: null, root: withoutHistory() });
    expect(from).toBe('the beginnings of this project, from a bundle');
    expect(await git('rev-list', '--count', 'HEAD')).toBe('15');
  });

  it('is the given one, in place', async () => {
    const given = join(scratch(), 'given');
    makeRepository(given, [{ a: '1' }]);
    expect(await openRepository({ path: PATH, folder: '/unused', given })).toMatchObject({ path: given, from: given });
  });

  it.each([
    ['does not exist', () => '/nonexistent/repository'],
    ['is no git repository with a commit', () => scratch()],
  ])('is refused by name when it %s', async (problem, make) => {
    await expect(openRepository({ path: PATH, folder: '/unused', given: make() })).rejects.toMatchObject({ code: 'WorkspaceUnusable', message: expect.stringContaining(problem) });
  });
});

/** A copy of the package as an archive of its sources has it. */
function withoutHistory(): string {
  const root = scratch();
  mkdirSync(join(root, 'examples'));
  copyFileSync(join(import.meta.dirname, '../../../examples/demo.bundle'), join(root, 'examples/demo.bundle'));
  return root;
}
