export { type Git, gitCommand } from './git.ts';
export { testCommand } from './test-command.ts';
export { createWorkspaces, type WorkspacesOptions } from './worktrees.ts';
