// `doctor`: looks at the machine and the node; names the first thing that fails, and its fix.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { AlertRow } from '../../runtime/index.ts';
import { readOnlyJournal } from '../../runtime/persistence/index.ts';
import { type Cli, configOf, nodeOf, say } from './cli.ts';
import { describeError, EXIT } from './exit-codes.ts';
import { type CheckSetting, type Finding, MACHINE_CHECKS } from './machine-checks.ts';
import type { Verb } from './verb.ts';

type Alert = Pick<AlertRow, 'id' | 'text'>;

/** Alerts that doctor spells out. */
const NAMED = 20;

interface Checked extends Finding {
  readonly name: string;
}

async function nodeFinding(cli: Cli): Promise<Finding> {
  try {
    const { status, components } = await nodeOf(cli).call<{ status: string; components: ReadonlyArray<{ name: string; status: string; detail: string }> }>('system.status');
    const ill = components.filter((component) => component.status !== 'ok').map(({ name, detail }) => `${name}: ${detail}`);
    if (status === 'ok') return { status: 'ok', detail: 'runs and is well' };
    return { status: status === 'degraded' ? 'warning' : 'failed', detail: `${status}: ${ill.join('; ')}`, fix: 'see `troupe agents` and logs/node.log in the data directory' };
  } catch (error) {
    const { code, message } = describeError(error);
    return code === 'NodeUnreachable' ? { status: 'ok', detail: 'does not run' } : { status: 'failed', detail: message, fix: 'see logs/node.log in the data directory' };
  }
}

/** Of the running node, else what the last one left: a node that does not start for it is looked at too. */
async function openAlerts(cli: Cli): Promise<readonly Alert[]> {
  const asked = async () => nodeOf(cli).call<{ items: readonly Alert[] }>('alert.list', { limit: 500 });
  const answer = await asked().catch(() => undefined);
  if (answer !== undefined) return answer.items;
  const { dataDir } = configOf(cli);
  if (!existsSync(join(dataDir, 'shared_inbox.db'))) return [];
  const journal = readOnlyJournal(dataDir);
  try {
    return await journal.alerts();
  } finally {
    journal.close();
  }
}

/** Each by its text, which names who it is about and the fix. */
async function alertFinding(cli: Cli): Promise<Finding> {
  const alerts = await openAlerts(cli);
  if (alerts.length === 0) return { status: 'ok', detail: 'none' };
  const named = alerts.slice(0, NAMED).map(({ id, text }) => `\n  ${id}: ${text}`);
  const more = alerts.length > NAMED ? `\n  and ${alerts.length - NAMED} more: see \`troupe alerts\`` : '';
  return { status: 'warning', detail: `${alerts.length} open:${named.join('')}${more}`, fix: 'mend each as it says' };
}

async function lookAll(cli: Cli): Promise<readonly Checked[]> {
  const setting: CheckSetting = { config: configOf(cli), clock: cli.clock, cwd: cli.cwd, env: cli.env };
  const checked: Checked[] = [];
  for (const { name, look } of [...MACHINE_CHECKS, { name: 'alerts', look: () => alertFinding(cli) }]) {
    const finding = await Promise.resolve()
      .then(() => look(setting))
      .catch((error: unknown): Finding => ({ status: 'failed', detail: describeError(error).message, fix: 'mend it as it says' }));
    checked.push({ name, ...finding });
  }
  return [...checked, { name: 'running node', ...(await nodeFinding(cli)) }];
}

const MARK = { ok: 'ok     ', warning: 'warning', failed: 'FAILED ' } as const;

async function doctor(cli: Cli): Promise<void> {
  const checks = await lookAll(cli);
  const first = checks.find(({ status }) => status === 'failed');
  say(cli, { ok: first === undefined, first: first ?? null, checks }, () => {
    const lines = checks.map(({ name, status, detail }) => `${MARK[status]}  ${name.padEnd(15)} ${detail}`);
    const hints = checks.filter(({ status }) => status === 'warning').map(({ name, fix }) => `${name}: ${fix ?? ''}`);
    return [...lines, ...hints, first === undefined ? 'all is well' : `\nfirst to mend: ${first.name}: ${first.detail}\n  ${first.fix ?? ''}`].join('\n');
  });
  if (first !== undefined) cli.exitCode = EXIT.failed;
}

export const DOCTOR_VERB: Verb = {
  name: 'doctor',
  summary: 'checks the machine and the node; names the first failed thing and its fix',
  options: [
    ['--config <file>', 'fleet file'],
    ['--port-offset <n>', 'as for `up`'],
    ['--host <ip>', 'as for `up`'],
  ],
  example: 'troupe doctor',
  run: doctor,
};
