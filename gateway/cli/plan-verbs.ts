// `run` and `task`: a plan from file to report, and the report of one task.
import { dirname, resolve } from 'node:path';
import { reportText, taskText } from '../../actors/plan/report-text.ts';
import type { PlanReport, RiskLevel, TaskReport } from '../../actors/work/types.ts';
import { codedError, isCoded } from '../../runtime/index.ts';
import { readText } from '../private-file.ts';
import { type Cli, nodeOf, note, say } from './cli.ts';
import { EXIT } from './exit-codes.ts';
import { type PlanWish, runPlan } from './follow-plan.ts';
import type { NodeClient } from './node-client.ts';
import { onSignal } from './signals.ts';
import type { Verb } from './verb.ts';

const LEVELS: readonly string[] = ['LOW', 'MEDIUM', 'HIGH'];
/** Nobody may be there to decide: an unattended run ends. */
const APPROVAL_MS = 600_000;

function levelOf({ options }: Cli): RiskLevel | undefined {
  const { approve } = options;
  if (approve === undefined) return undefined;
  const level = String(approve).toUpperCase();
  if (!LEVELS.includes(level))
    throw codedError('InvalidInput', { problem: `--approve: '${String(approve)}' is none of ${LEVELS.join(', ')}; CRITICAL is never approved beforehand` });
  return level as RiskLevel;
}

function readPlanFile(cli: Cli, plan: string): PlanWish {
  const file = resolve(cli.cwd, plan);
  const text = readText(file);
  if (text === undefined) throw codedError('UnreadableFile', { file, problem: 'does not exist' });
  const { workspace, approvalMs } = cli.options;
  const approve = levelOf(cli);
  return {
    text,
    file: plan,
    baseDir: workspace === undefined ? dirname(file) : cli.cwd,
    ...(workspace === undefined ? {} : { workspace: resolve(cli.cwd, String(workspace)) }),
    ...(approve === undefined ? {} : { approve }),
    approvalMs: approvalMs === undefined ? APPROVAL_MS : Number(approvalMs),
  };
}

function runningNode(cli: Cli): NodeClient | undefined {
  try {
    return nodeOf(cli);
  } catch (error) {
    if (isCoded(error, 'NodeUnreachable')) return undefined;
    throw error;
  }
}

async function embedded(cli: Cli, wish: PlanWish): Promise<PlanReport> {
  // Loaded here: a run on a node that is there needs none of it.
  const { checkPlanFirst, startEmbedded } = await import('./embedded-node.ts');
  checkPlanFirst(cli, wish);
  note(cli, 'no node is running: starting one for this plan');
  const asked = new AbortController();
  const forget = onSignal((signal) => asked.abort(signal));
  try {
    const { started, client } = await startEmbedded(cli, asked.signal);
    try {
      return await untilLeft(cli, asked.signal, () => 'the plan goes on with the next `troupe up` on this data directory', runPlan(cli, client, wish));
    } finally {
      await started.stop();
    }
  } catch (error) {
    if (isCoded(error, 'NodeStopped') && asked.signal.aborted) throw cancelled(cli, String(asked.signal.reason), 'the plan was not begun');
    throw error;
  } finally {
    forget();
  }
}

function cancelled(cli: Cli, reason: string, what: string): Error {
  return codedError('Cancelled', { by: cli.person, why: `${reason}; ${what}` });
}

/** The running node has the plan: whoever goes, and a node that goes, leave it there. */
async function onNode(cli: Cli, client: NodeClient, wish: PlanWish): Promise<PlanReport> {
  const asked = new AbortController();
  const forget = onSignal((signal) => asked.abort(signal), ['SIGINT']);
  let begun: string | undefined;
  const goesOn = (): string => (begun === undefined ? 'the plan may have begun: see `troupe plans`' : `only the watching: ${begun} goes on, \`troupe cancel ${begun}\` ends it`);
  try {
    const following = runPlan(cli, client, wish, {
      onBegun(plan) {
        begun = plan;
      },
    });
    return await untilLeft(cli, asked.signal, goesOn, following);
  } catch (error) {
    if (isCoded(error, 'NodeUnreachable') && begun !== undefined) note(cli, `the node went away: ${begun} goes on when it is started again, see \`troupe plans\` then`);
    throw error;
  } finally {
    forget();
  }
}

/** The report, unless somebody asks to stop: by a signal, or by Ctrl-C or Ctrl-D at a question. Rejects with `Cancelled` then. */
async function untilLeft(cli: Cli, signal: AbortSignal, what: () => string, following: Promise<PlanReport>): Promise<PlanReport> {
  const left = new Promise<never>((_resolve, reject) => {
    const leave = (): void => reject(cancelled(cli, String(signal.reason), what()));
    if (signal.aborted) leave();
    else signal.addEventListener('abort', leave, { once: true });
  });
  try {
    return await Promise.race([following, left]);
  } catch (error) {
    if ((error as { code?: unknown }).code !== 'ABORT_ERR') throw error;
    throw cancelled(cli, (error as Error).message, what());
  }
}

async function run(cli: Cli, [plan = '']: readonly string[]): Promise<void> {
  const wish = readPlanFile(cli, plan);
  const node = runningNode(cli);
  const report = node === undefined ? await embedded(cli, wish) : await onNode(cli, node, wish);
  const { width, colour } = cli.terminal;
  say(cli, report, () => `\n${reportText(report, { width, colour })}`.trimEnd());
  if (report.status !== 'succeeded') cli.exitCode = EXIT.failed;
}

export const PLAN_VERBS: readonly Verb[] = [
  {
    name: 'run',
    summary: 'runs a plan on the running node, or on one of its own when none runs; exits 0 only if the plan succeeded',
    args: ['<plan>'],
    options: [
      ['--approve <level>', 'confirms requests up to MEDIUM or HIGH as the caller, recorded as such'],
      ['--workspace <folder>', "instead of the plan's own"],
      ['--approval-ms <ms>', `how long a decision is awaited; default ${APPROVAL_MS}`],
      ['--config <file>', 'fleet file, when no node runs'],
      ['--port-offset <n>', 'shifts every port, when no node runs'],
      ['--host <ip>', 'address to listen on, when no node runs'],
      ['--watch', 'news of the plan as it runs (the default)'],
    ],
    example: 'troupe run plan.yaml --approve MEDIUM',
    run,
  },
  {
    name: 'task',
    summary: 'the report of one task with every step',
    args: ['<task>'],
    example: 'troupe task check-and-ship-1a2b3c.lint',
    run: async (cli, [task]) => {
      const { plan, ...report } = await nodeOf(cli).call<TaskReport & { readonly plan: string }>('task.status', { task });
      const { width, colour } = cli.terminal;
      say(cli, { plan, ...report }, () => taskText(plan, report, { width, colour }).trimEnd());
    },
  },
];
