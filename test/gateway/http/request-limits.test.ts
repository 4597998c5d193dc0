// How often somebody may ask, and that one principal, one address and one kind of asking never eat from another's.
import { describe, expect, it } from 'vitest';
import { networkOf, requestLimits } from '../../../gateway/http/request-limits.ts';
import type { Caller } from '../../../gateway/operations/index.ts';
import { SimulatedClock } from '../../../runtime/index.ts';

const ADMIN: Caller = { name: 'admin', permissions: [] };
const holder = (subject: string, client: string, id: string): Caller => ({
  name: subject,
  permissions: [],
  token: { id, subject, subjectName: subject, client, scopes: [], audience: '', expiresAt: 0, actors: [], family: undefined, from: [] },
});

function counted(perMinute: number) {
  const clock = new SimulatedClock();
  const limits = requestLimits(clock, perMinute);
  const call = (caller: Caller | undefined, address = '192.0.2.1', times = 1) => {
    let last: unknown;
    for (let n = 0; n < times; n += 1) last = limits.spend(limits.allowance(caller, address));
    return last;
  };
  const refuse = (address: string, times: number) => {
    let last: unknown;
    for (let n = 0; n < times; n += 1) last = limits.spend(limits.refusals(address));
    return last;
  };
  return { clock, call, refuse };
}

describe('requests of a minute', () => {
  it('are as many as allowed; the next is told how long to wait, and after that it is taken', () => {
    const { clock, call } = counted(100);
    expect(call(ADMIN, '192.0.2.1', 100)).toBeUndefined();
    clock.advance(20_500);
    expect(call(ADMIN)).toMatchObject({ code: 'TooManyRequests', details: { most: 100, seconds: 40 } });
    clock.advance(39_500);
    expect(call(ADMIN)).toBeUndefined();
  });

  it('are counted for a principal whatever token it shows and wherever it comes from, and for no other', () => {
    const { call } = counted(10);
    for (let n = 0; n < 10; n += 1) call(holder('ann', 'desk', `t${n}`), `192.0.2.${n}`);
    expect(call(holder('ann', 'desk', 'fresh'))).toMatchObject({ code: 'TooManyRequests' });
    expect(call(holder('ann', 'phone', 'other'))).toBeUndefined();
    expect(call(holder('bob', 'desk', 'other'))).toBeUndefined();
    expect(call(ADMIN)).toBeUndefined();
  });

  it('of one who shows no token are a tenth, by address', () => {
    const { call } = counted(100);
    expect(call(undefined, '192.0.2.1', 10)).toBeUndefined();
    expect(call(undefined, '192.0.2.1')).toMatchObject({ details: { most: 10 } });
    expect(call(undefined, '192.0.2.2')).toBeUndefined();
    expect(call(ADMIN, '192.0.2.1')).toBeUndefined();
  });

  it('that are refused count by themselves: whoever is let in from the same address notices nothing', () => {
    const { call, refuse } = counted(100);
    expect(refuse('192.0.2.1', 5)).toBeUndefined();
    expect(refuse('192.0.2.1', 1)).toMatchObject({ code: 'TooManyRequests' });
    expect([call(ADMIN), call(undefined)]).toEqual([undefined, undefined]);
  });

  it('are remembered for so many at once and no more, the oldest forgotten first', () => {
    const { call } = counted(10);
    for (let n = 0; n < 12_000; n += 1) call(undefined, `address ${n}`);
    expect(call(undefined, 'address 11999')).toMatchObject({ details: { most: 1 } });
    expect(call(undefined, 'address 0')).toBeUndefined();
  });
});

it.each([
  ['192.0.2.1', '192.0.2.1'],
  ['::ffff:192.0.2.1', '::ffff:192.0.2.1'],
  ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2'],
  ['2001:db8:1:2::9', '2001:db8:1:2'],
  ['2001:db8::9', '2001:db8:0:0'],
  ['::1', '0:0:0:0'],
])('%s counts as %s: all of one network of IPv6 are one', (address, network) => {
  expect(networkOf(address)).toBe(network);
});
