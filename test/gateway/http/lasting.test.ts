// What a token has opened ends with the token: looked at as time passes, without a socket.
import { describe, expect, it, onTestFinished } from 'vitest';
import { lastingConnections } from '../../../gateway/http/lasting.ts';
import type { Caller, CallerToken } from '../../../gateway/operations/index.ts';
import { SimulatedClock } from '../../../runtime/index.ts';

const callerWith = (id: string): Caller => ({
  name: 'ann',
  permissions: ['read'],
  token: { id, subject: 'ann', subjectName: 'ann', client: 'c', scopes: [], audience: 'x', expiresAt: 10_000, actors: [], family: undefined, from: [] },
});

function fixture() {
  const clock = new SimulatedClock();
  const ended = new Set<string>();
  const over = new Set<string>();
  const verify = (): never => {
    throw new Error('it was let in before');
  };
  const lasting = lastingConnections({ verify, verifyAnywhere: verify, isGood: ({ id }: CallerToken) => !over.has(id) }, clock);
  onTestFinished(() => lasting.close());
  const open = (id: string) => lasting.add(callerWith(id), () => ended.add(id));
  return { clock, ended, over, open, lasting };
}

describe('what a token has opened', () => {
  it('ends within a second of its token, and nothing else does', () => {
    const { clock, ended, over, open } = fixture();
    open('one');
    open('other');
    clock.advance(60_000);
    expect([...ended]).toEqual([]);
    over.add('one');
    clock.advance(1_000);
    expect([...ended]).toEqual(['one']);
  });

  it('is left to answer when it has ended its own token, for a moment', () => {
    const { clock, ended, over, open } = fixture();
    over.add('one');
    open('one');
    clock.advance(500);
    expect([...ended]).toEqual([]);
    clock.advance(500);
    expect([...ended]).toEqual(['one']);
  });

  it('is forgotten once it has closed', () => {
    const { clock, ended, over, open } = fixture();
    open('one')();
    over.add('one');
    clock.advance(60_000);
    expect([...ended]).toEqual([]);
  });

  it('by the admin token ends by itself only', () => {
    const { clock, ended, lasting } = fixture();
    lasting.add({ name: 'admin', permissions: ['admin'] }, () => ended.add('admin'));
    clock.advance(60_000);
    expect([...ended]).toEqual([]);
  });
});
