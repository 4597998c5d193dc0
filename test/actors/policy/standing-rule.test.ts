import { describe, expect, it } from 'vitest';
import { createGate, shippedPolicy } from '../../../actors/gate/index.ts';
import { type StandingRule, shownOf } from '../../../actors/policy/standing-rule.ts';
import type { Asker } from '../../../actors/work/ports.ts';
import type { Action, RiskVerdict } from '../../../actors/work/types.ts';

const SURROUNDINGS = { workspace: '/workspace', deployRoot: '/deployments', healthUrl: 'http://127.0.0.1:5001/health' };
const ASKER: Asker = { agent: 'testing', task: 'p.t', repository: '/repos/shop' };
const bash = (command: string, cwd?: string): Action => ({ type: 'BASH_COMMAND', payload: { command, ...(cwd === undefined ? {} : { cwd }) } });
const POLICY = shippedPolicy();

interface Given {
  readonly rules?: readonly StandingRule[];
  readonly asker?: Asker | null;
  readonly contained?: boolean;
  readonly now?: number;
}
const assess = (action: Action, { rules = [], asker = ASKER, contained = true, now = 500 }: Given = {}): Promise<RiskVerdict> =>
  createGate({ policy: () => POLICY, rules: async () => rules, contained, now: () => now }).assess(action, SURROUNDINGS, asker);

async function remembered(action: Action, part: Partial<StandingRule> = {}): Promise<StandingRule> {
  const { findings } = await assess(action);
  const scope = { agent: 'testing', repository: '/repos/shop', task: null };
  return { id: 'r-1', owner: 'ann', why: '', addedAt: 0, expiresAt: 1_000, scope, does: { kind: 'allow', action, shown: shownOf(findings) }, ...part };
}

describe('a remembered decision', () => {
  it('allows exactly what was shown, and says who stands for it; its level stays what it is', async () => {
    const rules = [await remembered(bash('npm test'))];
    expect(await assess(bash('npm test'), { rules })).toMatchObject({ level: 'MEDIUM', allowed: { rule: 'r-1', owner: 'ann' } });
  });

  it.each([
    ['another command', bash('npm test -- --watch'), {}],
    ['one word more', bash('npm test '), {}],
    ['another folder', bash('npm test', 'src'), {}],
    ['another agent', bash('npm test'), { asker: { ...ASKER, agent: 'database' } }],
    ['another repository', bash('npm test'), { asker: { ...ASKER, repository: '/repos/shop/sub' } }],
    ['nobody', bash('npm test'), { asker: null }],
    ['the moment of its end', bash('npm test'), { now: 1_000 }],
    ['a machine that cannot contain it', bash('npm test'), { contained: false }],
  ] as const)('allows nothing for %s', async (_what, action, given) => {
    const rules = [await remembered(bash('npm test'))];
    expect((await assess(action, { rules, ...given })).allowed).toBeUndefined();
  });

  it('for one task allows no other', async () => {
    const rules = [await remembered(bash('npm test'), { scope: { agent: 'testing', repository: '/repos/shop', task: 'p.t' } })];
    expect((await assess(bash('npm test'), { rules })).allowed).toBeDefined();
    expect((await assess(bash('npm test'), { rules, asker: { ...ASKER, task: 'p.u' } })).allowed).toBeUndefined();
  });

  it('does not hold when the gate finds more than was shown', async () => {
    const rule = await remembered(bash('npm test'));
    const raise: StandingRule = { ...rule, id: 'r-2', does: { kind: 'raise', finding: 'bash-subcommand', level: 'HIGH' } };
    expect(await assess(bash('npm test'), { rules: [rule, raise] })).toMatchObject({ level: 'HIGH' });
    expect((await assess(bash('npm test'), { rules: [rule, raise] })).allowed).toBeUndefined();
  });

  it('never applies to CRITICAL', async () => {
    const action = bash('rm -rf /');
    const verdict = await assess(action, { rules: [await remembered(action)] });
    expect([verdict.level, verdict.allowed]).toEqual(['CRITICAL', undefined]);
  });
});

describe('a rule that was added', () => {
  const added = (does: StandingRule['does'], scope: StandingRule['scope'] = { agent: 'testing', repository: null, task: null }): StandingRule[] => [
    { id: 'r-1', owner: 'ann', why: 'because', addedAt: 0, expiresAt: 1_000, scope, does },
  ];

  it('raises or lowers for whoever it is meant for', async () => {
    const lower = added({ kind: 'lower', finding: 'bash-recursive', level: 'MEDIUM' });
    expect((await assess(bash('rm -rf build'), { rules: lower })).level).toBe('MEDIUM');
    expect((await assess(bash('rm -rf build'), { rules: lower, asker: { ...ASKER, agent: 'database' } })).level).toBe('HIGH');
    expect((await assess(bash('ls'), { rules: added({ kind: 'raise', finding: 'bash-reads', level: 'HIGH' }) })).findings[0]).toMatchObject({ rule: 'policy-r-1', why: 'because' });
  });
});

it('an assessment ends when the rules cannot be had: nothing runs by a policy that is not known', async () => {
  const gate = createGate({ policy: () => POLICY, rules: () => Promise.reject(new Error('no answer')), contained: true, now: () => 0 });
  await expect(gate.assess(bash('ls'), SURROUNDINGS, ASKER)).rejects.toThrow('no answer');
});
