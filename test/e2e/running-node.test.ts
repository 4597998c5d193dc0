import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { findNode } from '../../gateway/cli/node-client.ts';
import { type ChildProgram, startProgram } from '../support/child-program.ts';
import { git, makeRepository } from '../support/git-repository.ts';
import { type NodePlace, nodePlace, ROOT } from '../support/node-process.ts';
import { ROOT_CHILDREN } from '../support/root-children.ts';
import { openScreen } from '../support/tmux-screen.ts';

/** The words of the README, typed where the README says: in the checkout. */
let place: NodePlace;
let node: ChildProgram;

const npx = (args: readonly string[], withinMs = 90_000) => startProgram('npx', ['troupe', ...args], { cwd: ROOT, env: place.env }).ended(withinMs);

beforeAll(async () => {
  place = await nodePlace();
  node = startProgram('npm', ['start', '--silent'], { cwd: ROOT, env: place.env });
  place.children.push(node);
  await node.until(({ stdout }) => (/^ready$/m.test(stdout()) ? true : undefined), 60_000);
});

afterAll(async () => {
  if (node.running()) {
    node.signalGroup('SIGTERM');
    await node.ended(45_000);
  }
  const left = place.left();
  await place.close();
  expect(left).toEqual([]);
});

/** Each of the people approves what waits for people, until that has ended. Returns what one of them approved. */
async function decideUntil(running: Promise<unknown>, people: readonly string[]): Promise<readonly string[]> {
  const approved = new Set<string>();
  let over = false;
  const end = (): void => {
    over = true;
  };
  running.then(end, end);
  while (!over) {
    const { items } = await findNode(place.data, 'e2e').call<{ items: ReadonlyArray<{ request: string }> }>('approval.list');
    for (const { request } of items) {
      for (const person of people) {
        const given = findNode(place.data, person).call('approval.decide', { request, decision: 'approve', reason: 'seen' });
        await given.then(
          () => approved.add(request),
          // It is not theirs to decide: the fleet votes still, or the other one was enough.
          () => undefined,
        );
      }
    }
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  return [...approved];
}

describe('against a node started with `npm start`', () => {
  it('npx troupe run carries out an example plan and prints its report', async () => {
    const workspace = join(place.folder, 'repository');
    makeRepository(workspace, [{ 'README.md': '# Something\n', 'a.ts': 'export {};\n' }]);
    const running = npx(['run', 'examples/demo.yaml', '--workspace', workspace, '--approve', 'HIGH']);
    // CRITICAL is confirmed by nobody beforehand: the fleet votes, and people decide.
    const decided = decideUntil(running, ['bob', 'carl']);
    const { code, stdout, stderr } = await running;
    expect((await decided).some((request) => request.includes('.launch.'))).toBe(true);
    expect(code, `${stdout}${stderr}`).toBe(0);
    expect(stdout).toMatch(/✔ demo-\w+ succeeded · 13 tasks · 7 agents/);
    expect(git(workspace, 'branch', '--list', 'troupe/*')).toMatch(/troupe\/demo-\w+/);
  });

  it('npx troupe run says what waits when it is not on a terminal, and exits 1 when nobody decides', async () => {
    const workspace = join(place.folder, 'asks');
    mkdirSync(workspace);
    writeFileSync(
      join(workspace, 'plan.yaml'),
      `name: asks\nworkspace: ${workspace}\ntasks:\n  - id: write\n    agent: testing\n    steps:\n      - file: { op: write, path: a.txt, content: x }\n`,
    );
    const { code, stdout } = await npx(['run', join(workspace, 'plan.yaml'), '--approval-ms', '1500']);
    expect(code).toBe(1);
    expect(stdout).toMatch(/waits for a decision, MEDIUM: .*: troupe approve asks-\w+\.write\.0\.1/);
    expect(stdout).toMatch(/ApprovalExpired|nobody decided/);
  });

  it('npx troupe status, actors --json and inspect tell what is there', async () => {
    const status = await npx(['status', '--json']);
    expect(status.json()).toMatchObject({ status: 'ok', agents: { ready: 9 } });
    const actors = await npx(['actors', '--json']);
    const { tree } = actors.json<{ tree: ReadonlyArray<{ id: string; children: readonly unknown[] }> }>();
    expect(tree.map(({ id }) => id)).toEqual(ROOT_CHILDREN);
    expect(tree.find(({ id }) => id === 'agents')?.children).toHaveLength(9);
    const inspect = await npx(['inspect', 'agents/testing', '--json']);
    expect(inspect.json()).toMatchObject({ address: 'agents/testing', durable: true, state: 'running', value: { session: 'ready' } });
    expect(inspect.json<{ accepts: readonly string[] }>().accepts).toContain('ASSIGN');
  });

  it('npx troupe attach shows the real terminal of an agent, typed lines reach it, and leaving it leaves the agent alone', async () => {
    const screen = openScreen({ folder: place.folder, cwd: ROOT, env: place.env, command: 'npx troupe attach testing; echo "left with $?"' });
    onTestFinished(screen.close);
    await screen.shows(/testing\s.*ready \(epoch \d+\)/, 60_000);
    screen.type('hello from a person');
    screen.press('Enter');
    await screen.shows(/hello from a person/);
    screen.press('C-b');
    screen.press('d');
    await screen.shows(/left with 0/);
    const agent = await npx(['agents', '--json']);
    const { items } = agent.json<{ items: ReadonlyArray<{ name: string; state: string; sessionsLost: number }> }>();
    expect(items.find(({ name }) => name === 'testing')).toMatchObject({ state: 'ready', sessionsLost: 0 });
  });

  it('keeps outputs, ends and errors of a plan for whoever asks later', async () => {
    const plans = await npx(['plans', '--json']);
    const { items } = plans.json<{ items: ReadonlyArray<{ plan: string; name: string; status: string }> }>();
    const demo = items.find(({ name }) => name === 'demo');
    expect(demo).toMatchObject({ status: 'succeeded' });
    const task = await npx(['task', `${demo?.plan}.rehearsal`, '--json']);
    expect(task.json()).toMatchObject({ id: 'rehearsal', status: 'succeeded', attempts: 2, delegation: { from: 'agents/supervisor', to: 'agents/deployment' } });
  });
});
