// Delegation: whatever a chain of exchanges asks for, no child holds more than its parent.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type DelegationWish, delegate } from '../../../gateway/identity/delegation.ts';
import { covers, SCOPES } from '../../../gateway/identity/roles.ts';
import { MOST_ACTORS } from '../../../gateway/identity/token-claims.ts';
import { type Caller, type CallerToken, mayCall, OPERATIONS } from '../../../gateway/operations/index.ts';
import { SimulatedClock } from '../../../runtime/index.ts';
import { count } from '../../support/length.ts';
import { testIdentity } from '../../support/test-identity.ts';

const AT = Date.UTC(2026, 10, 26);
const DOOR = 'http://127.0.0.1:9999';
const MCP = `${DOOR}/mcp`;
const permissionFor = (name: string) => OPERATIONS.get(name)?.permission;
const ALL = [...OPERATIONS.values()];
const WISHES = ['task.submit', 'plan.list', 'approval.decide', 'actor.kill', 'no.such'].map((name) => `troupe:op:${name}`);

const wishOf = fc.record<DelegationWish>({
  actor: fc.constantFrom('agents/testing', 'tasks/p.t', 'agents/master'),
  scope: fc.option(
    fc.subarray([...SCOPES, ...WISHES, 'openid'], { minLength: 1, maxLength: 4 }).map((words) => words.join(' ')),
    { nil: undefined },
  ),
  resource: fc.constantFrom(undefined, DOOR, MCP, 'http://localhost:9999/mcp', 'http://127.0.0.1:5003', 'http://evil.example'),
  seconds: fc.constantFrom(undefined, 1, 30, 600, 3_600, 1_000_000),
});

function fixture() {
  const clock = new SimulatedClock(AT);
  const identity = testIdentity(clock);
  const first = async (scope: string, aud = DOOR): Promise<Caller> => {
    const { token } = await identity.issuer.issue({ sub: 'u-1', name: 'ann', client_id: 'c', aud, scope, family: 'f', lifeMs: 900_000 });
    return identity.tokens.verify(token, 'rpc');
  };
  const exchange = (parent: CallerToken, wish: Partial<DelegationWish>) =>
    delegate(
      parent,
      { actor: 'agents/testing', scope: undefined, resource: undefined, seconds: undefined, ...wish },
      { resources: identity.resources, now: clock.now(), client: 'c', permissionFor },
    );
  const child = async (parent: Caller, wish: Partial<DelegationWish>): Promise<Caller> => {
    const answer = exchange(parent.token as CallerToken, wish);
    if (!answer.ok) throw new Error(answer.why);
    return identity.tokens.verify((await identity.issuer.issue(answer.claims)).token, 'rpc');
  };
  return { clock, identity, first, exchange, child };
}

describe('a token that was exchanged', () => {
  it('never does what its parent may not do, is never good longer or elsewhere, and names every actor of its chain', async () => {
    const { clock, identity, first, exchange, child } = fixture();
    let refused = 0;
    let given = 0;
    await fc.assert(
      fc.asyncProperty(
        fc.subarray([...SCOPES, ...WISHES], { minLength: 1 }),
        fc.constantFrom(DOOR, MCP),
        fc.array(wishOf, { minLength: 1, maxLength: 6 }),
        async (scopes, aud, wishes) => {
          let parent = await first(scopes.join(' '), aud);
          for (const wish of wishes) {
            const token = parent.token as CallerToken;
            if (!exchange(token, wish).ok) {
              refused += 1;
              continue;
            }
            given += 1;
            const next = await child(parent, wish);
            const { token: made } = next;
            for (const operation of ALL) expect(mayCall(next, operation) && !mayCall(parent, operation), operation.name).toBe(false);
            expect(made?.scopes.every((scope) => covers(token.scopes, scope, permissionFor))).toBe(true);
            expect(made?.expiresAt).toBeLessThanOrEqual(token.expiresAt);
            expect(made?.audience === token.audience || made?.audience.startsWith(`${token.audience}/`)).toBe(true);
            expect(made?.actors).toEqual([wish.actor, ...token.actors]);
            expect([made?.subject, made?.family, next.name]).toEqual([token.subject, token.family, wish.actor]);
            parent = next;
          }
        },
      ),
      { numRuns: count(60, 2_000) },
    );
    expect([given > 20, refused > 20, clock.now(), identity.revocations.count()]).toEqual([true, true, AT, 0]);
  });

  it.each<[string, Partial<DelegationWish>, string]>([
    ['a scope more', { scope: 'troupe:read troupe:act' }, 'invalid_scope'],
    ['an operation beyond its scopes', { scope: 'troupe:op:task.submit' }, 'invalid_scope'],
    ['an operation that is none', { scope: 'troupe:op:no.such' }, 'invalid_scope'],
    ['no scope at all', { scope: ' ' }, 'invalid_scope'],
    ['another door', { resource: 'http://127.0.0.1:5003' }, 'invalid_target'],
    ['the whole door of a part', { resource: DOOR }, 'invalid_target'],
    ['no actor', { actor: undefined }, 'invalid_request'],
    ['an actor that is no address', { actor: '../master' }, 'invalid_request'],
    ['no time', { seconds: 0 }, 'invalid_request'],
    ['a time that is no number', { seconds: Number.NaN }, 'invalid_request'],
  ])('is not made for %s', async (_what, wish, reason) => {
    const { first, exchange } = fixture();
    const parent = await first('troupe:read', MCP);
    expect(exchange(parent.token as CallerToken, wish)).toMatchObject({ ok: false, reason });
  });

  it('may be for single operations of what its parent may do', async () => {
    const { first, child } = fixture();
    const worker = await child(await first('troupe:read troupe:act', MCP), { scope: 'troupe:op:task.status troupe:op:task.submit' });
    expect(
      ALL.filter((operation) => mayCall(worker, operation))
        .map(({ name }) => name)
        .sort(),
    ).toEqual(['task.status', 'task.submit']);
  });

  it('is refused once its parent is revoked, however far up the chain, and not the other way round', async () => {
    const { identity, clock, first } = fixture();
    const issue = async (parent: CallerToken) => {
      const answer = delegate(
        parent,
        { actor: 'agents/a', scope: undefined, resource: undefined, seconds: undefined },
        { resources: identity.resources, now: clock.now(), client: 'c', permissionFor },
      );
      if (!answer.ok) throw new Error(answer.why);
      const { token } = await identity.issuer.issue(answer.claims);
      return { token, caller: (await identity.tokens.verify(token, 'rpc')).token as CallerToken };
    };
    const root = (await first('troupe:read', MCP)).token as CallerToken;
    const child = await issue(root);
    const grandchild = await issue(child.caller);
    identity.revocations.revoke(`token ${grandchild.caller.id}`, clock.now() + 900_000);
    expect(identity.tokens.verify(child.token, 'rpc')).toMatchObject({ name: 'agents/a' });
    const other = await issue(child.caller);
    identity.revocations.revoke(`token ${root.id}`, clock.now() + 900_000);
    for (const { token } of [child, other]) expect(() => identity.tokens.verify(token, 'rpc')).toThrow(/revoked/);
  });

  it(`ends after ${MOST_ACTORS} actors`, async () => {
    const { first, exchange, child } = fixture();
    let caller = await first('troupe:read', MCP);
    for (let n = 0; n < MOST_ACTORS; n += 1) caller = await child(caller, { actor: `agents/a${n}` });
    expect(caller.token?.actors).toHaveLength(MOST_ACTORS);
    expect(exchange(caller.token as CallerToken, {})).toMatchObject({ ok: false, reason: 'invalid_request' });
  });
});
