import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { runPlaybook } from '../../../actors/driver/playbook.ts';
import { builtInFleet } from '../../../actors/fleet/built-in-fleet.ts';
import { readPlan } from '../../../actors/plan/plan-file.ts';
import { taskWaves, transitiveNeeds } from '../../../actors/plan/plan-graph.ts';
import { taskVariables } from '../../../actors/plan/task-variables.ts';
import { problemsText } from '../../../actors/source-file/index.ts';
import type { Action, Plan, PlannedTask, StepOutcome } from '../../../actors/work/types.ts';
import { runQuery } from '../../../runtime/persistence/query.ts';

function example(name: string): Plan {
  const reading = readPlan(readFileSync(new URL(`../../../examples/${name}`, import.meta.url), 'utf8'), { file: name, fleet: builtInFleet(), baseDir: '/base' });
  if (!reading.ok) throw new Error(problemsText(reading.problems));
  return reading.plan;
}

const folders: string[] = [];
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

const ENV = { PATH: '/usr/bin:/bin', HOME: '/nonexistent', LANG: 'C.UTF-8', GIT_CONFIG_GLOBAL: '/dev/null', GIT_CONFIG_NOSYSTEM: '1' };
const git = (cwd: string, ...args: string[]): string =>
  execFileSync('git', ['-c', 'user.name=Ann', '-c', 'user.email=ann@example.org', ...args], { cwd, env: ENV })
    .toString()
    .trim();

/** Three commits; names and subjects that shells and tables stumble over. */
function repository(): string {
  const folder = mkdtempSync(join(tmpdir(), 'troupe-examples-'));
  folders.push(folder);
  git(folder, 'init', '--quiet', '--initial-branch=main');
  for (const [name, text, subject] of [
    ['a.ts', 'one\ntwo\n', 'First'],
    ["it's $HOME.md", 'text\n', `Second "quoted" $(id) 'one'`],
    ['no-extension', 'x\n', 'Third; rm -rf / | `id`'],
  ] as const) {
    writeFileSync(join(folder, name), text);
    git(folder, 'add', '--all');
    git(folder, 'commit', '--quiet', '-m', subject);
  }
  return folder;
}

/** Does an action as its executor would, on a cleared environment. What leaves the folder is only taken. */
function act(folder: string, { type, payload }: Action): StepOutcome {
  switch (type) {
    case 'BASH_COMMAND': {
      const command = payload.command.replace('sleep 4', 'true');
      const { status, stdout, stderr } = spawnSync('/bin/bash', ['--noprofile', '--norc', '-c', command], { cwd: folder, env: ENV, encoding: 'utf8' });
      return { status: status === 0 ? 'succeeded' : 'failed', exitCode: status ?? -1, stdout, stderr };
    }
    case 'FILE_OPERATION':
      if (payload.op === 'mkdir') mkdirSync(join(folder, payload.path), { recursive: true });
      else {
        mkdirSync(dirname(join(folder, payload.path)), { recursive: true });
        writeFileSync(join(folder, payload.path), payload.content ?? '');
      }
      return { status: 'succeeded' };
    case 'DATABASE_QUERY':
      return {
        status: 'succeeded',
        result: runQuery({ file: join(folder, payload.database), sql: payload.sql, params: payload.params ?? [], readonly: false, maxRows: 100, maxBytes: 10_000 }),
      };
    default:
      return { status: 'succeeded', result: payload };
  }
}

/** Wave by wave, each task's work committed as it is merged. Outcomes by task. */
async function run(plan: Plan, folder: string): Promise<Readonly<Record<string, readonly StepOutcome[]>>> {
  const variables: Record<string, unknown> = { node: { health: 'http://127.0.0.1:5001/health' }, plan: { id: 'demo-1a2b3c', branch: 'troupe/demo-1a2b3c' } };
  const all: Record<string, readonly StepOutcome[]> = {};
  for (const task of taskWaves(plan.tasks).flat()) {
    const outcomes = await attempt(task, folder, variables, 1);
    all[task.id] = outcomes;
    const steps = task.steps.map(({ kind }, index) => ({ ...(outcomes[index] ?? { status: 'succeeded' as const }), type: kind, attempts: 1 }));
    variables[task.id] = taskVariables({ id: task.id, agent: null, status: 'succeeded', attempts: 1, startedAt: 0, endedAt: 0, delegation: null, steps } as Parameters<
      typeof taskVariables
    >[0]);
    git(folder, 'add', '--all');
    git(folder, 'commit', '--quiet', '--allow-empty', '-m', `Merge task ${task.id}`);
  }
  return all;
}

