// Verbs that only read: status, agents, plans, tasks, actors, inspect, messages, dead-letters, alerts, approvals.
import type { AgentReport } from '../../actors/agent/agent-report.ts';
import type { TreeNode } from '../../supervisors/index.ts';
import { type ApprovalRow, approvalCells, offersText } from './approval-cells.ts';
import { type Cli, filters, nodeOf, say, sayPage } from './cli.ts';
import { ago, type Branch, type Cell, clockTime, table, tree } from './table.ts';
import { PAGE, type Verb } from './verb.ts';

type Row = Readonly<Record<string, Cell>>;
interface Items<T = Row> {
  readonly items: readonly T[];
  readonly nextCursor?: string | null;
}

interface Status {
  readonly status: string;
  readonly version: string;
  readonly pid: number;
  readonly uptimeMs: number;
  readonly dataDir: string;
  readonly urls: Readonly<Record<string, string>>;
  readonly agents: Readonly<Record<string, number>>;
  readonly plans: Readonly<Record<string, number>>;
  readonly approvalsWaiting: number;
  readonly alertsOpen: number;
  readonly components: ReadonlyArray<{ readonly name: string; readonly status: string; readonly detail: string }>;
}

const counts = (of: Readonly<Record<string, number>>): string =>
  Object.entries(of)
    .map(([word, count]) => `${count} ${word}`)
    .join(', ') || 'none';

