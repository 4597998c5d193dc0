import { describe, expect, it, onTestFinished } from 'vitest';
import type { RuleAnswer } from '../../../actors/policy/policy.messages.ts';
import { POLICY, policyWorker, standingRules } from '../../../actors/policy/policy.ts';
import type { StandingRule } from '../../../actors/policy/standing-rule.ts';
import { createSystem, memoryJournal, memoryStore, SimulatedClock, type System } from '../../../runtime/index.ts';
import { supervisor } from '../../../supervisors/index.ts';
import { settle } from '../../support/settle.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

async function policyNode(store = memoryStore(), clock = new SimulatedClock()) {
  const journal = memoryJournal({ store });
  const root = supervisor({ strategy: 'one_for_one', intensity: 3, periodMs: 5_000, children: [policyWorker({ clock })] });
  const system = await createSystem({ name: 'test', clock, journal, root });
  await system.start();
  onTestFinished(() => system.stop());
  const say = (message: object): Promise<RuleAnswer> => system.ref(POLICY).ask(message as { type: string }, { timeoutMs: 1_000 }) as Promise<RuleAnswer>;
  return { system, store, clock, add: (part: Partial<StandingRule>) => say({ type: 'ADD_RULE', rule: rule(clock, part) }), say };
}

const rule = (clock: SimulatedClock, part: Partial<StandingRule>): StandingRule => ({
  id: 'r-1',
  owner: 'ann',
  why: 'seen often',
  addedAt: clock.now(),
  expiresAt: clock.now() + HOUR_MS,
  scope: { agent: 'testing', repository: null, task: null },
  does: { kind: 'raise', finding: 'bash-network', level: 'HIGH' },
  ...part,
});

async function factsOf(system: System): Promise<string[]> {
  const rows = await system.journal.facts({ after: 0, limit: 1_000 });
  return rows.filter(({ kind }) => kind.startsWith('rule.')).map(({ kind, body }) => `${kind} ${(JSON.parse(body) as { id: string }).id}`);
}

const ids = async (system: System): Promise<string[]> => (await standingRules(system)).map(({ id }) => id);

describe('the policy actor', () => {
  it('keeps a rule until its end, and records how it came and went', async () => {
    const { system, clock, add } = await policyNode();
    expect(await add({})).toEqual({ ok: true });
    expect(await add({ id: 'r-2', expiresAt: clock.now() + 3 * DAY_MS })).toEqual({ ok: true });
    clock.advance(HOUR_MS - 1);
    await settle();
    expect(await ids(system)).toEqual(['r-1', 'r-2']);
    clock.advance(1);
    await settle();
    expect(await ids(system)).toEqual(['r-2']);
    for (let day = 0; day < 3; day += 1) {
      clock.advance(DAY_MS);
      await settle();
    }
    expect(await ids(system)).toEqual([]);
    expect(await factsOf(system)).toEqual(['rule.added r-1', 'rule.added r-2', 'rule.expired r-1', 'rule.expired r-2']);
  });

  it('takes no rule twice and none that is over, and removes what is there', async () => {
    const { system, clock, add, say } = await policyNode();
    await add({});
    expect(await add({})).toEqual({ ok: false, reason: 'exists' });
    expect(await add({ id: 'r-2', expiresAt: clock.now() })).toEqual({ ok: false, reason: 'over' });
    expect(await say({ type: 'REMOVE_RULE', id: 'r-9', by: 'ann', why: '' })).toEqual({ ok: false, reason: 'no_such_rule' });
    expect(await say({ type: 'REMOVE_RULE', id: 'r-1', by: 'bob', why: 'enough' })).toEqual({ ok: true });
    expect(await ids(system)).toEqual([]);
    expect(await factsOf(system)).toEqual(['rule.added r-1', 'rule.removed r-1']);
  });

  it('comes back with its rules after a restart, without those whose time was over meanwhile', async () => {
    const { system, store, clock, add } = await policyNode();
    await add({});
    await add({ id: 'r-2', expiresAt: clock.now() + DAY_MS });
    await system.stop();
    clock.advance(2 * HOUR_MS);
    const again = await policyNode(store, clock);
    clock.advance(1);
    await settle();
    expect(await ids(again.system)).toEqual(['r-2']);
    expect(await factsOf(again.system)).toContain('rule.expired r-1');
  });
});
