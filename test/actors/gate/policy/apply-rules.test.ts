import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { applyRules } from '../../../../actors/gate/policy/apply-rules.ts';
import { judgedAlone } from '../../../../actors/gate/policy/judged-alone.ts';
import type { PolicyRule } from '../../../../actors/gate/policy/policy-schema.ts';
import type { Asker } from '../../../../actors/work/ports.ts';
import { RISK_LEVELS } from '../../../../actors/work/types.ts';
import { count } from '../../../support/length.ts';

const rule = (part: Partial<PolicyRule>): PolicyRule => ({ id: 'r', why: 'because', when: {}, match: ['x'], not_match: [], ...part });
const asker: Asker = { agent: 'testing', task: 'p.t', repository: '/repos/shop' };
const level = (command: string, rules: readonly PolicyRule[], by: Asker | null = asker) =>
  applyRules({ ...judgedAlone({ type: 'BASH_COMMAND', payload: { command } }), asker: by }, rules).level;

describe('raising', () => {
  const raise = rule({ when: { command: ['npm', 'test'] }, raise: 'HIGH' });

  it.each([
    'npm test',
    'npm test -- --watch',
    'ls; npm test',
    'env CI=1 npm test',
    'echo $(npm test)',
    'timeout 5 npm test',
    "bash -c 'npm test'",
    '/usr/bin/npm test',
    'find . -exec npm test {} +',
  ])('finds the command in %s', (command) => expect(level(command, [raise])).toBe('HIGH'));
  it.each(['npm run test', 'echo npm test', 'ls # npm test', "grep 'npm test' README.md"])('does not find it in %s', (command) => expect(level(command, [raise])).not.toBe('HIGH'));

  it('names the rule in the verdict', () => {
    const { findings } = applyRules(judgedAlone({ type: 'BASH_COMMAND', payload: { command: 'npm test' } }), [raise]);
    expect(findings[0]).toEqual({ rule: 'policy-r', level: 'HIGH', why: 'because' });
  });

  it('by a finding takes its name, or how it begins', () => {
    expect(level('curl https://e.com', [rule({ when: { finding: 'bash-network' }, raise: 'CRITICAL' })])).toBe('CRITICAL');
    expect(level('curl https://e.com', [rule({ when: { finding: 'bash-net*' }, raise: 'CRITICAL' })])).toBe('CRITICAL');
    expect(level('curl https://e.com', [rule({ when: { finding: 'bash-net' }, raise: 'CRITICAL' })])).toBe('MEDIUM');
    expect(level('curl https://e.com', [rule({ when: { finding: 'bash-network', type: 'API_CALL' }, raise: 'CRITICAL' })])).toBe('MEDIUM');
  });
});

describe('lowering', () => {
  const lower = rule({ when: { finding: 'bash-recursive' }, lower: 'MEDIUM' });

  it('lowers one finding, and no other', () => {
    expect(level('rm -rf build', [])).toBe('HIGH');
    expect(level('rm -rf build', [lower])).toBe('MEDIUM');
    expect(level('rm -rf ../other', [lower])).toBe('HIGH');
    expect(level('rm -rf build; sudo ls', [lower])).toBe('HIGH');
  });
  it('never touches CRITICAL', () => expect(level('rm -rf /', [lower, rule({ when: { finding: 'bash-delete-vital' }, lower: 'MEDIUM' })])).toBe('CRITICAL'));
  it('loses against a rule that raises', () => expect(level('rm -rf build', [lower, rule({ id: 'up', when: { command: ['rm'] }, raise: 'HIGH' })])).toBe('HIGH'));
});

describe('a scope', () => {
  const scoped = (scope: NonNullable<PolicyRule['scope']>) => [rule({ when: { type: 'BASH_COMMAND' }, raise: 'HIGH', scope })];

  it('is agents, workspaces, or both', () => {
    expect(level('ls', scoped({ agents: ['testing'] }))).toBe('HIGH');
    expect(level('ls', scoped({ agents: ['database'] }))).toBe('LOW');
    expect(level('ls', scoped({ workspaces: ['/repos'] }))).toBe('HIGH');
    expect(level('ls', scoped({ workspaces: ['/repos/shop/'] }))).toBe('HIGH');
    expect(level('ls', scoped({ workspaces: ['/repos/sho'] }))).toBe('LOW');
    expect(level('ls', scoped({ workspaces: ['/repos'], agents: ['database'] }))).toBe('LOW');
    expect(level('ls', scoped({ agents: ['testing'] }), null)).toBe('LOW');
  });
});

describe('whatever rules there are', () => {
  const findings = ['bash-recursive', 'bash-command', 'bash-network', 'bash-reads', 'bash-delete-vital', 'bash-*'] as const;
  const anyRule = fc.record({
    id: fc.constantFrom('a', 'b', 'c'),
    finding: fc.constantFrom(...findings),
    to: fc.constantFrom(...RISK_LEVELS),
    raises: fc.boolean(),
  });
  const commands = ['ls', 'rm -rf build', 'rm -rf /', 'curl https://e.com', 'touch x', 'sudo ls'] as const;

  it('CRITICAL stays CRITICAL, and what was not LOW does not become LOW', () => {
    fc.assert(
      fc.property(fc.constantFrom(...commands), fc.array(anyRule, { maxLength: 8 }), (command, drawn) => {
        const rules = drawn.map(({ id, finding, to, raises }) => rule({ id, when: { finding }, ...(raises ? { raise: to } : { lower: to === 'HIGH' ? 'HIGH' : 'MEDIUM' }) }));
        const [before, after] = [level(command, []), level(command, rules)];
        if (before === 'CRITICAL') expect(after).toBe('CRITICAL');
        if (before !== 'LOW') expect(after).not.toBe('LOW');
      }),
      { numRuns: count(200, 20_000) },
    );
  });
});
