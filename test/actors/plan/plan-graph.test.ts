import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { findCycle, type NeedyTask, taskWaves, transitiveNeeds } from '../../../actors/plan/plan-graph.ts';

const graph = (needs: Readonly<Record<string, readonly string[]>>): NeedyTask[] => Object.entries(needs).map(([id, of]) => ({ id, needs: of }));
const DIAMOND = graph({ end: ['left', 'right'], left: ['start'], right: ['start'], start: [] });

/** Tasks that need only earlier ones. */
const acyclic = fc
  .array(fc.array(fc.nat(9), { maxLength: 4 }), { minLength: 1, maxLength: 10 })
  .map((rows) => rows.map((row, index) => ({ id: `t${index}`, needs: [...new Set(row.filter((need) => need < index).map((need) => `t${need}`))] })));

describe('the graph of a plan', () => {
  it('runs in waves, each task as early as it can', () => {
    expect(taskWaves(DIAMOND).map((wave) => wave.map(({ id }) => id))).toEqual([['start'], ['left', 'right'], ['end']]);
  });

  it('puts every task of a graph without cycles into exactly one wave, after all it needs', () => {
    fc.assert(
      fc.property(acyclic, (tasks) => {
        const waves = taskWaves(tasks);
        const waveOf = new Map(waves.flatMap((wave, index) => wave.map(({ id }) => [id, index] as const)));
        expect(waves.flat()).toHaveLength(tasks.length);
        for (const { id, needs } of tasks) for (const need of needs) expect(waveOf.get(need)).toBeLessThan(waveOf.get(id) ?? -1);
        expect(findCycle(tasks)).toBeUndefined();
      }),
    );
  });

  it('names a real cycle wherever there is one, also behind other tasks', () => {
    expect(findCycle(graph({ a: [], b: ['a', 'c'], c: ['d'], d: ['c'] }))).toEqual(['c', 'd', 'c']);
    expect(findCycle(graph({ a: ['a'] }))).toEqual(['a', 'a']);
    fc.assert(
      fc.property(acyclic, fc.nat(), fc.nat(), (tasks, from, to) => {
        const [low, high] = [from % tasks.length, to % tasks.length].sort((a, b) => a - b) as [number, number];
        const looped = tasks.map((task, index) => {
          if (index === low) return { ...task, needs: [...task.needs, `t${high}`] };
          return index === high ? { ...task, needs: [...task.needs, `t${low}`] } : task;
        });
        const cycle = findCycle(looped) ?? [];
        expect(cycle.length).toBeGreaterThan(1);
        expect(cycle[0]).toBe(cycle[cycle.length - 1]);
        for (const [index, id] of cycle.slice(0, -1).entries()) expect(looped.find((task) => task.id === id)?.needs).toContain(cycle[index + 1]);
      }),
    );
  });

  it('knows all that a task needs, and ends on cycles too', () => {
    expect([...transitiveNeeds(DIAMOND, 'end')].sort()).toEqual(['left', 'right', 'start']);
    expect([...transitiveNeeds(DIAMOND, 'start')]).toEqual([]);
    expect([...transitiveNeeds(graph({ a: ['b'], b: ['a'] }), 'a')].sort()).toEqual(['a', 'b']);
  });
});
