export { type Git, gitCommand } from './git.ts';
export { testCommand } from './test-command.ts';
export { createVersions } from './versions.ts';
export { createWorkspaces, type WorkspacesOptions } from './worktrees.ts';
