// A git worktree per task, outside the user's repository; a folder that is no repository is worked in as it is.
// Every operation may be cut off anywhere and repeated. In the repository only the branch `troupe/<plan>` is left.
import { mkdir, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { TaskPlace, TaskWorkspace, Workspaces } from '../work/ports.ts';
import { type Git, gitCommand, identityOf } from './git.ts';
import { commitTree, deleteRef, ensureRef, findRepository, mergeInto, type Repository, readRef, startingPoint, tidyRefs, workspaceIn } from './repository.ts';

export interface WorkspacesOptions {
  /** Where worktrees lie; made when missing. Must be outside every repository that is worked on. */
  readonly root: string;
  /** Where git is looked for. */
  readonly path: string;
  /** Default: the git command line. */
  readonly git?: Git;
}

/** Lies in the worktree's own git folder once it is checked out whole. */
const WHOLE = 'troupe-whole';

const planBranch = (planId: string): string => `troupe/${planId}`;
const taskBranch = ({ planId, taskId }: Pick<TaskPlace, 'planId' | 'taskId'>): string => `troupe/${planId}.${taskId}`;
const wipRef = ({ planId, taskId }: Pick<TaskPlace, 'planId' | 'taskId'>): string => `refs/troupe/wip/${planId}.${taskId}`;

export function createWorkspaces(options: WorkspacesOptions): Workspaces {
  return new Worktrees(options.root, options.git ?? gitCommand(options.path));
}

class Worktrees implements Workspaces {
  readonly #root: string;
  readonly #git: Git;
  /** The last operation on each repository. */
  readonly #queues = new Map<string, Promise<unknown>>();

  constructor(root: string, git: Git) {
    this.#root = root;
    this.#git = git;
  }

  open(place: TaskPlace): Promise<TaskWorkspace> {
    const inPlace: TaskWorkspace = { path: place.workspace, branch: null };
    return this.#within(place.workspace, inPlace, async (repository) => {
      const branch = taskBranch(place);
      const plan = `refs/heads/${planBranch(place.planId)}`;
      await ensureRef(repository, plan, () => startingPoint(repository));
      await ensureRef(repository, `refs/heads/${branch}`, async () => (await readRef(repository, plan)) ?? (await startingPoint(repository)));
      const worktree = this.#worktree(place);
      if (!(await this.#takeUp(worktree))) await this.#checkOut(repository, worktree, branch);
      const path = workspaceIn(repository, worktree);
      await mkdir(path, { recursive: true });
      return { path, branch };
    });
  }

  integrate(place: TaskPlace): Promise<{ commit: string | null; branch: string | null }> {
    return this.#within<{ commit: string | null; branch: string | null }>(place.workspace, { commit: null, branch: null }, async (repository) => {
      const into = planBranch(place.planId);
      const branch = taskBranch(place);
      const tip = (await this.#commitAll(place)) ?? (await readRef(repository, `refs/heads/${branch}`));
      const plan = await readRef(repository, `refs/heads/${into}`);
      if (tip === null) return { commit: plan, branch: plan === null ? null : into };
      return { commit: await mergeInto(repository, { into, branch, tip, message: `Merge task ${place.taskId}` }), branch: into };
    });
  }

  keep(place: TaskPlace): Promise<{ ref: string | null }> {
    return this.#within<{ ref: string | null }>(place.workspace, { ref: null }, async (repository) => {
      const worktree = this.#worktree(place);
      if (!(await this.#isWhole(worktree))) return { ref: null };
      const tree = await this.#treeOfAll(worktree);
      const [head = '', committed = ''] = (await this.#git(worktree, ['rev-parse', 'HEAD', 'HEAD^{tree}'])).stdout.trim().split('\n');
      if (tree === committed) return { ref: null };
      const ref = wipRef(place);
      const commit = await commitTree(repository, tree, [head], `Uncommitted work of task ${place.taskId}`);
      await this.#git(repository.top, ['update-ref', ref, commit]);
      return { ref };
    });
  }

  async close({ planId, workspace, taskIds }: { planId: string; workspace: string; taskIds: readonly string[] }): Promise<void> {
    const folder = join(this.#root, planId);
    await this.#within(workspace, undefined, async (repository) => {
      const left = await readdir(folder).catch(() => []);
      for (const taskId of new Set([...taskIds, ...left])) {
        await this.#remove(repository, this.#worktree({ planId, taskId }));
        await deleteRef(repository, `refs/heads/${taskBranch({ planId, taskId })}`);
        await deleteRef(repository, wipRef({ planId, taskId }));
      }
      await rm(folder, { recursive: true, force: true });
      await this.#git(repository.top, ['worktree', 'prune']);
      await tidyRefs(repository);
    });
  }

  #worktree({ planId, taskId }: Pick<TaskPlace, 'planId' | 'taskId'>): string {
    return join(this.#root, planId, taskId);
  }

  /** One operation at a time on a repository; `outside` for a folder that is in none. */
  async #within<T>(workspace: string, outside: T, work: (repository: Repository) => Promise<T>): Promise<T> {
    const repository = await findRepository(this.#git, workspace);
    if (repository === null) return outside;
    const before = this.#queues.get(repository.commonDir) ?? Promise.resolve();
    const mine = before.catch(() => {}).then(() => work(repository));
    this.#queues.set(repository.commonDir, mine);
    return mine;
  }

  async #gitDir(worktree: string): Promise<string | null> {
    // Without its .git file the folder would be taken for a part of whatever repository lies around it.
    if (!(await exists(join(worktree, '.git')))) return null;
    const { code, stdout } = await this.#git(worktree, ['rev-parse', '--absolute-git-dir'], { answers: [128] });
    return code === 0 ? stdout.trim() : null;
  }

  async #isWhole(worktree: string): Promise<boolean> {
    const gitDir = await this.#gitDir(worktree);
    return gitDir !== null && (await exists(join(gitDir, WHOLE)));
  }

  /** False when it has to be made anew. Nobody works in it now: a lock there is what a cut-off git left. */
  async #takeUp(worktree: string): Promise<boolean> {
    if (!(await this.#isWhole(worktree))) return false;
    const gitDir = await this.#gitDir(worktree);
    if (gitDir !== null) await rm(join(gitDir, 'index.lock'), { force: true });
    return true;
  }

  async #checkOut(repository: Repository, worktree: string, branch: string): Promise<void> {
    await this.#remove(repository, worktree);
    await mkdir(join(worktree, '..'), { recursive: true, mode: 0o700 });
    await this.#git(repository.top, ['worktree', 'add', '--quiet', worktree, branch]);
    await writeFile(join((await this.#gitDir(worktree)) ?? worktree, WHOLE), '');
  }

  /** Twice forced: also what a cut-off `worktree add` left locked. */
  async #remove(repository: Repository, worktree: string): Promise<void> {
    await this.#git(repository.top, ['worktree', 'remove', '--force', '--force', worktree], { answers: [128] });
    await rm(worktree, { recursive: true, force: true });
    await this.#git(repository.top, ['worktree', 'prune']);
  }

  /** Returns the worktree's HEAD with everything in it committed; null when there is no worktree. */
  async #commitAll(place: TaskPlace): Promise<string | null> {
    const worktree = this.#worktree(place);
    if (!(await this.#takeUp(worktree))) return null;
    await this.#git(worktree, ['add', '--all']);
    const staged = await this.#git(worktree, ['diff', '--cached', '--quiet'], { answers: [1] });
    const message = `Task ${place.taskId} of plan ${place.planId}`;
    if (staged.code === 1) await this.#git(worktree, ['commit', '--quiet', '--no-verify', '-m', message], { env: await identityOf(this.#git, worktree) });
    return (await this.#git(worktree, ['rev-parse', 'HEAD'])).stdout.trim();
  }

  /** The tree of everything in the worktree, by an index of its own: the task's index stays as it is. */
  async #treeOfAll(worktree: string): Promise<string> {
    const index = join((await this.#gitDir(worktree)) ?? worktree, 'troupe-wip-index');
    const env = { GIT_INDEX_FILE: index };
    await rm(index, { force: true });
    await this.#git(worktree, ['read-tree', 'HEAD'], { env });
    await this.#git(worktree, ['add', '--all'], { env });
    const tree = (await this.#git(worktree, ['write-tree'], { env })).stdout.trim();
    await rm(index, { force: true });
    return tree;
  }
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}
