// What was deployed, under refs of its own: `refs/troupe/deployments/<deployment>` is the workspace as it was, and
// `refs/troupe/deployed/<place>` is what runs there. Both may be written again with the same arguments; nothing else is touched.
import { randomUUID } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Versions } from '../work/ports.ts';
import { type Git, gitCommand } from './git.ts';
import { commitTree, findRepository, type Repository, readRef } from './repository.ts';

/** Parts of a ref: git takes neither two dots nor a part that ends in `.lock`. */
function refPart(text: string): string {
  return text
    .replace(/[^A-Za-z0-9_-]+/g, '-')
    .replace(/^-+|-+$/g, '')
    .slice(0, 100);
}

const recordedRef = (deployment: string): string => `refs/troupe/deployments/${deployment}`;
const deployedRef = (place: string): string => `refs/troupe/deployed/${refPart(place)}`;

/** `git`: default the git command line, looked for in `path`. */
export function createVersions({ path, git = gitCommand(path) }: { readonly path: string; readonly git?: Git }): Versions {
  return {
    async record({ workspace, deployment, message }) {
      const repository = await findRepository(git, workspace);
      if (repository === null) return null;
      const known = await readRef(repository, recordedRef(deployment));
      if (known !== null) return known;
      const tree = await treeOfAll(repository);
      const head = await readRef(repository, 'HEAD');
      const commit = await commitTree(repository, tree, head === null ? [] : [head], message);
      await git(repository.top, ['update-ref', recordedRef(deployment), commit]);
      return commit;
    },
    async mark({ workspace, place, commit }) {
      const repository = await findRepository(git, workspace).catch(() => null);
      if (repository === null) return;
      const ref = deployedRef(place);
      await git(repository.top, commit === null ? ['update-ref', '-d', ref] : ['update-ref', ref, commit]);
    },
  };
}

/** By an index of its own: what is staged stays as it is, and a git that an earlier node has left at work is in nobody's way. */
async function treeOfAll({ git, top }: Repository): Promise<string> {
  const gitDir = (await git(top, ['rev-parse', '--absolute-git-dir'])).stdout.trim();
  const index = join(gitDir, `troupe-deploy-index-${randomUUID().slice(0, 8)}`);
  const env = { GIT_INDEX_FILE: index };
  try {
    if ((await git(top, ['rev-parse', '--verify', '--quiet', 'HEAD'], { answers: [1] })).code === 0) await git(top, ['read-tree', 'HEAD'], { env });
    await git(top, ['add', '--all'], { env });
    return (await git(top, ['write-tree'], { env })).stdout.trim();
  } finally {
    await rm(index, { force: true });
  }
}
