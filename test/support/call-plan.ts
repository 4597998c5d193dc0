// A small plan as a file would have it, for tests of the doors.
export interface SmallPlan {
  readonly name?: string;
  /** Commands, one task each, which do not wait for each other. */
  readonly commands: readonly string[];
}

export function planText(workspace: string, { name = 'small', commands }: SmallPlan): string {
  const tasks = commands.map((command, index) => ({ id: `task-${index}`, agent: 'testing', steps: [{ bash: command }] }));
  return JSON.stringify({ name, workspace, tasks });
}
