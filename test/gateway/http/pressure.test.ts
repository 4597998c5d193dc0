// When requests are turned away: for trouble that lasts, never for a moment of it.
import { expect, it, onTestFinished } from 'vitest';
import { lasting, openPressure } from '../../../gateway/http/pressure.ts';
import { SimulatedClock } from '../../../runtime/index.ts';

function gauge() {
  const clock = new SimulatedClock();
  const state = { strained: false };
  const isHigh = lasting(clock, () => state.strained);
  const after = (ms: number): boolean => {
    clock.advance(ms);
    return isHigh();
  };
  return { state, after };
}

it('a moment of trouble turns nobody away, trouble that lasts does, and its end is seen by the next request', () => {
  const { state, after } = gauge();
  expect(after(0)).toBe(false);
  state.strained = true;
  expect([after(100), after(1_000), after(499), after(1), after(5)]).toEqual([false, false, false, true, true]);
  state.strained = false;
  expect(after(0)).toBe(false);
  state.strained = true;
  expect(after(10)).toBe(false);
});

it('two moments of trouble with nobody looking in between are no trouble that lasts', () => {
  const { state, after } = gauge();
  state.strained = true;
  expect([after(0), after(60_000), after(1_499), after(1)]).toEqual([false, false, false, true]);
});

it('a node at rest is under no pressure', async () => {
  const pressure = await openPressure(new SimulatedClock(), 60_000);
  onTestFinished(() => pressure.close());
  expect(pressure.isHigh()).toBe(false);
});
