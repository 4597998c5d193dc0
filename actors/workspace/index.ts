export { type Git, gitCommand } from './git.ts';
export { createWorkspaces, type WorkspacesOptions } from './worktrees.ts';
