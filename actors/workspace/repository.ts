// One git repository that a plan works on: its refs and merges. Never touches what is checked out in the user's tree or its index.
import { realpath, rmdir } from 'node:fs/promises';
import { join, relative, resolve } from 'node:path';
import { codedError } from '../../runtime/errors.ts';
import { type Git, identityOf } from './git.ts';

export interface Repository {
  /** Top of the user's tree. */
  readonly top: string;
  /** The plan's workspace below it; empty for the top itself. */
  readonly prefix: string;
  /** Shared by all worktrees; names the repository. */
  readonly commonDir: string;
  readonly git: Git;
}

/** As an old value: the ref must not exist (git-update-ref). */
const NO_REF = '';
const ATTEMPTS = 5;

/** Null when the folder is in no repository. Rejects with `WorkspaceUnusable` when there is no such folder, or it is a bare repository. */
export async function findRepository(git: Git, workspace: string): Promise<Repository | null> {
  const folder = await realpath(workspace).catch(() => {
    throw codedError('WorkspaceUnusable', { folder: workspace, problem: 'does not exist' });
  });
  const { code, stdout } = await git(folder, ['rev-parse', '--is-inside-work-tree'], { answers: [128] });
  if (code !== 0) return null;
  if (stdout.trim() !== 'true') throw codedError('WorkspaceUnusable', { folder: workspace, problem: 'is inside a bare repository: name a tree of it' });
  const [top = '', common = ''] = (await git(folder, ['rev-parse', '--show-toplevel', '--git-common-dir'])).stdout.trim().split('\n');
  return { top, prefix: relative(top, folder), commonDir: await realpath(resolve(folder, common)), git };
}

export async function readRef({ git, top }: Repository, ref: string): Promise<string | null> {
  const { code, stdout } = await git(top, ['rev-parse', '--verify', '--quiet', `${ref}^{commit}`], { answers: [1] });
  return code === 0 ? stdout.trim() : null;
}

/** Creates the ref unless it is there. */
export async function ensureRef(repository: Repository, ref: string, commit: () => Promise<string>): Promise<void> {
  if ((await readRef(repository, ref)) !== null) return;
  await repository.git(repository.top, ['update-ref', ref, await commit(), NO_REF]);
}

export async function deleteRef({ git, top }: Repository, ref: string): Promise<void> {
  await git(top, ['update-ref', '-d', ref]);
}

/** Where a plan begins: the user's HEAD, or an empty commit when there is none yet. */
export async function startingPoint(repository: Repository): Promise<string> {
  const head = await readRef(repository, 'HEAD');
  if (head !== null) return head;
  const tree = (await repository.git(repository.top, ['hash-object', '-w', '-t', 'tree', '/dev/null'])).stdout.trim();
  return commitTree(repository, tree, [], 'Start of the plan');
}

export async function commitTree(repository: Repository, tree: string, parents: readonly string[], message: string): Promise<string> {
  const { git, top } = repository;
  const args = ['commit-tree', tree, ...parents.flatMap((parent) => ['-p', parent]), '-m', message];
  return (await git(top, args, { env: await identityOf(git, top) })).stdout.trim();
}

/** Folders of refs that git leaves behind empty. */
export async function tidyRefs({ commonDir }: Repository): Promise<void> {
  for (const folder of ['refs/troupe/wip', 'refs/troupe']) await rmdir(join(commonDir, folder)).catch(() => {});
}

async function isAncestor({ git, top }: Repository, ancestor: string, of: string): Promise<boolean> {
  return (await git(top, ['merge-base', '--is-ancestor', ancestor, of], { answers: [1] })).code === 0;
}

export interface MergeOrder {
  /** Branch names, without `refs/heads/`. */
  readonly into: string;
  readonly branch: string;
  readonly tip: string;
  readonly message: string;
}

/**
 * Merges `tip` into a branch by compare-and-swap, without a working tree. Merged before: nothing happens.
 * Returns the branch's commit. Rejects with `MergeConflict`.
 */
export async function mergeInto(repository: Repository, order: MergeOrder): Promise<string> {
  const ref = `refs/heads/${order.into}`;
  for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
    const base = await readRef(repository, ref);
    if (base === null) throw codedError('GitFailed', { command: 'merge', folder: repository.top, problem: `there is no branch '${order.into}'` });
    if (await isAncestor(repository, order.tip, base)) return base;
    const merged = (await isAncestor(repository, base, order.tip)) ? order.tip : await mergeCommit(repository, base, order);
    const { code } = await repository.git(repository.top, ['update-ref', '-m', order.message, ref, merged, base], { answers: [128] });
    if (code === 0) return merged;
  }
  throw codedError('GitFailed', { command: 'update-ref', folder: repository.top, problem: `'${order.into}' was moved by somebody else ${ATTEMPTS} times` });
}

async function mergeCommit(repository: Repository, base: string, { into, branch, tip, message }: MergeOrder): Promise<string> {
  const { code, stdout } = await repository.git(repository.top, ['merge-tree', '--write-tree', '-z', '--name-only', '--no-messages', base, tip], { answers: [1] });
  const [tree = '', ...paths] = stdout.split('\0').filter((part) => part !== '');
  if (code !== 0) throw codedError('MergeConflict', { branch, into, paths: paths.join(', '), files: paths });
  return commitTree(repository, tree, [base, tip], message);
}

/** Where the plan's workspace lies in a worktree. */
export function workspaceIn({ prefix }: Repository, worktree: string): string {
  return prefix === '' ? worktree : join(worktree, prefix);
}