async function attempt(task: PlannedTask, folder: string, variables: Readonly<Record<string, unknown>>, number: number): Promise<StepOutcome[]> {
  const outcomes: StepOutcome[] = [];
  const outcome = await runPlaybook(
    {
      turn: 't',
      planId: 'p',
      taskId: task.id,
      agent: 'a',
      attempt: number,
      steps: task.steps,
      results: {},
      variables: { task: { attempt: number }, ...variables },
      workspace: folder,
    },
    {
      signal: new AbortController().signal,
      note: () => undefined,
      message: async () => undefined,
      submit: async ({ step, action }) => {
        const done = act(folder, action);
        outcomes[step] = done;
        return done;
      },
    },
  );
  if (outcome.status === 'succeeded') return outcomes;
  if (number < task.retry.max) return attempt(task, folder, variables, number + 1);
  throw new Error(`${task.id}: ${JSON.stringify(outcome)} ${JSON.stringify(outcomes)}`);
}

describe('the plan of the demo', () => {
  const plan = example('demo.yaml');

  it('uses at least six agents and every kind of step', () => {
    expect(new Set(plan.tasks.map(({ agent }) => agent)).size).toBeGreaterThanOrEqual(6);
    expect(new Set(plan.tasks.flatMap(({ steps }) => steps.map(({ kind }) => kind)))).toEqual(new Set(['bash', 'file', 'api', 'query', 'deploy', 'message']));
  });

  it('has a diamond: tasks side by side between one before and one after', () => {
    const [, second = []] = taskWaves(plan.tasks);
    expect(second.length).toBeGreaterThanOrEqual(3);
    expect(transitiveNeeds(plan.tasks, 'store')).toEqual(new Set(['base', 'history', 'files', 'lines']));
  });

  it('has one long step, which may be run again', () => {
    const long = plan.tasks.flatMap(({ id, steps }) => steps.filter(({ payload }) => String(payload.command).includes('sleep')).map(({ idempotent }) => ({ id, idempotent })));
    expect(long).toEqual([{ id: 'survey', idempotent: true }]);
  });

  it('finds what git says about the commit it began with, whatever names and subjects there are', async () => {
    const folder = repository();
    const base = git(folder, 'rev-parse', 'HEAD');
    const outcomes = await run(plan, folder);
    const report = readFileSync(join(folder, 'REPORT.md'), 'utf8');
    expect(report).toContain(`- commits: ${git(folder, 'rev-list', '--count', base)} (`);
    expect(report).toContain('- contributors: 1 (');
    expect(report).toContain('- latest commit: Third; rm -rf / | `id` (');
    expect(report).toContain(`- tree: ${git(folder, 'rev-parse', `${base}^{tree}`)} (`);
    expect(report).toContain('- tracked files: 3 (');
    expect(report).toContain('- lines of text: 4 (');
    expect(report).toContain('- rows of `facts` in `troupe-report/facts.db`: 5');
    expect(report).toContain('      1 .ts');
    expect(report).toContain('.ts\n2\n');
    expect(report).toContain('3\tAnn');
    expect(report).not.toContain('{{');
    expect(outcomes.release?.[0]?.result).toMatchObject({ version: 'demo-1a2b3c', source: 'troupe-report' });
    expect(git(folder, 'ls-files', '.rehearsal-warm')).toBe('');
    expect(readFileSync(join(folder, 'troupe-report/index.html'), 'utf8')).toContain('3 commits, 1 contributors, 3 files, 4 lines.');
  });

  it('fails in its rehearsal the first time, and only then', async () => {
    const folder = repository();
    const rehearsal = plan.tasks.filter(({ id }) => id === 'rehearsal').map((task) => ({ ...task, retry: { ...task.retry, max: 1 } }));
    await expect(attempt(rehearsal[0] as PlannedTask, folder, {}, 1)).rejects.toThrow('cold: the first attempt always fails here');
    await expect(attempt(rehearsal[0] as PlannedTask, folder, {}, 1)).resolves.toMatchObject([{ status: 'succeeded' }]);
  });
});

it('the plan check-and-ship runs on any repository', async () => {
  const folder = repository();
  const outcomes = await run(example('check-and-ship.yaml'), folder);
  expect(readFileSync(join(folder, 'troupe-note/NOTE.md'), 'utf8')).toBe('Checked: Third; rm -rf / | `id`\n');
  expect(outcomes.record?.[2]?.result).toMatchObject({ rows: [[1]] });
});
