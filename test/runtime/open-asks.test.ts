import { describe, expect, it } from 'vitest';
import { createActor, setup } from 'xstate';
import { Asks } from '../../runtime/asks.ts';
import { reply, SimulatedClock } from '../../runtime/index.ts';
import { eventLoop } from '../../runtime/turns.ts';

function desk(life = '1') {
  const asks = new Asks(new SimulatedClock(), eventLoop);
  asks.begin(life);
  return asks;
}

describe('an open ask', () => {
  it('that is over is never met by its id, though another has its place now (K23)', async () => {
    const asks = desk();
    const first = asks.open('a', 'ASK', 100);
    const { id } = first;
    asks.resolve(id, 'first');
    const second = asks.open('a', 'ASK', 100);
    expect(second.id.slice(second.id.lastIndexOf(':'))).toBe(id.slice(id.lastIndexOf(':')));
    asks.resolve(id, 'late');
    asks.resolve(second.id, 'second');
    expect(await Promise.all([first.answer, second.answer])).toEqual(['first', 'second']);
    expect(asks.size).toBe(0);
  });

  it('of an earlier life is never met by its id (K23)', async () => {
    const { id } = desk('1').open('a', 'ASK', 100);
    const asks = desk('2');
    const ask = asks.open('a', 'ASK', 100);
    expect(ask.id).not.toBe(id);
    asks.resolve(id, 'stale');
    asks.resolve(ask, 'mine');
    expect(await ask.answer).toBe('mine');
  });

  it('whose id is first wanted when it is over keeps no place: the next one has it', () => {
    const asks = desk();
    const over = asks.open('a', 'ASK', 100);
    asks.resolve(over, null);
    const next = asks.open('a', 'ASK', 100);
    expect([over.id === next.id, asks.whenSettled(over.id, () => undefined), asks.whenSettled(next.id, () => undefined)]).toEqual([false, false, true]);
    expect(next.id).toMatch(/:0$/);
  });

  it('is rejected when its actor is gone, those of others are not (K23)', async () => {
    const asks = desk();
    const [mine, other] = [asks.open('a', 'ASK', 100), asks.open('b', 'ASK', 5)];
    asks.actorDown('a', 'normal');
    await expect(mine.answer).rejects.toMatchObject({ code: 'ActorDown' });
    expect(asks.size).toBe(1);
    asks.resolve(other, 'alive');
    expect(await other.answer).toBe('alive');
  });
});

describe('an action of the kernel', () => {
  it('that XState runs by itself is an error, not silence', () => {
    const errors: unknown[] = [];
    const actor = createActor(setup({}).createMachine({ on: { ASK: { actions: reply('x') } } }));
    actor.subscribe({ error: (error) => void errors.push(error) });
    actor.start();
    actor.send({ type: 'ASK' });
    expect(errors).toMatchObject([{ message: expect.stringContaining('outside of its cells') }]);
  });
});
