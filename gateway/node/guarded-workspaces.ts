// Git stands behind a circuit breaker, one for each repository: where it fails again and again, tasks fail at once for a while
// instead of queueing up behind it, and other repositories do not notice.
import type { TaskPlace, Workspaces } from '../../actors/work/ports.ts';
import { type Clock, isCoded } from '../../runtime/index.ts';
import { type Breaker, type BreakerReport, type BreakerState, breaker } from '../../supervisors/index.ts';

export interface GuardedWorkspaces extends Workspaces {
  /** One for each repository that a plan works on. */
  reports(): readonly BreakerReport[];
  /** Takes nothing more. Resolves when what had begun is over, or the deadline is: git must not write into what its node leaves behind. */
  stop(): Promise<void>;
}

export interface GuardOptions {
  readonly clock: Clock;
  /** Hears of every change of state. */
  onChange(name: string, state: BreakerState): void;
}

const WINDOW_MS = 60_000;
const RESET_MS = 30_000;
const STOP_MS = 10_000;

type Work = () => Promise<unknown>;

/** A conflict between tasks says nothing about git. */
const isOfTheTask = (error: unknown): boolean => isCoded(error, 'MergeConflict');

export function guardedWorkspaces(inner: Workspaces, { clock, onChange }: GuardOptions): GuardedWorkspaces {
  const running = new Set<Promise<unknown>>();
  let stopped = false;
  const circuits = new Map<string, Breaker<Work, unknown>>();
  const track = (work: Work): Promise<unknown> => {
    const begun = work();
    const over = (): void => void running.delete(begun);
    running.add(begun);
    begun.then(over, over);
    return begun;
  };
  const circuitOf = (workspace: string): Breaker<Work, unknown> => {
    const known = circuits.get(workspace);
    if (known !== undefined) return known;
    const made = breaker<Work, unknown>(`git in ${workspace}`, track, { windowMs: WINDOW_MS, resetMs: RESET_MS, expected: isOfTheTask });
    made.onChange((state) => onChange(made.name, state));
    if (stopped) made.stop();
    circuits.set(workspace, made);
    return made;
  };
  const guard = <T>({ workspace }: Pick<TaskPlace, 'workspace'>, work: () => Promise<T>): Promise<T> => circuitOf(workspace).call(work) as Promise<T>;
  /** A repository that works and has no plan any more needs no memory. */
  const forget = (workspace: string): void => {
    const circuit = circuits.get(workspace);
    if (circuit?.state !== 'closed') return;
    circuit.stop();
    circuits.delete(workspace);
  };
  return {
    open: (place) => guard(place, () => inner.open(place)),
    integrate: (place) => guard(place, () => inner.integrate(place)),
    keep: (place) => guard(place, () => inner.keep(place)),
    async close(plan) {
      await guard(plan, () => inner.close(plan));
      forget(plan.workspace);
    },
    reports: () => [...circuits.values()].map((circuit) => circuit.report()),
    async stop() {
      stopped = true;
      for (const circuit of circuits.values()) circuit.stop();
      await new Promise<void>((resolve) => {
        const cancel = clock.after(STOP_MS, resolve);
        void Promise.allSettled([...running]).then(() => {
          cancel();
          resolve();
        });
      });
    },
  };
}
