// The graph that the needs of tasks make. Pure; names that are no task are left out.

export interface NeedyTask {
  readonly id: string;
  readonly needs: readonly string[];
}

/** Tasks that can run side by side, wave after wave. Those on a cycle, or behind one, are in none. */
export function taskWaves<Task extends NeedyTask>(tasks: readonly Task[]): Task[][] {
  const ids = new Set(tasks.map(({ id }) => id));
  const done = new Set<string>();
  const waves: Task[][] = [];
  for (let left = tasks; ; left = left.filter(({ id }) => !done.has(id))) {
    const wave = left.filter(({ needs }) => needs.every((need) => done.has(need) || !ids.has(need)));
    if (wave.length === 0) return waves;
    for (const { id } of wave) done.add(id);
    waves.push(wave);
  }
}

/** One cycle, its first task again at the end: each needs the next. Undefined when there is none. */
export function findCycle(tasks: readonly NeedyTask[]): string[] | undefined {
  const free = new Set(taskWaves(tasks).flatMap((wave) => wave.map(({ id }) => id)));
  const bound = new Map(tasks.filter(({ id }) => !free.has(id)).map((task) => [task.id, task.needs]));
  const walk: string[] = [];
  // Whoever is in no wave needs somebody who is in none either.
  let next = bound.keys().next().value;
  while (next !== undefined) {
    const seen = walk.indexOf(next);
    walk.push(next);
    if (seen !== -1) return walk.slice(seen);
    next = bound.get(next)?.find((need) => bound.has(need));
  }
  return undefined;
}

/** Everything that has to end before the task can begin. */
export function transitiveNeeds(tasks: readonly NeedyTask[], id: string): ReadonlySet<string> {
  const needsOf = new Map(tasks.map((task) => [task.id, task.needs]));
  const found = new Set<string>();
  const open = [...(needsOf.get(id) ?? [])];
  for (let need = open.pop(); need !== undefined; need = open.pop()) {
    if (found.has(need)) continue;
    found.add(need);
    open.push(...(needsOf.get(need) ?? []));
  }
  return found;
}
