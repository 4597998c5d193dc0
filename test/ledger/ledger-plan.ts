// A plan whose steps write their own name into a ledger outside the workspace, so that what ran, and how often, is known without asking.
import { existsSync, readFileSync } from 'node:fs';

export interface LedgerTask {
  readonly id: string;
  readonly idempotent: boolean;
}

export interface LedgerOptions {
  readonly tasks: number;
  /** Absolute; outside the workspace, hence HIGH. */
  readonly ledger: string;
  readonly workspace: string;
  /** How long a step takes on the average, before and after it writes together: some end within one life of a node, some do not. */
  readonly stepMs: number;
}

const AGENTS = ['master', 'supervisor', 'backend-api', 'database', 'frontend-ui', 'instagram', 'testing', 'queue-manager', 'deployment'];

/** Of the average. Not a divisor of the agents' number, so that each agent has steps of every length. */
const SHARES = [0.2, 0.5, 1, 2.3] as const;

/** Every second task may be repeated. */
export function ledgerTasks(tasks: number): readonly LedgerTask[] {
  return Array.from({ length: tasks }, (_, index) => ({ id: `t${index}`, idempotent: index % 2 === 0 }));
}

/** JSON is YAML. Tasks go to all nine agents in turn; each tenth waits for the one before it. */
export function ledgerPlan({ tasks, ledger, workspace, stepMs }: LedgerOptions): string {
  const half = (index: number): string => ((stepMs * (SHARES[index % SHARES.length] ?? 1)) / 2_000).toFixed(3);
  const steps = ledgerTasks(tasks).map(({ id, idempotent }, index) => ({
    id,
    agent: AGENTS[index % AGENTS.length],
    ...(index % 10 === 9 ? { needs: [`t${index - 1}`] } : {}),
    steps: [{ bash: `sleep ${half(index)} && echo ${id} >> ${ledger} && sleep ${half(index)}`, idempotent }],
  }));
  return JSON.stringify({ name: 'ledger', workspace, tasks: steps });
}

/** How often each id is written. */
export function readLedger(file: string): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  if (!existsSync(file)) return counts;
  for (const id of readFileSync(file, 'utf8').split('\n')) if (id !== '') counts.set(id, (counts.get(id) ?? 0) + 1);
  return counts;
}
