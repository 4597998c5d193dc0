import { describe, expect, it } from 'vitest';
import { setup } from 'xstate';
import { checkChildSpec } from '../../runtime/check-child-spec.ts';
import type { ChildSpec } from '../../runtime/index.ts';
import { worker } from '../../supervisors/index.ts';

const good = worker('a', setup({}).createMachine({}));

function wrong(change: Record<string, unknown>): string {
  try {
    checkChildSpec({ ...good, ...change } as unknown as ChildSpec, 'pool.children[2]');
    return 'fine';
  } catch (error) {
    return (error as Error).message;
  }
}

describe('a child spec', () => {
  it('that is right is returned as it is', () => {
    expect(checkChildSpec(good)).toBe(good);
  });

  it.each([
    [{ restrat: 'permanent' }, "pool.children[2].restrat: unknown; did you mean 'restart'?"],
    [{ id: 'a/b' }, "pool.children[2].id: 'a/b' must match [A-Za-z0-9][A-Za-z0-9_.:@-]*"],
    [{ restart: 'transiant' }, "pool.children[2].restart: 'transiant' is none of permanent, transient, temporary; did you mean 'transient'?"],
    [{ shutdown: -1 }, 'pool.children[2].shutdown: -1 is not a whole number of at least 0'],
    [{ shutdown: Number.NaN }, 'pool.children[2].shutdown: NaN is not a whole number of at least 0'],
    [{ shutdown: 'infinty' }, "pool.children[2].shutdown: 'infinty' is none of infinity, brutal_kill; did you mean 'infinity'?"],
    [{ significant: 1 }, 'pool.children[2].significant: 1 is not true or false'],
    [{ significant: true }, 'pool.children[2].significant: a permanent child cannot be significant (OTP): it never ends by itself'],
    [{ backoff: 5 }, 'pool.children[2].backoff: 5 is not { baseMs, maxMs, resetAfterMs }'],
    [{ backoff: { baseMs: 10, maxMs: 5, resetAfterMs: 0 } }, 'pool.children[2].backoff.maxMs: 5 is not a whole number of at least 10'],
    [{ type: 'supervisor' }, "pool.children[2].type: 'supervisor' is none of worker"],
    [{ behaviour: undefined }, 'pool.children[2].behaviour.kind: undefined is none of worker, supervisor'],
    [{ behaviour: { ...good.behaviour, logic: {} } }, 'pool.children[2].logic: an object is no XState actor logic, such as a machine'],
    [{ behaviour: { ...good.behaviour, ignore: 'PING' } }, "pool.children[2].ignore: 'PING' is not a list of names"],
    [{ behaviour: { ...good.behaviour, owner: '/x' } }, "pool.children[2].owner: '/x' is not an address"],
    [{ behaviour: { ...good.behaviour, inherit: 'yes' } }, "pool.children[2].inherit: 'yes' is not true or false"],
    [{ behaviour: { ...good.behaviour, inherit: true } }, 'pool.children[2].inherit: a volatile worker has no mail to leave: say durable too'],
    [{ behaviour: { ...good.behaviour, restartFrom: 'snapshoot' } }, "pool.children[2].restartFrom: 'snapshoot' is none of snapshot, initial; did you mean 'snapshot'?"],
  ])('%j is refused: %s', (change, message) => {
    expect(wrong(change)).toBe(message);
  });

  it('that is none at all is refused too', () => {
    expect(() => checkChildSpec(undefined as unknown as ChildSpec)).toThrow('child: undefined is not a child spec');
  });
});
