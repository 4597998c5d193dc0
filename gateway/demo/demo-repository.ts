// The repository that the demo works on: a clone of this project with its history; without one, the history that ships as a bundle.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { type Git, gitCommand } from '../../actors/workspace/index.ts';
import { codedError, packageRoot } from '../../runtime/index.ts';

export interface DemoRepository {
  readonly path: string;
  /** For people. */
  readonly from: string;
  /** In it, as the node runs git. */
  readonly git: (...args: readonly string[]) => Promise<string>;
}

export interface RepositoryOptions {
  /** PATH in which git is looked for. */
  readonly path: string;
  /** Where a clone goes. */
  readonly folder: string;
  /** Absolute; null: this project. */
  readonly given: string | null;
  /** Of the package; its checkout is cloned. */
  readonly root?: string;
}

const BUNDLE = join('examples', 'demo.bundle');

/** Throws `WorkspaceUnusable` for a given folder that is no repository with a commit. */
export async function openRepository({ path, folder, given, root = packageRoot() }: RepositoryOptions): Promise<DemoRepository> {
  const git = gitCommand(path);
  if (given === null) return inRepository(git, folder, await cloneProject(git, root, folder));
  const usable = existsSync(given) && (await hasCommit(git, given));
  if (!usable) throw codedError('WorkspaceUnusable', { folder: given, problem: existsSync(given) ? 'is no git repository with a commit' : 'does not exist' });
  return inRepository(git, given, given);
}

/** What deployments record in a repository is of the node that made them: the demo's goes with its node. Returns what puts back what was there. */
export async function keepDeploymentRefs({ git }: DemoRepository): Promise<() => Promise<void>> {
  const list = async (): Promise<ReadonlyMap<string, string>> => {
    const lines = await git('for-each-ref', '--format=%(refname) %(objectname)', 'refs/troupe/deployed/', 'refs/troupe/deployments/');
    return new Map(lines.split('\n').flatMap((line) => (line === '' ? [] : [line.split(' ') as [string, string]])));
  };
  const before = await list();
  return async () => {
    for (const name of (await list()).keys()) if (!before.has(name)) await git('update-ref', '-d', name);
    for (const [name, commit] of before) await git('update-ref', name, commit);
  };
}

function inRepository(git: Git, path: string, from: string): DemoRepository {
  return { path, from, git: async (...args) => (await git(path, args)).stdout.trimEnd() };
}

/** Its own files: hard links would let a fault here reach the original. */
async function cloneProject(git: Git, root: string, folder: string): Promise<string> {
  const fromCheckout = existsSync(join(root, '.git')) && (await hasCommit(git, root));
  await git(root, ['clone', '--quiet', '--no-hardlinks', fromCheckout ? root : join(root, BUNDLE), folder]);
  return fromCheckout ? 'a clone of this project' : 'the beginnings of this project, from a bundle';
}

async function hasCommit(git: Git, folder: string): Promise<boolean> {
  return git(folder, ['rev-parse', '--verify', '--quiet', 'HEAD^{commit}']).then(
    () => true,
    () => false,
  );
}
