import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { TaskEntry } from '../../../actors/plan/plan-context.ts';
import { newPlanId } from '../../../actors/plan/plan-id.ts';
import { allEnded, planStatus, readyNow, skipBlocked } from '../../../actors/plan/plan-progress.ts';
import { taskVariables } from '../../../actors/plan/task-variables.ts';
import type { PlannedTask, WorkStatus } from '../../../actors/work/types.ts';
import { isSegment } from '../../../runtime/index.ts';
import { task } from '../../support/fleet-node.ts';

const entry = (status: WorkStatus, delegated = status !== 'pending'): TaskEntry => ({ status, delegated, report: null });

/** Tasks t0…tn; each needs some of those before it. */
const anyPlan = fc.array(fc.array(fc.nat(), { maxLength: 3 }), { minLength: 1, maxLength: 10 }).map((needs) =>
  needs.map((wanted, index): PlannedTask => {
    const before = index === 0 ? [] : [...new Set(wanted.map((need) => `t${need % index}`))];
    return task(`t${index}`, { needs: before });
  }),
);

describe('the progress of a plan', () => {
  it('starts each task once and only after its needs succeeded, and always comes to an end', () => {
    fc.assert(
      fc.property(anyPlan, fc.array(fc.boolean(), { minLength: 10, maxLength: 10 }), (plan, luck) => {
        let tasks: Record<string, TaskEntry> = Object.fromEntries(plan.map(({ id }) => [id, entry('pending')]));
        const started: string[] = [];
        for (let round = 0; round <= plan.length && !allEnded(tasks); round += 1) {
          tasks = { ...skipBlocked(plan, tasks) };
          for (const { id, needs } of readyNow(plan, tasks)) {
            for (const need of needs) expect(tasks[need]?.status).toBe('succeeded');
            expect(started).not.toContain(id);
            started.push(id);
            tasks[id] = entry(luck[Number(id.slice(1))] === true ? 'succeeded' : 'failed');
          }
        }
        expect(allEnded(tasks)).toBe(true);
        for (const { id, needs } of plan) {
          const reachable = needs.every((need) => tasks[need]?.status === 'succeeded');
          expect(tasks[id]?.status === 'skipped').toBe(!reachable);
        }
      }),
    );
  });

  it('is called what it waits for when nothing moves', () => {
    const status = (tasks: Record<string, TaskEntry>, cancelled: { by: string; why: string } | null = null) => planStatus({ tasks, cancelled });
    expect(status({ a: entry('running'), b: entry('interrupted') })).toBe('running');
    expect(status({ a: entry('awaiting_approval'), b: entry('interrupted'), c: entry('pending') })).toBe('awaiting_approval');
    expect(status({ a: entry('interrupted'), b: entry('pending'), c: entry('succeeded') })).toBe('interrupted');
    expect(status({ a: entry('pending', true), b: entry('interrupted') })).toBe('running');
    expect(status({ a: entry('succeeded') })).toBe('succeeded');
    expect(status({ a: entry('succeeded'), b: entry('skipped') })).toBe('failed');
    expect(status({ a: entry('cancelled') }, { by: 'ann', why: 'w' })).toBe('cancelled');
  });

  it('gives later tasks the last values of a finished one, without the newline that ends them', () => {
    const report = {
      id: 'a',
      agent: 'testing',
      status: 'succeeded' as const,
      attempts: 1,
      startedAt: 1,
      endedAt: 2,
      delegation: null,
      steps: [
        { type: 'bash' as const, status: 'succeeded' as const, attempts: 1, stdout: 'one\n\n', exitCode: 0 },
        { type: 'query' as const, status: 'succeeded' as const, attempts: 1, result: { rows: [[3]] } },
      ],
    };
    expect(taskVariables(report)).toMatchObject({ result: { rows: [[3]] }, steps: [{ stdout: 'one', exitCode: 0 }, { result: { rows: [[3]] } }] });
  });

  it('names plans so that every name is part of an address', () => {
    fc.assert(fc.property(fc.string(), (name) => isSegment(`${newPlanId(name)}.t.0.1`)));
    expect(newPlanId('Check & Ship')).toMatch(/^check-ship-[0-9a-f]{6}$/);
  });
});
