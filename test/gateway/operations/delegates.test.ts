// An agent that the policy asks to decide does so through the same operation as people, with its own scope and no more.
import { describe, expect, it } from 'vitest';
import { DEFAULT_APPROVALS } from '../../../actors/approval/terms.ts';
import { powersOf, type Role, scopesOfRoles } from '../../../gateway/identity/roles.ts';
import type { Caller } from '../../../gateway/operations/index.ts';
import { BY_PEOPLE } from '../../support/approvals.ts';
import { task } from '../../support/fleet-node.ts';
import { ADMIN, runningNode, type TestNode } from '../../support/running-node.ts';
import { settle } from '../../support/settle.ts';

const step = (command: string) => ({ kind: 'bash' as const, payload: { command }, idempotent: false });
const REQUEST = 'p.t.0.1';

/** As a token of that role makes it. */
const callerOf = (name: string, role: Role): Caller => ({ name, ...powersOf(scopesOfRoles([role])) });

async function asked(command: string): Promise<TestNode> {
  const test = await runningNode();
  const rungs = [
    { who: 'delegate' as const, afterMs: 0, names: ['supervisor', 'testing'] },
    { who: 'operator' as const, afterMs: 60_000 },
  ];
  test.services.approvals.given = { ...BY_PEOPLE, MEDIUM: { ...DEFAULT_APPROVALS.MEDIUM, rungs } };
  await test.submit('p', [task('t', { agent: 'testing', steps: [step(command)] })]);
  return test;
}

const decide = (test: TestNode, caller: Caller, more: object = {}) =>
  test.run('approval.decide', { request: REQUEST, decision: 'approve', reason: 'tests are its work', ...more }, { caller });
const refused = (test: TestNode, caller: Caller, more: object = {}) => expect(decide(test, caller, more)).rejects;

describe('a delegate', () => {
  it('finds in its inbox what it is asked, approves it with the scope of agents, and that is on record as its decision', async () => {
    const test = await asked('risk MEDIUM go');
    const { items } = await test.run<{ items: ReadonlyArray<{ kind: string; payload: unknown }> }>('inbox.read', { agent: 'supervisor' });
    expect(items).toMatchObject([{ kind: 'approval.requested', payload: { approval: REQUEST, agent: 'testing', risk: 'MEDIUM', actionHash: expect.any(String) } }]);
    expect(await decide(test, callerOf('supervisor', 'agent'))).toMatchObject({ by: 'supervisor', state: 'granted' });
    await test.pass(2_000);
    expect(test.ran).toEqual(['risk MEDIUM go']);
    const { items: facts } = await test.run<{ items: ReadonlyArray<{ body: unknown }> }>('audit.query', { kind: 'approval.decided', since: 0 });
    expect(facts).toMatchObject([{ body: { by: 'supervisor', decision: 'approved', why: 'tests are its work' } }]);
  });

  it('never decides on its own request, nor an agent that was not asked, nor who only holds the scope of agents', async () => {
    const test = await asked('risk MEDIUM go');
    const own = callerOf('testing', 'agent');
    const acting: Caller = { ...own, name: 'agents/testing' };
    for (const caller of [own, acting]) await refused(test, caller).toMatchObject({ code: 'NotDecided', message: expect.stringContaining('own request') });
    for (const name of ['database', 'bob', 'agents/database'])
      await refused(test, callerOf(name, 'agent')).toMatchObject({ code: 'NotDecided', message: expect.stringContaining('not for you') });
    await refused(test, callerOf('supervisor', 'agent'), { remember: 'always' }).toMatchObject({ code: 'InvalidInput', message: expect.stringContaining('only people') });
    for (const role of ['viewer', 'operator'] as const) await refused(test, callerOf('supervisor', role)).toMatchObject({ code: 'NotPermitted' });
    await settle();
    expect(test.ran).toEqual([]);
    expect((await test.run<{ items: readonly unknown[] }>('audit.query', { kind: 'approval.refused', since: 0 })).items).toHaveLength(5);
    expect(await decide(test, ADMIN)).toMatchObject({ by: 'ann', state: 'granted' });
  });

  it.each(['HIGH', 'CRITICAL'] as const)('decides nothing that is %s, and stops nothing either', async (level) => {
    const test = await asked(`risk ${level} go`);
    const supervisor = callerOf('supervisor', 'agent');
    for (const decision of ['approve', 'deny'])
      await refused(test, supervisor, { decision }).toMatchObject({ code: 'NotDecided', message: expect.stringContaining('not for you') });
    await settle();
    expect(test.ran).toEqual([]);
  });
});

it('the scope of agents is what they do and that one operation; who decides anyway has it by the permission', () => {
  expect(scopesOfRoles(['agent'])).toEqual(['troupe:read', 'troupe:act', 'troupe:op:approval.decide']);
  expect(scopesOfRoles(['agent', 'approver'])).toEqual(['troupe:read', 'troupe:act', 'troupe:approve']);
});
