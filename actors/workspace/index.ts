export { createWorkspaces, type WorkspacesOptions } from './worktrees.ts';
