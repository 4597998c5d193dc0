// What the authorization server keeps between requests, in auth.db: its storage port, one object for each kind of record. Ids are hashed
// and contents sealed; a record that was consumed once is never consumed again, whoever comes at the same moment.
import { createHash } from 'node:crypto';
import type { Clock } from '../../../runtime/index.ts';
import type { Tables } from '../../../runtime/persistence/index.ts';
import { hashOf, type Sealing } from '../sealing.ts';

export type RecordContent = Readonly<Record<string, unknown>>;

/** As oidc-provider calls it. */
export interface RecordStore {
  upsert(id: string, content: RecordContent, expiresInS: number): Promise<void>;
  find(id: string): Promise<RecordContent | undefined>;
  findByUid(uid: string): Promise<RecordContent | undefined>;
  findByUserCode(userCode: string): Promise<RecordContent | undefined>;
  /** Throws what `onConsumed` makes when it was consumed already. */
  consume(id: string): Promise<void>;
  destroy(id: string): Promise<void>;
  revokeByGrantId(grantId: string): Promise<void>;
}

interface Row {
  readonly content: Uint8Array;
  readonly consumed_at: number | null;
}

export interface RecordStoreOptions {
  readonly tables: Tables;
  readonly sealing: Sealing;
  readonly clock: Clock;
  onConsumed(kind: string): Error;
}

/** The family of what was given under a grant: known to us and in tokens, where the grant's own id would be a key to it. */
export function familyOfGrant(grantId: string): string {
  return createHash('sha256').update(grantId).digest('hex').slice(0, 32);
}

const hashOrNull = (value: unknown): Uint8Array | null => (typeof value === 'string' ? hashOf(value) : null);
const textOrNull = (value: unknown): string | null => (typeof value === 'string' ? value : null);

export function recordStore(kind: string, { tables, sealing, clock, onConsumed }: RecordStoreOptions): RecordStore {
  const familyOf = (id: string, { grantId }: RecordContent): string | null => {
    if (kind === 'Grant') return familyOfGrant(id);
    return typeof grantId === 'string' ? familyOfGrant(grantId) : null;
  };
  const read = (row: Row | undefined): RecordContent | undefined => {
    if (row === undefined) return undefined;
    const content = JSON.parse(sealing.open(row.content)) as RecordContent;
    return row.consumed_at === null ? content : { ...content, consumed: Math.floor(row.consumed_at / 1_000) };
  };
  const by = (column: 'id' | 'uid' | 'user_code', value: string) =>
    read(tables.get<Row>(`SELECT content, consumed_at FROM records WHERE kind = ? AND ${column} = ? AND expires_at > ?`, kind, hashOf(value), clock.now()));
  return {
    async upsert(id, content, expiresInS) {
      tables.run('DELETE FROM records WHERE expires_at < ?', clock.now());
      tables.run(
        `INSERT INTO records VALUES (?, ?, ?, ?, ?, ?, ?, NULL, ?) ON CONFLICT (kind, id) DO UPDATE
         SET family = excluded.family, subject = excluded.subject, uid = excluded.uid, user_code = excluded.user_code, content = excluded.content, expires_at = excluded.expires_at`,
        kind,
        hashOf(id),
        familyOf(id, content),
        textOrNull(content.accountId),
        hashOrNull(content.uid),
        hashOrNull(content.userCode),
        sealing.seal(JSON.stringify(content)),
        Math.ceil(clock.now() + expiresInS * 1_000),
      );
    },
    find: async (id) => by('id', id),
    findByUid: async (uid) => by('uid', uid),
    findByUserCode: async (userCode) => by('user_code', userCode),
    async consume(id) {
      const { changes } = tables.run('UPDATE records SET consumed_at = ? WHERE kind = ? AND id = ? AND consumed_at IS NULL', clock.now(), kind, hashOf(id));
      if (changes === 0) throw onConsumed(kind);
    },
    async destroy(id) {
      tables.run('DELETE FROM records WHERE kind = ? AND id = ?', kind, hashOf(id));
    },
    async revokeByGrantId(grantId) {
      tables.run('DELETE FROM records WHERE kind = ? AND family = ?', kind, familyOfGrant(grantId));
    },
  };
}
