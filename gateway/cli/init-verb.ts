// `init`: looks at what a repository and its machine have, writes a fleet file and a first plan. Overwrites nothing.
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { builtInFleet } from '../../actors/fleet/built-in-fleet.ts';
import { findExecutable } from '../../actors/session/index.ts';
import { testCommand } from '../../actors/workspace/index.ts';
import { FLEET_FILE } from '../node/fleet.ts';
import { isInRepository } from '../node/places.ts';
import { type Cli, say } from './cli.ts';
import type { Verb } from './verb.ts';

const PLAN_FILE = 'plan.yaml';
const KEYS: readonly string[] = ['ANTHROPIC_API_KEY', 'ANTHROPIC_API_KEY_FILE', 'OPENAI_API_KEY'];

const TWO_AGENTS = [
  { name: 'supervisor', role: 'supervisor', title: 'Supervisor', capabilities: ['delegate'], port: 8089 },
  { name: 'builder', role: 'worker', title: 'Builder', capabilities: ['code', 'test'], port: 8090 },
];

function fleetText(all: boolean): string {
  const agents = all ? builtInFleet().agents.map(({ name, role, title, capabilities, port }) => ({ name, role, title, capabilities: [...capabilities], port })) : TWO_AGENTS;
  const few = all ? '' : `# Deployments are voted on by agents that are not here: \`troupe init --all\` writes all nine.\n`;
  return `# The agents of this repository: \`troupe up\` starts one terminal for each.\n${few}${stringify({ agents })}`;
}

function planText(inGit: boolean, test: string | undefined): string {
  const look = inGit ? ['git log --oneline -5', 'git ls-files'] : ['ls'];
  const tasks = [
    { id: 'look', capability: 'code', steps: look.map((bash) => ({ bash, idempotent: true })) },
    ...(test === undefined ? [] : [{ id: 'test', capability: 'test', needs: ['look'], timeoutMs: 600_000, steps: [{ bash: test, idempotent: true }] }]),
    {
      id: 'note',
      capability: 'code',
      needs: [test === undefined ? 'look' : 'test'],
      steps: [{ file: { op: 'write', path: 'TROUPE.md', content: 'Last files seen:\n\n{{look.stdout}}\n' }, idempotent: true }],
    },
  ];
  return `# A first plan: \`troupe run ${PLAN_FILE}\` asks before it writes; \`--approve MEDIUM\` says yes beforehand.\n${stringify({ name: 'first-plan', workspace: '.', tasks }, { lineWidth: 0 })}`;
}

function writeNew(cli: Cli, name: string, text: string): { readonly file: string; readonly written: boolean } {
  const file = join(cli.cwd, name);
  if (existsSync(file)) return { file: name, written: false };
  writeFileSync(file, text);
  return { file: name, written: true };
}

async function init(cli: Cli): Promise<void> {
  const inGit = isInRepository(cli.cwd);
  const test = testCommand(cli.cwd);
  const path = cli.env.PATH ?? '';
  const found = {
    git: inGit,
    tmux: findExecutable('tmux', path),
    claude: findExecutable('claude', path),
    keys: KEYS.filter((name) => (cli.env[name] ?? '') !== ''),
    test: test ?? null,
  };
  const files = [writeNew(cli, FLEET_FILE, fleetText(cli.options.all === true)), writeNew(cli, PLAN_FILE, planText(inGit, test))];
  say(cli, { found, files }, () =>
    [
      `repository  ${found.git ? 'git: each task works in a worktree of its own' : 'none: tasks work in this folder as it is'}`,
      `tmux        ${found.tmux ?? 'not found: sessions run without it, and nobody can attach'}`,
      `claude      ${found.claude ?? 'not found'}`,
      `keys        ${found.keys.join(', ') || 'none: the playbook driver needs none'}`,
      `tests       ${found.test ?? 'not found'}`,
      ...files.map(({ file, written }) => `${written ? 'wrote' : 'kept '}       ${file}`),
      'next        troupe up --detach && troupe run plan.yaml --approve MEDIUM',
    ].join('\n'),
  );
}

export const INIT_VERB: Verb = {
  name: 'init',
  summary: 'writes a fleet file and a first plan for this repository',
  options: [['--all', 'all nine agents instead of two']],
  example: 'troupe init',
  run: init,
};
