// `rules`: what people added to the policy, and which decisions are remembered; adds and removes them.
import { codedError } from '../../runtime/index.ts';
import { type Cli, nodeOf, say } from './cli.ts';
import { clockTime, table } from './table.ts';
import type { Verb } from './verb.ts';

interface RuleRow {
  readonly id: string;
  readonly owner: string;
  readonly why: string;
  readonly scope: Readonly<Record<'agent' | 'repository' | 'task', string | null>>;
  readonly does: { readonly kind: string; readonly finding?: string; readonly level?: string; readonly action?: { readonly type: string; readonly payload: object } };
  readonly expiresAt: number;
}

const UNITS: Readonly<Record<string, number>> = { m: 60_000, h: 3_600_000, d: 86_400_000 };

/** `90m`, `12h`, `30d` */
function duration(given: unknown): number {
  const [, amount, unit = ''] = /^(\d{1,4})([mhd])$/.exec(String(given)) ?? [];
  if (amount === undefined) throw codedError('InvalidInput', { problem: `--for: '${String(given)}' is no time such as 90m, 12h or 30d` });
  return Number(amount) * (UNITS[unit] ?? 0);
}

const doesText = ({ kind, finding, level, action }: RuleRow['does']): string =>
  action === undefined ? `${kind}s ${finding ?? ''} to ${level ?? ''}` : `allows ${action.type} ${JSON.stringify(action.payload)}`;
const scopeText = ({ agent, repository, task }: RuleRow['scope']): string => [agent, task, repository].filter((part) => part !== null).join(' ') || 'any';

async function list(cli: Cli): Promise<void> {
  const answer = await nodeOf(cli).call<{ readonly items: readonly RuleRow[] }>('rule.list', cli.options.all === true ? { all: true } : {});
  const rows = answer.items.map(({ id, owner, does, scope, expiresAt, why }) => [id, owner, doesText(does), scopeText(scope), clockTime(expiresAt, cli.clock.now()), why]);
  say(cli, answer, () => table(['RULE', 'OWNER', 'DOES', 'FOR', 'UNTIL', 'WHY'], rows, 'no rules but those of the policy file'));
}

async function add(cli: Cli): Promise<void> {
  const { finding, raise, lower, why, agent, repository } = cli.options;
  if ((raise === undefined) === (lower === undefined)) throw codedError('InvalidInput', { problem: 'rules add takes --raise LEVEL or --lower LEVEL, one of them' });
  const does = raise === undefined ? 'lower' : 'raise';
  const input = { finding, does, level: raise ?? lower, why, agent, repository, forMs: duration(cli.options.for ?? '30d') };
  const answer = await nodeOf(cli).call<{ readonly rule: string }>('rule.add', Object.fromEntries(Object.entries(input).filter(([, value]) => value !== undefined)));
  say(cli, answer, () => `added ${answer.rule}`);
}

async function remove(cli: Cli, rule: string | undefined): Promise<void> {
  if (rule === undefined) throw codedError('InvalidInput', { problem: 'rules remove takes the id of a rule' });
  const { why } = cli.options;
  const answer = await nodeOf(cli).call('rule.remove', { rule, ...(why === undefined ? {} : { why }) });
  say(cli, answer, () => `removed ${rule}`);
}

export const RULES_VERB: Verb = {
  name: 'rules',
  summary: 'rules that were added and decisions that are remembered; add or remove one',
  args: ['[action]', '[rule]'],
  options: [
    ['--all', 'also those that are over'],
    ['--finding <rule>', 'add: a finding as `assess` names it'],
    ['--raise <level>', 'add: at least this'],
    ['--lower <level>', 'add: MEDIUM or HIGH'],
    ['--agent <agent>', 'add: for this agent only'],
    ['--repository <path>', 'add: for plans in this folder only'],
    ['--for <time>', 'add: how long it holds, such as 12h; default 30d'],
    ['--why <text>', 'recorded'],
  ],
  example: 'troupe rules add --finding bash-recursive --lower MEDIUM --agent testing --for 7d --why "it only has a scratch folder"',
  async run(cli, [action, rule]) {
    if (action === undefined) return list(cli);
    if (action === 'add') return add(cli);
    if (action === 'remove') return remove(cli, rule);
    throw codedError('InvalidInput', { problem: `rules ${action}: only 'add' and 'remove' are known` });
  },
};
