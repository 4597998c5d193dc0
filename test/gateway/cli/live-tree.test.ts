import { PassThrough } from 'node:stream';
import { describe, expect, it } from 'vitest';
import type { PlanReport, TaskReport } from '../../../actors/work/types.ts';
import { plainView, treeView } from '../../../gateway/cli/live-tree.ts';
import type { NodeEvent } from '../../../gateway/cli/node-client.ts';

const task = (id: string, agent: string | null, more: Partial<TaskReport> = {}): TaskReport => ({
  id,
  agent,
  status: 'pending',
  attempts: 0,
  startedAt: null,
  endedAt: null,
  delegation: null,
  steps: [],
  ...more,
});
const plan = (tasks: readonly TaskReport[]): PlanReport => ({ plan: 'p', name: 'p', status: 'running', startedAt: 0, endedAt: null, branch: null, tasks: [...tasks] });
const changed = (report: TaskReport): NodeEvent => ({ id: 1, at: 0, kind: 'task.changed', body: { planId: 'p', taskId: report.id, report } });

/** Up so many lines, and all below taken away. */
const UP = new RegExp(`^${'\u001b'}\\[(\\d+)A${'\u001b'}\\[J`);

/** A terminal of some height: what stands on it after everything that was written. */
class Screen {
  readonly out = new PassThrough();
  readonly #lines: string[] = [''];
  readonly height: number;
  constructor(height: number) {
    this.height = height;
    this.out.setEncoding('utf8').on('data', (text: string) => this.#write(text));
  }
  #write(text: string): void {
    const up = UP.exec(text);
    if (up !== null) {
      expect(Number(up[1])).toBeLessThan(this.height);
      this.#lines.splice(this.#lines.length - 1 - Number(up[1]), Number.POSITIVE_INFINITY, '');
    }
    const [first = '', ...rest] = text.slice(up?.[0].length ?? 0).split('\n');
    this.#lines[this.#lines.length - 1] += first;
    this.#lines.push(...rest);
  }
  async shown(): Promise<readonly string[]> {
    await new Promise((resolve) => setImmediate(resolve));
    return this.#lines.slice(0, -1);
  }
}

function view(tasks: readonly TaskReport[], { height = 24, width = 60, now = 5_000 } = {}) {
  const screen = new Screen(height);
  return { screen, tree: treeView(plan(tasks), { out: screen.out, colour: false, width, height, now: () => now }) };
}

describe('the tree of a running plan', () => {
  it('shows each agent with its tasks, their steps done and their time', async () => {
    const { screen, tree } = view([task('lint', 'testing'), task('note', null), task('build', 'testing')]);
    const step: TaskReport['steps'][number] = { type: 'bash', status: 'succeeded', attempts: 1 };
    tree.event(changed(task('lint', 'testing', { status: 'running', startedAt: 2_000, steps: [step, { ...step, status: 'pending' }] })));
    expect(await screen.shown()).toEqual([
      'testing',
      '├─ ▸ lint               running           1/2  3.0 s',
      '└─ · build              pending           0/0',
      'nobody yet',
      '└─ · note               pending           0/0',
    ]);
  });

  it('stands below the news, and is drawn once however often it changes', async () => {
    const { screen, tree } = view([task('lint', 'testing')]);
    tree.line('first');
    tree.event(changed(task('lint', 'testing', { status: 'running' })));
    tree.line('second');
    expect((await screen.shown()).map((line) => line.split(/ {2,}/)[0])).toEqual(['first', 'second', 'testing', '└─ ▸ lint']);
  });

  it('is taken away for a question', async () => {
    const { screen, tree } = view([task('lint', 'testing')]);
    tree.line('first');
    tree.clear();
    expect(await screen.shown()).toEqual(['first']);
  });

  it('is never taller than the terminal, and says how much is missing', async () => {
    const { screen, tree } = view(
      Array.from({ length: 40 }, (_, index) => task(`task-${index}`, 'testing')),
      { height: 10 },
    );
    tree.line('news');
    tree.line('more news');
    const shown = await screen.shown();
    expect(shown).toHaveLength(2 + 8);
    expect(shown.at(-1)).toBe('… 34 more');
  });

  it('cuts lines at the width, and shows no control characters of a name', async () => {
    const { screen, tree } = view([task(`x\u001b[2J${'y'.repeat(200)}`, 'testing')], { width: 40 });
    tree.line('z'.repeat(200));
    for (const line of await screen.shown()) {
      expect([...line].length).toBeLessThanOrEqual(40);
      expect(line).not.toMatch(/\p{Cc}/u);
    }
  });
});

it('without a terminal there are lines alone', async () => {
  const out = new PassThrough().setEncoding('utf8');
  const lines = plainView(out);
  lines.line('first');
  lines.event(changed(task('lint', 'testing')));
  lines.clear();
  expect(out.read()).toBe('first\n');
});
