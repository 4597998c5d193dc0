import { describe, expect, it } from 'vitest';
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

describe('the way back of a deployment that was granted', () => {
  const back = (level: Exclude<RiskLevel, 'LOW'>, granted: RiskLevel, rollbackTo: string | null | 'nowhere' = '1.0.0', terms: Parameters<typeof opened>[1] = {}) => {
    const context = opened(level, terms);
    const action = { type: 'DEPLOYMENT' as const, payload: { environment: 'production', version: '2.0.0', ...(rollbackTo === 'nowhere' ? {} : { rollbackTo }) } };
    const { allowed: _allowed, ...verdict } = context.order.verdict;
    return { ...context, order: { ...context.order, verdict, action, wayBack: { deployment: 'p.t.0.1', approval: 'p.t.0.1', level: granted, by: 'round p.t.0.1.round' } } };
  };

  it('goes with that grant, also where a decision of its own would take a login or two people', () => {
    const granted = { by: 'round p.t.0.1.round', why: 'the way back of p.t.0.1, which was granted with it', at: 5 };
    expect(grantedAtOnce(back('HIGH', 'CRITICAL'))).toEqual(granted);
    expect(grantedAtOnce(back('MEDIUM', 'MEDIUM', null))).toEqual(granted);
    expect(grantedAtOnce(back('HIGH', 'HIGH', '1.0.0', { login: true, people: 2 }))).toEqual(granted);
  });

  it('is asked for when it is more dangerous than what was granted, or CRITICAL, or leads nowhere back', () => {
    expect(grantedAtOnce(back('HIGH', 'MEDIUM'))).toBeUndefined();
    expect(grantedAtOnce(back('CRITICAL', 'CRITICAL'))).toBeUndefined();
    expect(grantedAtOnce(back('HIGH', 'CRITICAL', 'nowhere'))).toBeUndefined();
  });
});
