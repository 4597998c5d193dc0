import { expect, it } from 'vitest';
import type { ApprovalContext } from '../../../actors/approval/approval-context.ts';
import { grantedAtOnce } from '../../../actors/approval/at-once.ts';
import { DEFAULT_APPROVALS, termsFor } from '../../../actors/approval/terms.ts';
import { DEFAULT_ROUND_POLICY } from '../../../actors/consensus/round-order.ts';
import type { RiskLevel } from '../../../actors/work/types.ts';

function opened(level: Exclude<RiskLevel, 'LOW'>, terms: Partial<ReturnType<typeof termsFor>> = {}): ApprovalContext {
  const verdict = { level, findings: [], actionHash: 'h', policy: 'p', allowed: { rule: 'r-1', owner: 'ann' } };
  return {
    openedAt: 5,
    votes: [],
    order: { verdict, approve: null, caller: 'bob', terms: { ...termsFor({ approvals: DEFAULT_APPROVALS, rounds: DEFAULT_ROUND_POLICY, unhidden: false }, level), ...terms } },
  } as unknown as ApprovalContext;
}

it('what a rule allows is granted in the name of whoever stands for the rule, up to HIGH', () => {
  for (const level of ['MEDIUM', 'HIGH'] as const) expect(grantedAtOnce(opened(level))).toEqual({ by: 'ann', why: 'allowed by the rule r-1', at: 5 });
});

it.each([
  ['CRITICAL', opened('CRITICAL', { fourEyes: false, people: 1 })],
  ['what takes a login', opened('HIGH', { login: true })],
  ['what takes two people', opened('HIGH', { people: 2 })],
])('no rule stands for %s', (_what, context) => expect(grantedAtOnce(context)).toBeUndefined());
