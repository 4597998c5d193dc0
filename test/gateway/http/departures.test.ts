import { describe, expect, it } from 'vitest';
import { departures } from '../../../gateway/http/departures.ts';
import { SimulatedClock } from '../../../runtime/index.ts';

/** Departures whose later turns are run by the test. */
function leaving() {
  const clock = new SimulatedClock();
  const turns: Array<() => void> = [];
  const left: string[] = [];
  const depart = departures(clock, (run) => void turns.push(run));
  return {
    clock,
    turns,
    left,
    depart: (name: string) => depart(() => void left.push(name)),
    turn: () => turns.shift()?.(),
  };
}

describe('departures', () => {
  it('leave in a later turn, and alone after two looks in a row that find no other', () => {
    const { depart, left, turn, turns } = leaving();
    depart('a');
    expect(left).toEqual([]);
    turn();
    turn();
    expect(left).toEqual([]);
    turn();
    expect([left, turns.length]).toEqual([['a'], 0]);
  });

  it('wait for as long as one of two looks finds more, and leave in the order in which they came', () => {
    const { depart, left, turn } = leaving();
    depart('a');
    turn();
    depart('b');
    turn();
    turn();
    depart('c');
    depart('d');
    turn();
    turn();
    expect(left).toEqual([]);
    turn();
    expect(left).toEqual(['a', 'b', 'c', 'd']);
  });

  it('wait for fifteen others at most', () => {
    const { depart, left, turn, turns } = leaving();
    const names = Array.from({ length: 33 }, (_, n) => `${n}`);
    for (const name of names.slice(0, 15)) depart(name);
    expect(left).toEqual([]);
    for (const name of names.slice(15)) depart(name);
    expect(left).toEqual(names.slice(0, 32));
    while (turns.length > 0) turn();
    expect(left).toEqual(names);
  });

  it('wait for a millisecond at most, however much comes in', () => {
    const { depart, left, turn, clock } = leaving();
    depart('a');
    turn();
    depart('b');
    clock.advance(1);
    turn();
    expect(left).toEqual(['a', 'b']);
  });

  it('begin anew after each time, with one turn on its way and no more', () => {
    const { depart, left, turn, turns } = leaving();
    for (const name of ['a', 'b']) {
      depart(name);
      expect(turns).toHaveLength(1);
      while (turns.length > 0) turn();
    }
    expect(left).toEqual(['a', 'b']);
  });
});
