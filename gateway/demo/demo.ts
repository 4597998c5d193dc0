// The main job, shown: a fleet in a temporary data directory runs the shipped plan on a git repository, loses a session and an actor
// in the middle, and what is claimed of it is checked against the events of the run and against git.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { AgentReport } from '../../actors/agent/agent-report.ts';
import type { Policy } from '../../actors/gate/index.ts';
import { reportText } from '../../actors/plan/report-text.ts';
import type { PlanReport } from '../../actors/work/types.ts';
import { packageRoot } from '../../runtime/index.ts';
import { type Cli, say } from '../cli/cli.ts';
import { startEmbedded } from '../cli/embedded-node.ts';
import { EXIT } from '../cli/exit-codes.ts';
import { type PlanWish, runPlan } from '../cli/follow-plan.ts';
import type { NodeClient } from '../cli/node-client.ts';
import type { Stopped } from '../main.ts';
import { type DemoRepository, keepDeploymentRefs } from './demo-repository.ts';
import { type AuditedFact, type AuditVerdict, deployedByVote, PROVING_KINDS } from './deployment-proof.ts';
import { Drills } from './drill.ts';
import { ExecutionCount, factsTrue, nothingLost, nothingTwice, type Proof, readFacts } from './evidence.ts';

export interface DemoOptions {
  readonly repository: DemoRepository;
  /** Approve what waits without asking. */
  readonly yes: boolean;
  /** Called once the node runs, with the way to stop it early. */
  onStarted(stop: () => Promise<unknown>): void;
}

const PLAN = join('examples', 'demo.yaml');
/** Its first step sleeps, so that it can be met running. */
const DRILLED_TASK = 'survey';
/** Its first attempt does not hold. */
const LAUNCH_TASK = 'launch';

/** True when everything that it claims holds; says which does not. */
export async function runDemo(cli: Cli, { repository, yes, onStarted }: DemoOptions): Promise<boolean> {
  const tell = (text: string): void => void (cli.options.json === true ? cli.terminal.stderr : cli.terminal.stdout).write(`${text}\n`);
  tell(`repository: ${repository.from}`);
  const putBack = await keepDeploymentRefs(repository);
  const { started, client } = await startEmbedded(cli, undefined, { policy: forOnePerson });
  onStarted(() => started.stop().finally(putBack));
  tell(`a node with ${started.fleet.agents.length} agents is ready, in ${started.terminal}; ${yes ? 'what waits is approved as `demo`' : 'what waits is asked here'}\n`);
  const count = new ExecutionCount();
  const drills = new Drills({ client, task: DRILLED_TASK, kill: (pid) => process.kill(pid, 'SIGKILL') });
  let stopped: Stopped | undefined;
  try {
    const report = await runPlan(cli, client, planOf(repository), {
      onEvent(event, say) {
        count.observe(event);
        return drills.observe(event, say);
      },
      ...(yes ? { decide: async () => 'approve' as const } : {}),
    });
    const proofs = [
      nothingLost(report),
      nothingTwice(count.list(), drills.done.session?.request),
      ...(await drillProofs(client, drills)),
      await deploymentProof(client, report),
      await reportProof(repository, report),
    ];
    stopped = await started.stop();
    return conclude(cli, { repository, report, proofs, document: await documentOf(repository, report), stopped });
  } finally {
    if (stopped === undefined) await started.stop();
    await putBack();
  }
}

/** Nobody can have logged in on a node that is begun for the demo and ends with it, and there is no second person; what it runs is shipped with it. */
function forOnePerson(policy: Policy): Policy {
  return { ...policy, approvals: { ...policy.approvals, login: 'never' }, rounds: { ...policy.rounds, thenPerson: false } };
}

/** MEDIUM is confirmed beforehand, so that one question is left to be asked. */
function planOf({ path }: DemoRepository): PlanWish {
  const file = join(packageRoot(), PLAN);
  return { text: readFileSync(file, 'utf8'), file: PLAN, baseDir: path, workspace: path, approve: 'MEDIUM' };
}

async function drillProofs(client: NodeClient, { done: { session, actor } }: Drills): Promise<Proof[]> {
  const agent = session === undefined ? undefined : await client.call<AgentReport>('agent.status', { agent: session.agent });
  const seen = actor === undefined ? undefined : await client.call<{ restarts: number; state: string }>('actor.inspect', { address: actor.address });
  const epochs =
    session === undefined || agent === undefined
      ? 'no session was killed'
      : `${session.agent}: epoch ${session.epoch} of process ${session.pid}, then epoch ${agent.session?.epoch} of process ${agent.session?.pid}`;
  const restarts =
    actor === undefined || seen === undefined ? 'no actor was killed' : `${actor.address}: restarted ${seen.restarts} time${seen.restarts === 1 ? '' : 's'} from its snapshot`;
  return [
    { claim: 'a killed session was replaced', holds: session !== undefined && (agent?.session?.epoch ?? 0) > session.epoch, detail: epochs },
    { claim: 'a killed actor went on', holds: (seen?.restarts ?? 0) === 1, detail: restarts },
  ];
}

/** From the audit log alone. */
async function deploymentProof(client: NodeClient, { plan }: PlanReport): Promise<Proof> {
  const pages = await Promise.all(PROVING_KINDS.map((kind) => client.call<{ items: readonly AuditedFact[] }>('audit.query', { kind, limit: 500 })));
  const audit = await client.call<AuditVerdict>('audit.verify');
  const [first, second] = [1, 2].map((attempt) => `${plan}.${LAUNCH_TASK}.0.${attempt}`) as [string, string];
  return deployedByVote(
    pages.flatMap(({ items }) => items),
    { first, second },
    audit,
  );
}

async function documentOf({ git }: DemoRepository, { branch }: PlanReport): Promise<string> {
  return branch === null ? '' : git('show', `${branch}:REPORT.md`).catch(() => '');
}

/** Counts again what the report states, without the fleet. */
async function reportProof(repository: DemoRepository, report: PlanReport): Promise<Proof> {
  const { git } = repository;
  const text = await documentOf(repository, report);
  const base = /about commit ([0-9a-f]{40,64})\./.exec(text)?.[1];
  if (base === undefined) return { claim: 'the report is true', holds: false, detail: 'there is no REPORT.md on the branch of the plan' };
  const [commits, tree, files] = await Promise.all([git('rev-list', '--count', base), git('rev-parse', `${base}^{tree}`), git('ls-tree', '-r', '--name-only', base)]);
  return factsTrue(readFacts(text), { commits, tree, 'tracked files': String(files.split('\n').filter((line) => line !== '').length) });
}

interface Ending {
  readonly repository: DemoRepository;
  readonly report: PlanReport;
  readonly proofs: readonly Proof[];
  readonly document: string;
  readonly stopped: Stopped;
}

function conclude(cli: Cli, { repository, report, proofs, document, stopped }: Ending): boolean {
  const { width, colour } = cli.terminal;
  const holds = proofs.every((proof) => proof.holds);
  say(cli, { repository: repository.path, report, proofs, document, stopped }, () =>
    [
      `\n${reportText(report, { width, colour })}`,
      `REPORT.md on branch ${report.branch} of ${repository.path}:\n`,
      document.replace(/^/gm, '  '),
      '',
      ...proofs.map((proof) => `${proof.holds ? 'ok    ' : 'FAILED'}  ${proof.claim}: ${proof.detail}`),
      `stopped ${stopped.sessions} sessions and the node`,
    ].join('\n'),
  );
  if (!holds) cli.exitCode = EXIT.failed;
  return holds;
}