function statusText(now: Status): string {
  return [
    `node      ${now.status}, version ${now.version}, pid ${now.pid}, up ${ago(now.uptimeMs)}`,
    `data      ${now.dataDir}`,
    ...Object.entries(now.urls).map(([name, url]) => `${name.padEnd(9)} ${url}`),
    `agents    ${counts(now.agents)}`,
    `plans     ${counts(now.plans)}`,
    `waiting   ${now.approvalsWaiting} approvals`,
    `alerts    ${now.alertsOpen === 0 ? 'none' : `${now.alertsOpen}: see \`troupe alerts\``}`,
    ...now.components.filter(({ status }) => status !== 'ok').map(({ name, status, detail }) => `${name}: ${status}: ${detail}`),
  ].join('\n');
}

function branchOf({ id, type, state, restarts, durable, value, mailbox, children }: TreeNode): Branch {
  const facts = [
    type === 'supervisor' ? 'supervisor' : durable ? 'durable' : 'volatile',
    state,
    ...(value === null ? [] : [typeof value === 'string' ? value : JSON.stringify(value)]),
  ];
  const counted = [...(restarts > 0 ? [`${restarts} restarts`] : []), ...(mailbox > 0 ? [`${mailbox} in mailbox`] : [])];
  return { label: `${id}  ${[...facts, ...counted].join(', ')}`, children: children.map(branchOf) };
}

/** A list of an operation as a table. */
async function list<T = Row>(
  cli: Cli,
  operation: string,
  input: object,
  header: readonly string[],
  row: (item: T) => readonly Cell[],
  empty: string,
  below: (items: readonly T[]) => string = () => '',
): Promise<void> {
  const answer = await nodeOf(cli).call<Items<T>>(operation, input);
  sayPage(cli, answer, () => `${table(header, answer.items.map(row), empty)}${below(answer.items)}`);
}

export const READ_VERBS: readonly Verb[] = [
  {
    name: 'status',
    summary: 'the node, its agents and its work',
    example: 'troupe status',
    run: async (cli) => {
      const now = await nodeOf(cli).call<Status>('system.status');
      say(cli, now, () => statusText(now));
    },
  },
  {
    name: 'agents',
    summary: 'every agent and what it does now',
    example: 'troupe agents --json',
    run: (cli) =>
      list<AgentReport>(
        cli,
        'agent.list',
        {},
        ['AGENT', 'ROLE', 'GATE', 'STATE', 'TASK', 'QUEUED', 'TERMINAL', 'LOST', 'CAPABILITIES'],
        (agent) => [
          agent.name,
          agent.role,
          agent.ungated ? 'ungated' : 'gated',
          agent.state,
          agent.current?.taskId,
          agent.queued,
          agent.session?.terminal,
          agent.sessionsLost,
          agent.capabilities.join(' '),
        ],
        'no agents',
      ),
  },
  {
    name: 'plans',
    summary: 'plans, the newest first',
    options: [['--status <status>', 'only those'], ...PAGE],
    example: 'troupe plans --status running',
    run: (cli) =>
      list(
        cli,
        'plan.list',
        filters(cli, 'status', 'limit', 'cursor'),
        ['PLAN', 'STATUS', 'CALLER', 'STARTED', 'BRANCH'],
        (plan) => [plan.plan, plan.status, plan.caller, plan.startedAt === null ? '-' : clockTime(Number(plan.startedAt), cli.clock.now()), plan.branch],
        'no plans; run one with `troupe run PLAN`',
      ),
  },
  {
    name: 'tasks',
    summary: 'tasks, the newest first',
    options: [['--plan <plan>', 'of one plan'], ['--agent <agent>', 'of one agent'], ['--status <status>', 'only those'], ...PAGE],
    example: 'troupe tasks --status interrupted',
    run: (cli) =>
      list(
        cli,
        'task.list',
        filters(cli, 'plan', 'agent', 'status', 'limit', 'cursor'),
        ['TASK', 'PLAN', 'STATUS', 'AGENT', 'ATTEMPTS'],
        (task) => [task.id, task.plan, task.status, task.agent, task.attempts],
        'no tasks',
      ),
  },
  {
    name: 'actors',
    summary: 'the supervision tree',
    options: [['--from <address>', 'only below this supervisor']],
    example: 'troupe actors --json',
    run: async (cli) => {
      const answer = await nodeOf(cli).call<{ tree: readonly TreeNode[] }>('actor.tree', filters(cli, 'from'));
      say(cli, answer, () => tree(answer.tree.map(branchOf)));
    },
  },
  {
    name: 'inspect',
    summary: 'one actor: state, context, mailbox, why it waits',
    args: ['<address>'],
    example: 'troupe inspect agents/testing',
    run: async (cli, [address]) => {
      const seen = await nodeOf(cli).call<object>('actor.inspect', { address });
      say(cli, seen, () => JSON.stringify(seen, null, 2));
    },
  },
  {
    name: 'messages',
    summary: 'messages that agents have received',
    options: [['--agent <agent>', 'of one agent'], ...PAGE],
    example: 'troupe messages --agent database',
    run: (cli) =>
      list(
        cli,
        'inbox.read',
        filters(cli, 'agent', 'limit', 'cursor'),
        ['AT', 'AGENT', 'FROM', 'TYPE', 'STATE', 'PAYLOAD'],
        (message) => [clockTime(Number(message.at), cli.clock.now()), message.agent, message.from, message.kind, message.state, JSON.stringify(message.payload)],
        'no messages',
      ),
  },
  {
    name: 'dead-letters',
    summary: 'messages that nobody could take, with the reason',
    options: PAGE,
    example: 'troupe dead-letters',
    run: (cli) =>
      list(
        cli,
        'deadletter.list',
        filters(cli, 'limit', 'cursor'),
        ['AT', 'TO', 'FROM', 'TYPE', 'REASON', 'DETAIL'],
        (letter) => [clockTime(Number(letter.at), cli.clock.now()), letter.to, letter.from, letter.type, letter.reason, letter.detail],
        'no dead letters',
      ),
  },
  {
    name: 'alerts',
    summary: 'what a person ought to know of, with the fix',
    options: [['--all', 'also what is over'], ...PAGE],
    example: 'troupe alerts',
    run: (cli) =>
      list(
        cli,
        'alert.list',
        filters(cli, 'all', 'limit', 'cursor'),
        ['SINCE', 'UNTIL', 'SEVERITY', 'ALERT', 'TEXT'],
        ({ raisedAt, clearedAt, severity, id, text }) => [
          clockTime(Number(raisedAt), cli.clock.now()),
          clearedAt === null ? '-' : clockTime(Number(clearedAt), cli.clock.now()),
          severity,
          id,
          text,
        ],
        'no alerts',
      ),
  },
  {
    name: 'approvals',
    summary: 'what waits for a decision',
    options: [['--plan <plan>', 'of one plan'], ['--all', 'also what was decided'], ...PAGE],
    example: 'troupe approvals',
    run: (cli) =>
      list<ApprovalRow>(
        cli,
        'approval.list',
        filters(cli, 'plan', 'all', 'limit', 'cursor'),
        ['REQUEST', 'RISK', 'AGENT', 'STATE', 'WHO DECIDES', 'UNTIL', 'ACTION'],
        (row) => approvalCells(row, cli.clock.now()),
        'nothing waits',
        offersText,
      ),
  },
];
