// The nine agents that a node has when no fleet file says otherwise. `examples/fleet.yaml` spells out the same.
import type { AgentInput } from '../agent/agent-context.ts';
import type { PolicySections } from '../gate/index.ts';

/** Who there is. Exactly one agent is the supervisor, at most one the master. */
export interface Fleet {
  readonly agents: readonly AgentInput[];
  /** What it says on top of the shipped policy. */
  readonly policy?: PolicySections;
}

type Line = readonly [name: string, port: number, title: string, capabilities: readonly string[]];

const WORKERS: readonly Line[] = [
  ['backend-api', 8090, 'Backend and API', ['backend', 'api']],
  ['database', 8091, 'Database', ['database', 'sql']],
  ['frontend-ui', 8092, 'Frontend and UI', ['frontend', 'ui']],
  ['instagram', 8093, 'Instagram', ['instagram', 'social']],
  ['testing', 8094, 'Testing', ['test', 'lint', 'review']],
  ['queue-manager', 8095, 'Queue Manager', ['queue', 'jobs']],
  ['deployment', 8096, 'Deployment', ['deploy', 'release']],
];

export function builtInFleet(): Fleet {
  const workers = WORKERS.map(([name, port, title, capabilities]): AgentInput => ({ name, role: 'worker', title, capabilities, driver: 'playbook', port }));
  return {
    agents: [
      { name: 'master', role: 'master', title: 'Master', capabilities: ['control'], driver: 'playbook', port: 8088 },
      { name: 'supervisor', role: 'supervisor', title: 'Supervisor', capabilities: ['plan', 'delegate'], driver: 'playbook', port: 8089 },
      ...workers,
    ],
  };
}
