// What the authorization server keeps: consumed at most once, gone with its time, and nothing readable in the file.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { recordStore } from '../../../../gateway/identity/oauth/record-store.ts';
import { SimulatedClock } from '../../../../runtime/index.ts';
import { privateFolder } from '../../../support/private-folder.ts';
import { testIdentity } from '../../../support/test-identity.ts';

function fixture() {
  const clock = new SimulatedClock(Date.UTC(2026, 10, 26));
  const folder = privateFolder();
  const identity = testIdentity(clock, { folder });
  const { tables, sealing } = identity;
  const store = recordStore('AuthorizationCode', { tables, sealing, clock, onConsumed: (kind) => new Error(`${kind} was used`) });
  return { clock, folder, identity, store };
}

it('a record is consumed once, whoever comes at the same moment, and says so from then on', async () => {
  const { store } = fixture();
  await store.upsert('the-code', { a: 1 }, 60);
  const outcomes = await Promise.allSettled([store.consume('the-code'), store.consume('the-code')]);
  expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected']);
  expect(await store.find('the-code')).toMatchObject({ a: 1, consumed: Date.UTC(2026, 10, 26) / 1_000 });
});

it('saving a record again does not make it new', async () => {
  const { store } = fixture();
  await store.upsert('the-code', { a: 1 }, 60);
  await store.consume('the-code');
  await store.upsert('the-code', { a: 2 }, 60);
  await expect(store.consume('the-code')).rejects.toThrow('was used');
});

it('a record is found until its time is over, and under another kind never', async () => {
  const { store, clock, identity } = fixture();
  await store.upsert('the-code', { a: 1 }, 60);
  const other = recordStore('RefreshToken', { tables: identity.tables, sealing: identity.sealing, clock, onConsumed: () => new Error() });
  expect(await other.find('the-code')).toBeUndefined();
  clock.advance(59_999);
  expect(await store.find('the-code')).toEqual({ a: 1 });
  clock.advance(1);
  expect(await store.find('the-code')).toBeUndefined();
});

it('neither ids nor contents can be read in the file', async () => {
  const { store, folder, identity } = fixture();
  await store.upsert('an-id-that-is-a-secret', { note: 'content-that-is-a-secret', grantId: 'grant-that-is-a-secret' }, 60);
  identity.close();
  expect(readFileSync(join(folder, 'auth.db')).toString('latin1')).not.toContain('is-a-secret');
});
