import { expect, it } from 'vitest';
import { type Caller, PERMISSIONS } from '../../../gateway/operations/index.ts';
import { ADMIN, runningNode } from '../../support/running-node.ts';
import { settle } from '../../support/settle.ts';

const token = { id: 't', subject: 'u1', subjectName: 'ann', client: 'browser', scopes: [], audience: 'a', expiresAt: 1, actors: [], family: 'f', from: [] };
const PERSON: Caller = { name: 'ann', permissions: PERMISSIONS, token };

it('where agents could find the token file, users and their links are made by people who have logged in, and nobody else', async () => {
  const test = await runningNode();
  await test.run('user.add', { user: 'bob', roles: 'viewer' }, { caller: ADMIN });
  test.unhidden = true;
  const tries = [
    ['user.add', { user: 'eve', roles: 'approver' }],
    ['user.roles', { user: 'bob', roles: 'approver' }],
    ['user.link', { user: 'bob' }],
  ] as const;
  const script: Caller = { ...PERSON, token: { ...token, actors: ['testing'] } };
  for (const [operation, input] of tries) {
    for (const caller of [ADMIN, script]) await expect(test.dispatch(operation, input, { caller })).rejects.toMatchObject({ code: 'LoginWanted' });
    await test.dispatch(operation, input, { caller: PERSON });
  }
  await settle();
  const refused = (await test.run<{ items: ReadonlyArray<{ body: Readonly<Record<string, unknown>> }> }>('audit.query', { kind: 'access.refused', since: 0 })).items;
  expect(refused.map(({ body }) => body.door)).toEqual(tries.flatMap(([operation]) => [operation, operation]));
});
