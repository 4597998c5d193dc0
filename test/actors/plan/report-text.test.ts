import { stripVTControlCharacters } from 'node:util';
import { describe, expect, it } from 'vitest';
import { reportText, taskText } from '../../../actors/plan/report-text.ts';
import type { PlanReport, StepReport, TaskReport } from '../../../actors/work/types.ts';

const step = (more: Partial<StepReport> = {}): StepReport => ({
  type: 'bash',
  status: 'succeeded',
  risk: 'LOW',
  verdict: { decision: 'auto', by: 'policy', rules: ['r'] },
  attempts: 1,
  startedAt: 1_000,
  endedAt: 1_120,
  ...more,
});
const task = (id: string, more: Partial<TaskReport> = {}): TaskReport => ({
  id,
  agent: 'testing',
  status: 'succeeded',
  attempts: 1,
  startedAt: 1_000,
  endedAt: 3_500,
  delegation: { from: 'agents/supervisor', to: 'agents/testing', messageId: '0193-a', at: 900 },
  steps: [step()],
  ...more,
});
const report = (tasks: readonly TaskReport[], more: Partial<PlanReport> = {}): PlanReport => ({
  plan: 'demo-1a2b3c',
  name: 'demo',
  status: 'succeeded',
  startedAt: 0,
  endedAt: 84_000,
  branch: 'troupe/demo-1a2b3c',
  tasks,
  ...more,
});
const lines = (shown: PlanReport, width = 120, colour = false): string[] => reportText(shown, { width, colour }).split('\n');

describe('the report of a plan', () => {
  it('shows who did what, how it was delegated, and how each step was judged and ended', () => {
    const shown = lines(
      report([
        task('count', { attempts: 2, steps: [step({ attempts: 1 }), step({ type: 'query', risk: 'MEDIUM', verdict: { decision: 'approved', by: 'ann', rules: [] }, reruns: 1 })] }),
      ]),
    );
    expect(shown).toEqual([
      '✔ demo-1a2b3c succeeded · 1 task · 1 agent · 1 min 24 s',
      '  work on branch troupe/demo-1a2b3c',
      '',
      '✔ count               testing  succeeded  2 attempts  2.5 s',
      '│ supervisor → testing (message 0193-a)',
      '├─✔ 0  bash     succeeded  LOW auto  120 ms',
      '└─✔ 1  query    succeeded  MEDIUM approved by ann  begun again 1 time under the same key  120 ms',
      '',
    ]);
  });

  it('of one task says nothing of how its plan stands', () => {
    expect(taskText('demo-1a2b3c', task('count'), { width: 120, colour: false }).split('\n')).toEqual([
      'a task of demo-1a2b3c',
      '',
      '✔ count               testing  succeeded  2.5 s',
      '│ supervisor → testing (message 0193-a)',
      '└─✔ 0  bash     succeeded  LOW auto  120 ms',
      '',
    ]);
  });

  it('says until when a task rests before its next attempt', () => {
    const resting = task('a', { status: 'running', endedAt: null, error: { code: 'StepFailed', message: 'it failed' }, retryAt: 3_600_000 });
    expect(lines(report([resting]))).toContain('│ tries again at 1970-01-01 01:00:00 UTC');
    expect(lines(report([task('a')])).join()).not.toContain('tries again');
  });

  it('says what went wrong once, with the end of what the command said', () => {
    const error = { code: 'StepFailed', message: 'step 0 failed with exit code 3' };
    const failed = step({ status: 'failed', exitCode: 3, stderr: 'one\ntwo\nthree\nfour\n', error });
    expect(lines(report([task('lint', { status: 'failed', error, steps: [failed] })], { status: 'failed' })).slice(3)).toEqual([
      '✘ lint                testing  failed  2.5 s',
      '│ supervisor → testing (message 0193-a)',
      '│ StepFailed: step 0 failed with exit code 3',
      '└─✘ 0  bash     failed     LOW auto  exit code 3  120 ms',
      '      stderr: two',
      '      stderr: three',
      '      stderr: four',
      '',
    ]);
  });

  it('tells how to go on where something waits for a person', () => {
    const pending = step({ status: 'awaiting_approval', risk: 'HIGH', verdict: { decision: 'pending', why: 'writes outside', rules: [] }, attempts: 2 });
    const cut = step({ status: 'interrupted', type: 'file', error: { code: 'EffectInterrupted', message: 'was cut off' } });
    const shown = lines(
      report([task('a', { status: 'awaiting_approval', endedAt: null, steps: [pending] }), task('b', { status: 'interrupted', steps: [cut] })], {
        status: 'awaiting_approval',
        endedAt: null,
      }),
    );
    expect(shown).toContain('      writes outside');
    expect(shown).toContain('      to decide: troupe approve demo-1a2b3c.a.0.2');
    expect(shown).toContain('│ to go on: troupe resolve demo-1a2b3c.b rerun|done|skip|fail --why "…"');
    expect(shown).toContain('      EffectInterrupted: was cut off');
  });

  it('shows what was never begun', () => {
    const idle = task('ship', {
      agent: null,
      status: 'skipped',
      attempts: 0,
      startedAt: null,
      endedAt: null,
      delegation: null,
      steps: [{ type: 'deploy', status: 'skipped', attempts: 0 }],
    });
    expect(lines(report([idle])).slice(3)).toEqual(['– ship                nobody yet  skipped', '└─– 0  deploy   skipped', '']);
  });

  it('cuts what is longer than the terminal, and colours nothing but the marks', () => {
    const long = report([task('count', { error: { code: 'E', message: 'x'.repeat(500) } })]);
    for (const line of lines(long, 40)) expect([...line].length).toBeLessThanOrEqual(40);
    const coloured = lines(long, 40, true);
    expect(coloured[0]).toContain('\u001b[32m✔\u001b[39m demo');
    expect(coloured.map((line) => stripVTControlCharacters(line))).toEqual(lines(long, 40));
  });

  it('never hands control characters of a command to the terminal', () => {
    const evil = step({ status: 'failed', stderr: '\u001b]0;owned\u0007\u001b[2Jboo\u202Edne\r\n', error: { code: 'E', message: 'a\u001b[31mb' } });
    expect(reportText(report([task('a', { steps: [evil] })]), { width: 200, colour: false })).not.toMatch(/(?!\n)[\p{Cc}\p{Cf}]/u);
  });
});
