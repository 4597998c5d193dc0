// Prometheus text (exposition format 0.0.4). Gauges are read when they are asked for.
import { superviseTree, type TreeNode } from '../../supervisors/index.ts';
import { componentsOf } from '../node/components.ts';
import { agentReports, type RunningNode } from '../node/running-node.ts';

type Labels = Readonly<Record<string, string>>;
interface Family {
  readonly name: string;
  readonly kind: 'gauge' | 'counter';
  readonly text: string;
  readonly samples: ReadonlyArray<readonly [Labels, number]>;
}

const escaped = (value: string): string => value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');

export function expose(families: readonly Family[]): string {
  const lines = families.flatMap(({ name, kind, text, samples }) => [
    `# HELP ${name} ${text}`,
    `# TYPE ${name} ${kind}`,
    ...samples.map(([labels, value]) => {
      const pairs = Object.entries(labels).map(([label, content]) => `${label}="${escaped(content)}"`);
      return `${name}${pairs.length === 0 ? '' : `{${pairs.join(',')}}`} ${value}`;
    }),
  ]);
  return `${lines.join('\n')}\n`;
}

function flatten(tree: readonly TreeNode[]): readonly TreeNode[] {
  return tree.flatMap((node) => [node, ...flatten(node.children)]);
}

function sum(nodes: readonly TreeNode[], of: (node: TreeNode) => number): number {
  return nodes.reduce((total, node) => total + of(node), 0);
}

export async function metricsText(node: RunningNode | undefined): Promise<string> {
  const process_ = [
    gauge('troupe_up', 'whether the node is ready', [[{}, node?.phase() === 'ready' ? 1 : 0]]),
    gauge('process_resident_memory_bytes', 'memory of the node', [[{}, process.memoryUsage.rss()]]),
  ];
  return expose(node === undefined ? process_ : [...process_, ...(await nodeFamilies(node))]);
}

const gauge = (name: string, text: string, samples: Family['samples']): Family => ({ name, kind: 'gauge', text, samples });

function alertCounts({ system }: RunningNode): Family['samples'] {
  const alerts = system.alerts();
  return (['critical', 'warning'] as const).map((severity) => [{ severity }, alerts.filter((alert) => alert.severity === severity).length]);
}

function sharedFamilies({ sharedAnswers }: RunningNode): readonly Family[] {
  if (sharedAnswers === null) return [];
  const samples = Object.entries(sharedAnswers.counts()).map(([result, n]) => [{ result }, n] as const);
  return [{ name: 'troupe_shared_answers_total', kind: 'counter', text: 'answers that were looked for in Redis', samples }];
}

async function nodeFamilies(node: RunningNode): Promise<readonly Family[]> {
  const actors = flatten(superviseTree(node.system));
  const db = await node.facts.read();
  const counted = (table: string, column: string): Family['samples'] =>
    db.query<{ word: string; count: number }>(`SELECT ${column} AS word, count(*) AS count FROM ${table} GROUP BY ${column}`).map(({ word, count }) => [{ status: word }, count]);
  const components = componentsOf(node);
  return [
    gauge('troupe_actors', 'actors in the supervision tree', [[{}, actors.length]]),
    gauge('troupe_mailbox_messages', 'messages that wait in mailboxes', [[{}, sum(actors, ({ mailbox }) => mailbox)]]),
    gauge(
      'troupe_kernel',
      'what the kernel holds in memory, by kind',
      Object.entries(node.system.counts()).map(([what, n]) => [{ what }, n]),
    ),
    { name: 'troupe_restarts_total', kind: 'counter', text: 'restarts of living actors', samples: [[{}, sum(actors, ({ restarts }) => restarts)]] },
    gauge(
      'troupe_agent_state',
      'the state of each agent',
      agentReports(node.system).map(({ name, state }) => [{ agent: name, state }, 1]),
    ),
    gauge('troupe_plans', 'plans by status', counted('plans', 'status')),
    gauge('troupe_tasks', 'tasks by status', counted('tasks', 'status')),
    gauge('troupe_requests', 'requests by status', counted('requests', 'status')),
    { name: 'troupe_facts_total', kind: 'counter', text: 'facts in the journal', samples: [[{}, node.system.position]] },
    { name: 'troupe_loop_blocked_total', kind: 'counter', text: 'times that the event loop stood still', samples: [[{}, node.system.blocked.count]] },
    gauge('troupe_loop_blocked_longest_ms', 'the longest time that the event loop stood still', [[{}, node.system.blocked.longestMs]]),
    gauge('troupe_alerts', 'open alerts by severity', alertCounts(node)),
    gauge(
      'troupe_component_ok',
      'whether a part of the node is well',
      components.map(({ name, status }) => [{ component: name }, status === 'ok' ? 1 : 0]),
    ),
    ...sharedFamilies(node),
  ];
}
