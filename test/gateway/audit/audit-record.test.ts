import { expect, it } from 'vitest';
import { recordsOf } from '../../../gateway/audit/audit-record.ts';

const read = (kind: string, body: object) => {
  const [record] = recordsOf({ facts: [{ seq: 1, batch: 1, at: 0, kind, body: JSON.stringify(body) }], previousHash: '' });
  return [record?.who, record?.what];
};

it.each<[string, object, readonly [string, string]]>([
  ['login.succeeded', { user: 'ann', client: 'troupe-cli', remote: '127.0.0.1' }, ['ann', 'troupe-cli']],
  ['consent.given', { user: 'ann', client: 'troupe-cli', remote: '127.0.0.1', login: 'f1' }, ['ann', 'troupe-cli']],
  ['user.added', { user: 'ann', by: 'one-time link', remote: '127.0.0.1' }, ['one-time link', 'ann']],
  ['user.roles', { user: 'ann', roles: ['admin'], by: 'max' }, ['max', 'ann']],
  ['token.issued', { login: 'f1', subject: 'ci', by: 'ann' }, ['ann', 'ci']],
  ['access.refused', { door: 'auth', code: 'LinkUsed', remote: '127.0.0.1' }, ['127.0.0.1', 'auth']],
])('%s names the person, and what it is about', (kind, body, expected) => {
  expect(read(kind, body)).toEqual(expected);
});
