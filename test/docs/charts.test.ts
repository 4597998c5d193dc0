// The renderer of statecharts against machines whose picture is known.
import { describe, expect, it } from 'vitest';
import { createMachine } from 'xstate';
import { drawChart } from '../../scripts/chart.mjs';

const door = (after: string) =>
  createMachine({
    initial: 'closed',
    on: { BURN: '.gone' },
    states: {
      closed: {
        on: {
          OPEN: [
            { guard: 'isUnlocked', target: 'open' },
            { guard: ({ context }) => (context as { n: number }).n < 1, target: 'open.wide' },
          ],
          LOOK: {},
        },
      },
      open: { initial: 'ajar', after: { [after]: 'closed' }, states: { ajar: { on: { PUSH: 'wide' } }, wide: {} } },
      gone: { type: 'final' },
    },
  });

describe('a statechart', () => {
  it('is drawn from the machine: states in states, causes, conditions, timers, ends, and what leads out of any state', () => {
    expect(drawChart(door('later')).split('\n')).toEqual([
      'stateDiagram-v2',
      '  state "closed" as closed',
      '  state "open" as open {',
      '    [*] --> open_ajar',
      '    state "ajar" as open_ajar',
      '    state "wide" as open_wide',
      '  }',
      '  state "gone" as gone',
      '  [*] --> closed',
      '  state "any state" as anywhere',
      '  anywhere --> gone: BURN',
      '  closed --> open: OPEN [isUnlocked]',
      '  closed --> open_wide: OPEN [n #lt; 1]',
      '  open --> closed: after later',
      '  open_ajar --> open_wide: PUSH',
      '  gone --> [*]',
    ]);
  });

  it('is another picture when the machine is another one', () => {
    expect(drawChart(door('later'))).not.toBe(drawChart(door('sooner')));
  });
});
