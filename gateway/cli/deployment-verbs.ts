// `deploy`, `deployments`, `rollback`: asked for here, decided on as every other request, followed to the end with --wait.
import { resolve } from 'node:path';
import type { RunReport } from '../../actors/process/processes.ts';
import type { DeploymentRow } from '../../actors/read-model/index.ts';
import type { PlanReport } from '../../actors/work/types.ts';
import type { TargetReport } from '../node/targets.ts';
import { type Cli, filters, nodeOf, say, sayPage } from './cli.ts';
import { EXIT } from './exit-codes.ts';
import type { NodeClient } from './node-client.ts';
import { clockTime, table } from './table.ts';
import { PAGE, type Verb } from './verb.ts';

const AWAIT_MS = 30_000;
const ENDED: readonly string[] = ['succeeded', 'failed', 'cancelled', 'interrupted'];

interface Asked {
  readonly deployment: string;
  readonly plan: string;
  readonly rollbackTo?: string | null;
}

/** The plan's end is the deployment's. */
async function follow(client: NodeClient, { plan }: Asked): Promise<PlanReport> {
  for (;;) {
    const report = await client.call<PlanReport>('plan.await', { plan, timeoutMs: AWAIT_MS });
    if (ENDED.includes(report.status)) return report;
  }
}

async function conclude(cli: Cli, client: NodeClient, asked: Asked, waits: string): Promise<void> {
  if (cli.options.wait !== true) return say(cli, asked, () => `${asked.deployment}: ${waits}; see \`troupe approvals\` and \`troupe deployments\``);
  const report = await follow(client, asked);
  if (report.status !== 'succeeded') cli.exitCode = EXIT.failed;
  const problem = report.tasks.find(({ error }) => error !== undefined)?.error?.message;
  say(cli, { ...asked, status: report.status, problem: problem ?? null }, () => `${asked.deployment} ${report.status}${problem === undefined ? '' : `: ${problem}`}`);
}

async function deploy(cli: Cli, [environment = '', version = '']: readonly string[]): Promise<void> {
  const { strategy, source, target, verify, agent, workspace } = cli.options;
  const given = Object.fromEntries(Object.entries({ strategy, source, target, verify, agent }).filter(([, value]) => value !== undefined));
  const client = nodeOf(cli);
  const folder = resolve(cli.cwd, typeof workspace === 'string' ? workspace : '.');
  const asked = await client.call<Asked>('deployment.start', { environment, version, workspace: folder, ...given });
  await conclude(cli, client, asked, `${version} to ${environment} waits for its decision`);
}

async function rollback(cli: Cli, [deployment = '']: readonly string[]): Promise<void> {
  const { why, agent } = cli.options;
  const client = nodeOf(cli);
  const asked = await client.call<Asked>('deployment.rollback', { deployment, ...(why === undefined ? {} : { why }), ...(agent === undefined ? {} : { agent }) });
  await conclude(cli, client, asked, `the way back to ${asked.rollbackTo ?? 'nothing, as before'} waits for its decision`);
}

const movedTo = ({ kind, version, rollbackTo }: DeploymentRow): string => (kind === 'deploy' ? version : `${version} back to ${rollbackTo ?? 'nothing'}`);

async function list(cli: Cli): Promise<void> {
  const wish = filters(cli, 'environment', 'state', 'limit', 'cursor');
  const answer = await nodeOf(cli).call<{ readonly items: readonly DeploymentRow[]; readonly nextCursor: string | null }>('deployment.list', wish);
  sayPage(cli, answer, () =>
    table(
      ['AT', 'DEPLOYMENT', 'STATE', 'ENVIRONMENT', 'VERSION', 'LAST GOOD', 'GRANTED BY', 'PROBLEM'],
      answer.items.map((row) => [
        clockTime(Number(row.openedAt), cli.clock.now()),
        row.id,
        row.state,
        row.environment,
        movedTo(row),
        row.lastGood,
        row.grantedBy,
        row.problem?.message,
      ]),
      'none was granted; `troupe plans` has those that were asked for',
    ),
  );
}

function runLine({ version, state, port, pid, restarts, why }: RunReport): string {
  const where = [...(pid === null ? [] : [`process ${pid}`]), ...(port === null ? [] : [`port ${port}`]), ...(restarts === 0 ? [] : [`started again ${restarts} times`])];
  return `now        ${version} ${state}${where.length === 0 ? '' : ` (${where.join(', ')})`}${why === null ? '' : `: ${why}`}`;
}

async function show(cli: Cli, deployment: string): Promise<void> {
  const row = await nodeOf(cli).call<DeploymentRow & { readonly now: TargetReport }>('deployment.status', { deployment });
  say(cli, row, () =>
    [
      `deployment ${row.id}: ${row.state}`,
      `what       ${movedTo(row)} to ${row.environment}, in ${row.place}`,
      `granted    by ${row.grantedBy ?? 'nobody'}, ${row.level}, for ${row.actionHash}`,
      `last good  ${row.lastGood ?? 'nothing ran before'}`,
      `recorded   commit ${row.commit ?? 'none: no repository'}, backup ${row.backup ?? 'none'}`,
      ...[row.problem, row.stuck].flatMap((each) => (each === null ? [] : [`problem    ${each.message}`])),
      ...row.now.runs.map(runLine),
      ...(row.now.log === null ? [] : [`log        ${row.now.log}`]),
    ].join('\n'),
  );
}

const WAIT = ['--wait', 'until it has ended; exit code 1 when it did not hold'] as const;
const AGENT = ['--agent <name>', 'who does it; default whoever can deploy'] as const;

export const DEPLOYMENT_VERBS: readonly Verb[] = [
  {
    name: 'deploy',
    summary: 'asks for a deployment: decided on, backed up, laid down, verified, promoted or taken back',
    args: ['<environment>', '<version>'],
    options: [
      ['--workspace <dir>', 'default the current folder'],
      ['--source <folder>', 'what of it is deployed; default all'],
      ['--target <place>', 'below the folder for deployments; default the environment'],
      ['--strategy <how>', 'rolling, blue_green or all_at_once'],
      ['--verify <command>', 'says whether the version holds'],
      AGENT,
      WAIT,
    ],
    example: 'troupe deploy production 1.2.0 --source site --verify "test -f index.html" --wait',
    run: deploy,
  },
  {
    name: 'deployments',
    summary: 'deployments, the newest first; or one of them',
    args: ['[deployment]'],
    options: [['--environment <name>', 'only there'], ['--state <state>', 'only promoted, restored, rolled_back, failed, stuck …'], ...PAGE],
    example: 'troupe deployments --environment production',
    run: (cli, [deployment]) => (deployment === undefined ? list(cli) : show(cli, deployment)),
  },
  {
    name: 'rollback',
    summary: 'asks for the way back from a deployment that runs, to the last good version before it',
    args: ['<deployment>'],
    options: [['--why <text>', 'recorded'], AGENT, WAIT],
    example: 'troupe rollback deploy-7f3a.deploy.0.1 --why "too slow" --wait',
    run: rollback,
  },
];
