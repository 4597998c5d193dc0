import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ApprovalOrder } from '../../../actors/approval/approval-context.ts';
import { type Approvals, DEFAULT_APPROVALS } from '../../../actors/approval/terms.ts';
import { DEFAULT_ROUND_POLICY } from '../../../actors/consensus/round-order.ts';
import type { Message } from '../../../runtime/index.ts';
import { type ApprovalNode, approvalNode, approvalOrder, BY_PEOPLE, HASH, ID } from '../../support/approvals.ts';
import { decide } from '../../support/decide.ts';
import { count } from '../../support/length.ts';

const DAY = 24 * 3_600_000;
const OTHER = 'b'.repeat(64);
/** Beyond every deadline that an approval has. */
const FOR_EVER = 40 * DAY;

const people = fc.constantFrom('ann', 'bob', 'eve', 'testing', 'agents/testing', 'supervisor', 'database');
const hash = fc.constantFrom(HASH, HASH, HASH, OTHER);
const message: fc.Arbitrary<Message> = fc.oneof(
  {
    weight: 5,
    arbitrary: fc
      .record({
        decision: fc.constantFrom('approve' as const, 'approve' as const, 'approve' as const, 'deny' as const),
        by: people,
        as: fc.constantFrom('person' as const, 'agent' as const),
        actionHash: hash,
        login: fc.boolean(),
      })
      .map(({ decision, ...more }) => decide(decision, more)),
  },
  { weight: 4, arbitrary: fc.record({ type: fc.constant('USE'), actionHash: hash, epoch: fc.nat(4), use: fc.integer({ min: 1, max: 4 }) }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constant('RETURNED'), use: fc.integer({ min: 1, max: 4 }) }) },
  {
    weight: 2,
    arbitrary: fc.record({
      type: fc.constant('ROUND_DECIDED'),
      round: fc.constantFrom(`${ID}.round`, `${ID}.round`, 'other.round'),
      outcome: fc.constantFrom('accepted', 'accepted', 'rejected', 'expired'),
      actionHash: hash,
      reasons: fc.constant([]),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ type: fc.constant('REQUEST_ENDED'), status: fc.constantFrom('succeeded', 'failed', 'interrupted', 'cancelled', 'denied'), why: fc.constant('') }),
  },
);
const act = fc.oneof({ weight: 6, arbitrary: message }, { weight: 1, arbitrary: fc.integer({ min: 1, max: 9 * DAY }) });

const DELEGATED: Approvals['MEDIUM'] = {
  ...DEFAULT_APPROVALS.MEDIUM,
  rungs: [
    { who: 'delegate', afterMs: 0, names: ['supervisor', 'testing'] },
    { who: 'operator', afterMs: DAY, names: ['ann', 'bob'] },
  ],
};
const approvals: fc.Arbitrary<Approvals> = fc.record({
  MEDIUM: fc.constantFrom(DEFAULT_APPROVALS.MEDIUM, DELEGATED),
  HIGH: fc.record({ people: fc.constantFrom(1, 2), fourEyes: fc.boolean() }).map((more) => ({ ...DEFAULT_APPROVALS.HIGH, ...more })),
  CRITICAL: fc.constantFrom(DEFAULT_APPROVALS.CRITICAL, BY_PEOPLE.CRITICAL),
  login: fc.constantFrom('never' as const, 'always' as const),
});
const order: fc.Arbitrary<ApprovalOrder> = fc
  .record({
    risk: fc.constantFrom('MEDIUM' as const, 'HIGH' as const, 'CRITICAL' as const),
    terms: approvals,
    approve: fc.constantFrom(null, null, 'MEDIUM' as const, 'HIGH' as const),
    idempotent: fc.boolean(),
    thenPerson: fc.boolean(),
  })
  .map(({ risk, terms, thenPerson, ...more }) => approvalOrder(risk, more, terms, { ...DEFAULT_ROUND_POLICY, thenPerson }));

interface Seen {
  readonly kind: string;
  readonly body: Readonly<Record<string, unknown>>;
}

async function lived(
  given: ApprovalOrder,
  acts: ReadonlyArray<Message | number>,
): Promise<{ readonly facts: readonly Seen[]; readonly answers: ReadonlyArray<readonly [Message, unknown]>; readonly ended: boolean }> {
  const node: ApprovalNode = await approvalNode();
  await node.open(given);
  const answers: Array<readonly [Message, unknown]> = [];
  for (const one of acts) {
    if (typeof one === 'number') await node.node.pass(one);
    else if (['RETURNED', 'REQUEST_ENDED', 'ROUND_DECIDED'].includes(one.type)) await node.tell(one).catch(() => undefined);
    else answers.push([one, await node.ask(one).catch((error: { code: string }) => error.code)]);
  }
  await node.node.pass(FOR_EVER);
  await node.node.pass(FOR_EVER);
  const facts = await node.facts();
  const ended = (await node.node.system.look(`approvals/${given.id}`)) === undefined;
  await node.node.system.stop();
  return { facts, answers, ended };
}

