// Follows one plan from its submission to its end: news as they come, decisions when somebody is there to take them.
import { createInterface } from 'node:readline/promises';
import { progressLines } from '../../actors/plan/progress-line.ts';
import type { PlanReport, RiskLevel } from '../../actors/work/types.ts';
import { isCoded } from '../../runtime/index.ts';
import { pause } from '../node/wait-until.ts';
import type { Cli } from './cli.ts';
import { type LiveView, plainView, treeView } from './live-tree.ts';
import type { NodeClient, NodeEvent } from './node-client.ts';
import { visible } from './table.ts';

export interface PlanWish {
  readonly text: string;
  readonly file: string;
  readonly baseDir: string;
  readonly workspace?: string;
  readonly approve?: RiskLevel;
  readonly approvalMs?: number;
}

export interface Follower {
  /** Called with the plan's id once the node has it. */
  onBegun?(plan: string): void;
  /** Called with every event of the plan, after it was shown and before anybody is asked about it; `say` adds a line of news. */
  onEvent?(event: NodeEvent, say: (text: string) => void): void | Promise<void>;
  /** Decides instead of asking on the terminal. Undefined: leave it waiting. */
  decide?(event: NodeEvent): Promise<'approve' | 'deny' | undefined>;
  /** No lines of news. */
  readonly quiet?: boolean;
}

const AWAIT_MS = 30_000;
const TOLD_MS = 1_000;
const ENDED: readonly string[] = ['succeeded', 'failed', 'cancelled', 'interrupted'];

/** Resolves with the report once the plan has ended or waits as interrupted. */
export async function runPlan(cli: Cli, client: NodeClient, wish: PlanWish, follower: Follower = {}): Promise<PlanReport> {
  const ending = new AbortController();
  const events = await client.events(ending.signal);
  const { plan } = await client.call<{ plan: string }>('plan.run', wish);
  follower.onBegun?.(plan);
  const view = await openView(cli, client, plan, follower);
  const telling = tell({ cli, client, plan, view, follower, signal: ending.signal }, events);
  const failed = new Promise<never>((_resolve, reject) => void telling.catch(reject));
  try {
    const report = await Promise.race([ended(client, plan), failed]);
    // What is still on its way is told before the report.
    await Promise.race([telling, pause(cli.clock, TOLD_MS)]);
    return report;
  } finally {
    ending.abort();
    await telling.catch(() => undefined);
    view.clear();
  }
}

async function openView(cli: Cli, client: NodeClient, plan: string, { quiet }: Follower): Promise<LiveView> {
  const { terminal, clock, options } = cli;
  if (quiet === true) return { line: () => undefined, event: () => undefined, clear: () => undefined };
  const out = options.json === true ? terminal.stderr : terminal.stdout;
  if (!terminal.interactive || options.json === true) return plainView(out);
  const report = await client.call<PlanReport>('plan.status', { plan });
  return treeView(report, { out, colour: terminal.colour, width: terminal.width, height: terminal.height, now: () => clock.now() });
}

async function ended(client: NodeClient, plan: string): Promise<PlanReport> {
  for (;;) {
    const report = await client.call<PlanReport>('plan.await', { plan, timeoutMs: AWAIT_MS });
    if (ENDED.includes(report.status)) return report;
  }
}

interface Telling {
  readonly cli: Cli;
  readonly client: NodeClient;
  readonly plan: string;
  readonly view: LiveView;
  readonly follower: Follower;
  readonly signal: AbortSignal;
}

/** Until the plan's end was told, or the stream ends. */
async function tell(telling: Telling, events: AsyncIterable<NodeEvent>): Promise<void> {
  const { plan, view, follower } = telling;
  const lines = progressLines(plan);
  for await (const event of events) {
    const text = lines(event);
    if (text !== undefined) view.line(text);
    if (event.body.planId !== plan) continue;
    view.event(event);
    await follower.onEvent?.(event, view.line);
    if (event.kind === 'approval.requested') await decide(telling, event);
    if (event.kind === 'plan.changed' && ENDED.includes(String(event.body.status))) return;
  }
}

async function decide(telling: Telling, event: NodeEvent): Promise<void> {
  // The fleet votes first: there is nothing to ask anybody yet.
  if (event.body.rung === 'round') return;
  const { client, follower } = telling;
  const decision = follower.decide === undefined ? await askPerson(telling, event) : await follower.decide(event);
  if (decision === undefined) return;
  const verdict = event.body.verdict as { readonly actionHash: string };
  try {
    await client.call('approval.decide', { request: event.body.id, decision, actionHash: verdict.actionHash });
  } catch (error) {
    // Somebody else was faster: that is a decision too.
    if (!isCoded(error, 'NotDecided')) throw error;
  }
}

async function askPerson({ cli: { terminal, options }, view, signal }: Telling, { body }: NodeEvent): Promise<'approve' | 'deny' | undefined> {
  if (!terminal.interactive || options.json === true) return undefined;
  view.clear();
  const asking = createInterface({ input: terminal.stdin, output: terminal.stdout });
  try {
    const { action, verdict } = body as { action: { payload: unknown }; verdict: { level: string; findings: ReadonlyArray<{ why: string }> } };
    const why = verdict.findings.map((finding) => finding.why).join('; ');
    // A plan that ends meanwhile ends the question too.
    const answer = await asking.question(
      `\n${visible(String(body.agent))} asks, ${verdict.level}: ${visible(JSON.stringify(action.payload))}\n  ${visible(why)}\n  approve? [y/N] `,
      { signal },
    );
    return /^y(es)?$/i.test(answer.trim()) ? 'approve' : 'deny';
  } finally {
    asking.close();
  }
}
