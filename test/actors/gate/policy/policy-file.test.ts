import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { DEFAULT_APPROVALS } from '../../../../actors/approval/terms.ts';
import { DEFAULT_ROUND_POLICY } from '../../../../actors/consensus/round-order.ts';
import { readFleet } from '../../../../actors/fleet/fleet-file.ts';
import { shippedPolicy } from '../../../../actors/gate/index.ts';
import { readPolicy, withSections } from '../../../../actors/gate/policy/policy-file.ts';

const RULE = {
  id: 'no-pushes',
  why: 'one person pushes',
  when: { command: ['docker', 'push'] },
  raise: 'CRITICAL',
  match: ['docker push x'],
  not_match: ['docker ps'],
};
const said = (rule: object, more: object = {}) => readPolicy(JSON.stringify({ name: 'p', rules: [{ ...RULE, ...rule }], ...more }, null, 1), { file: 'p.yaml' });
const problems = (reading: ReturnType<typeof said>) => (reading.ok ? [] : reading.problems.map(({ line, field, message }) => `${line} ${field} ${message}`));

describe('a policy file', () => {
  it('is shipped whole, and says what the sections say that it leaves out', () => {
    const policy = shippedPolicy();
    expect(policy.version).toMatch(/^troupe-default-3\+[0-9a-f]{12}$/);
    expect(policy.approvals).toEqual(DEFAULT_APPROVALS);
    expect(policy.rounds).toEqual(DEFAULT_ROUND_POLICY);
    const bare = readPolicy('name: troupe-default-3', { file: 'p' });
    expect(bare.ok && bare.policy).toMatchObject({ approvals: DEFAULT_APPROVALS, rounds: DEFAULT_ROUND_POLICY, rules: [] });
  });

  it('is named by its content: one word more is another version', () => {
    const versions = [said({}), said({}), said({ why: 'other' })].map((reading) => reading.ok && reading.policy.version);
    expect(versions[0]).toBe(versions[1]);
    expect(versions[2]).not.toBe(versions[0]);
  });

  it.each([
    [{ raise: 'AWFUL' }, /rules\[0\]\.raise 'AWFUL' is not one of them/],
    [{ raise: undefined }, /rules\[0\] says raise or lower, one of them/],
    [{ lower: 'MEDIUM' }, /says raise or lower, one of them/],
    [{ raise: undefined, lower: 'LOW' }, /rules\[0\]\.lower 'LOW' is not one of them; known: MEDIUM, HIGH/],
    [{ raise: undefined, lower: 'MEDIUM' }, /when\.finding to lower, one finding is named in full/],
    [{ raise: undefined, lower: 'MEDIUM', when: { finding: 'bash-*' } }, /when\.finding to lower, one finding is named in full/],
    [{ when: { finding: 'bash-netwrok' } }, /rules\[0\]\.when\.finding the gate finds nothing of that name; did you mean 'bash-network'\?/],
    [{ when: { finding: 'shell-*' } }, /when\.finding the gate finds nothing of that name: `troupe assess` shows the names/],
    [{ when: {} }, /rules\[0\]\.when names a type, a finding or a command/],
    [{ when: { comand: ['x'] } }, /unknown key: did you mean 'command'\?/],
    [{ scope: { workspaces: ['repo'] } }, /workspaces\[0\] is no absolute path/],
    [{ match: ['docker ps'] }, /rules\[0\]\.match\[0\] is not matched by its rule/],
    [{ not_match: ['env docker push x'] }, /rules\[0\]\.not_match\[0\] is matched by its rule/],
    [{ match: [] }, /match needs at least 1 item/],
  ])('%j is refused with its line and its field', (rule, words) => {
    expect(problems(said(rule)).join('\n')).toMatch(words);
    expect(problems(said(rule)).every((each) => /^[2-9]|^\d\d/.test(each))).toBe(true);
  });

  it('has each id once, and sections that hold together', () => {
    const twice = readPolicy(JSON.stringify({ name: 'p', rules: [RULE, RULE] }), { file: 'p' });
    expect(problems(twice)).toEqual([expect.stringContaining("rules[1].id 'no-pushes' is there already")]);
    expect(problems(said({}, { rounds: { ...DEFAULT_ROUND_POLICY, quorum: 9 } }))).toEqual([expect.stringContaining('rounds.quorum more than the 4 voters')]);
  });
});

describe('a fleet file', () => {
  const fleet = (policy: object) => readFleet(JSON.stringify({ agents: [{ name: 'a', role: 'supervisor' }], policy }), { file: 'troupe.yaml' });

  it('says what stands on top of the shipped policy: rules are added, or replace one by its id, and sections are replaced', () => {
    const reading = fleet({ rules: [RULE, { ...RULE, id: 'production-is-voted-on' }], rounds: { ...DEFAULT_ROUND_POLICY, threshold: 4 } });
    const policy = withSections(shippedPolicy(), (reading.ok && reading.fleet.policy) || {});
    expect(policy.rules.map(({ id, when }) => [id, Object.keys(when)])).toEqual([
      ['no-pushes', ['command']],
      ['production-is-voted-on', ['command']],
    ]);
    expect([policy.rounds.threshold, policy.approvals]).toEqual([4, DEFAULT_APPROVALS]);
    expect(policy.version).not.toBe(shippedPolicy().version);
  });

  it('with a mistake in its policy is refused whole, with its field', () => {
    const reading = fleet({ rules: [{ ...RULE, match: ['ls'] }] });
    expect(reading.ok ? [] : reading.problems.map(({ field, message }) => `${field} ${message}`)).toEqual(['policy.rules[0].match[0] is not matched by its rule']);
  });
});

it('the shipped file spells out every section', () => {
  const text = readFileSync(new URL('../../../../policy/default.yaml', import.meta.url), 'utf8');
  for (const section of ['rules', 'approvals', 'rounds']) expect(text).toMatch(new RegExp(`^${section}:`, 'm'));
});