const FINAL = (seen: Seen): string | undefined => {
  if (seen.kind === 'approval.ended') return String(seen.body.state);
  return seen.kind === 'approval.decided' && seen.body.decision !== 'approved' ? String(seen.body.decision) : undefined;
};

/** Every path that is tried must hold all of it: it is judged by what is recorded, not by what the chart thinks of itself. */
function judge(given: ApprovalOrder, acts: ReadonlyArray<Message | number>, { facts, answers, ended }: Awaited<ReturnType<typeof lived>>): void {
  const at = (kind: string): number => facts.findIndex((one) => one.kind === kind);
  const granted = facts.findIndex((one) => one.kind === 'approval.decided' && one.body.decision === 'approved');
  const final = facts.findIndex((one) => FINAL(one) !== undefined);
  // Reaches a final state, one, and nothing happens to it after that.
  expect(ended).toBe(true);
  expect(facts.filter((one) => FINAL(one) !== undefined)).toHaveLength(1);
  expect(final).toBe(facts.length - 1);
  // Nothing is used but a grant, nothing is executed or interrupted but what was used.
  const used = answers.filter(([asked, answer]) => asked.type === 'USE' && (answer as { ok?: boolean }).ok === true).map(([asked]) => asked);
  expect(used).toHaveLength(facts.filter(({ kind }) => kind === 'approval.used').length);
  if (used.length > 0) expect(granted).toBeLessThan(at('approval.used'));
  const [last] = facts.slice(-1);
  if (last !== undefined && ['executed', 'interrupted'].includes(FINAL(last) ?? '')) expect(used.length).toBeGreaterThan(0);
  for (const asked of used) expect(asked.actionHash).toBe(HASH);
  // No decision counts on another action, nor a person's without the login that is wanted.
  const decided = answers.filter(([asked, answer]) => asked.type === 'DECIDE' && (answer as { ok?: boolean }).ok === true).map(([asked]) => asked);
  for (const asked of decided) expect([asked.actionHash, given.terms.login ? asked.login : true]).toEqual([HASH, true]);
  if (used.length > 0) expect(granted).not.toBe(-1);
  // No older activation after a newer one.
  const epochs = used.map(({ epoch }) => Number(epoch));
  expect(epochs).toEqual([...epochs].sort((a, b) => a - b));
  if (granted === -1) return;
  // Granted by who may: never its own agent, an agent only up to MEDIUM, people as many as it takes, each once.
  const votes = ((facts[granted]?.body.votes ?? []) as ReadonlyArray<{ by: string }>).map(({ by }) => by);
  const beforehand = String(facts[granted]?.body.why).startsWith('confirmed beforehand');
  const { terms, verdict, agent, caller } = given;
  expect(new Set(votes).size).toBe(votes.length);
  // A round grants only what it is about, and only where no person has the last word.
  if (String(facts[granted]?.body.by).startsWith('round ')) {
    expect([verdict.level, terms.round?.thenPerson, votes]).toEqual(['CRITICAL', false, []]);
    expect(acts).toContainEqual(expect.objectContaining({ type: 'ROUND_DECIDED', round: `${ID}.round`, outcome: 'accepted', actionHash: HASH }));
    return;
  }
  for (const by of votes) expect(by).not.toMatch(new RegExp(`^(agents?[:/])?${agent}$`));
  const byAgent = answers.some(
    ([asked, answer]) => asked.type === 'DECIDE' && (asked.as === 'agent' || /^agents?[:/]/.test(String(asked.by))) && (answer as { ok?: boolean }).ok === true,
  );
  if (byAgent) expect([verdict.level, votes.at(-1)]).toEqual(['MEDIUM', 'supervisor']);
  if (!beforehand && !byAgent) expect(votes.length).toBe(terms.fourEyes ? Math.max(2, terms.people) : terms.people);
  if (terms.fourEyes) expect(votes).not.toContain(caller);
  if (terms.fourEyes || terms.people > 1) expect(beforehand).toBe(false);
  if (terms.login) expect(beforehand).toBe(false);
  if (verdict.level === 'CRITICAL') expect(new Set(votes).size).toBeGreaterThanOrEqual(2);
}

describe('all paths of an approval', () => {
  it('execute nothing without a valid grant for that hash, and end in one recorded state', async () => {
    await fc.assert(
      fc.asyncProperty(order, fc.array(act, { maxLength: 14 }), async (given, acts) => judge(given, acts, await lived(given, acts))),
      { numRuns: count(80, 4_000) },
    );
  });

  it('without anybody who decides grant nothing and lose nothing: it expires, once', async () => {
    const { facts, ended } = await lived(approvalOrder('HIGH'), []);
    expect(ended).toBe(true);
    expect(facts.map(({ kind }) => kind)).toEqual(['approval.requested', 'approval.escalated', 'approval.decided']);
  });
});
