// Tells of tasks by `notifications/tasks` as they change: each time the whole of what `tasks/get` would answer, first how a task stands when
// it is begun to be followed, so that nothing is missed in between, and last how it has ended.
import type { Server } from '@modelcontextprotocol/server';
import type { Asking, TaskOffer, TaskSeen } from './offer.ts';
import { type BegunTask, detailsOf } from './tasks-extension.ts';

export const TASK_NEWS = 'notifications/tasks';

const MOST_TOLD = 1_000;

export interface Following {
  readonly tasks: TaskOffer;
  readonly asking: Omit<Asking, 'signal' | 'context'>;
  /** How it stood when the client was told last. Default: nobody was told yet. */
  readonly known?: TaskSeen;
  tell(details: Readonly<Record<string, unknown>>): void;
  /** There will be no more to tell. */
  readonly ended?: () => void;
}

/** Returns what ends it. */
export function followTask(task: string, { tasks, asking, known, tell, ended = () => undefined }: Following): () => void {
  const over = new AbortController();
  let told = known === undefined ? '' : shown(known);
  let looking = false;
  let again = false;
  const look = async (): Promise<void> => {
    const seen = await tasks.see(task, { ...asking, signal: over.signal });
    if (over.signal.aborted) return;
    if (seen === undefined) return over.abort();
    const now = shown(seen);
    if (now === told) return;
    told = now;
    tell(detailsOf(task, seen));
    if (seen.status !== 'working' && seen.status !== 'input_required') over.abort();
  };
  /** One look at a time; what changes meanwhile is looked at once more. */
  const changed = (): void => {
    again = looking;
    if (looking || over.signal.aborted) return;
    looking = true;
    look()
      // A node that stops answers nothing.
      .catch(() => undefined)
      .then(() => {
        looking = false;
        if (again) changed();
      });
  };
  const forget = tasks.watch(task, changed);
  over.signal.addEventListener('abort', () => {
    forget();
    ended();
  });
  changed();
  return () => over.abort();
}

/** Returns what ends it. */
export function followTasks(names: readonly string[], following: Following): () => void {
  const ends = names.map((name) => followTask(name, following));
  return () => {
    for (const end of ends) end();
  };
}

/** In a session a client cannot ask to be told: it hears of the tasks that its calls were answered with. */
export function toldOfTasks(server: Server, tasks: TaskOffer): { follow(begun: BegunTask, asking: Following['asking']): void } {
  const ends = new Map<string, () => void>();
  let closes = false;
  const closeWith = (): void => {
    const before = server.onclose;
    server.onclose = () => {
      for (const end of ends.values()) end();
      before?.();
    };
    closes = true;
  };
  return {
    follow({ task, seen }, { caller, capabilities }) {
      if (ends.has(task) || ends.size >= MOST_TOLD) return;
      if (!closes) closeWith();
      const tell = (params: Readonly<Record<string, unknown>>): void => void server.notification({ method: TASK_NEWS, params }).catch(() => undefined);
      ends.set(task, followTask(task, { tasks, asking: { caller, capabilities }, known: seen, tell, ended: () => ends.delete(task) }));
    },
  };
}

/** That it was looked at later is no news. */
function shown(seen: TaskSeen): string {
  return JSON.stringify({ ...seen, createdAt: undefined, lastUpdatedAt: undefined });
}
