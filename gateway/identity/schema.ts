// Tables of `auth.db`: who may do what, and what was given to them. What is secret in it is a hash or sealed: the file alone opens nothing.

/** Numbered migrations, applied in order; never edited once released. */
export const IDENTITY_MIGRATIONS: readonly string[] = [
  `
  CREATE TABLE users (
    id TEXT PRIMARY KEY, name TEXT NOT NULL UNIQUE COLLATE NOCASE, password TEXT, failures INTEGER NOT NULL DEFAULT 0,
    locked_until INTEGER NOT NULL DEFAULT 0, created_at INTEGER NOT NULL
  ) STRICT;
  CREATE TABLE user_roles (
    user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE, role TEXT NOT NULL, PRIMARY KEY (user_id, role)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE clients (
    id TEXT PRIMARY KEY, name TEXT NOT NULL, origin TEXT NOT NULL CHECK (origin IN ('built-in', 'added', 'registered')),
    metadata BLOB NOT NULL, created_at INTEGER NOT NULL, used_at INTEGER
  ) STRICT;
  CREATE TABLE client_roles (
    client_id TEXT NOT NULL REFERENCES clients (id) ON DELETE CASCADE, role TEXT NOT NULL, PRIMARY KEY (client_id, role)
  ) STRICT, WITHOUT ROWID;
  -- All tokens that come from one consent, or from one order to issue one: what is revoked together.
  CREATE TABLE families (
    id TEXT PRIMARY KEY, kind TEXT NOT NULL CHECK (kind IN ('consent', 'issued')), subject TEXT NOT NULL, client TEXT NOT NULL,
    created_at INTEGER NOT NULL, expires_at INTEGER NOT NULL, revoked_at INTEGER
  ) STRICT;
  CREATE INDEX families_by_subject ON families (subject);
  CREATE INDEX families_by_client ON families (client);
  -- What the authorization server keeps: codes, refresh tokens, browser sessions. Ids are hashed, contents sealed.
  CREATE TABLE records (
    kind TEXT NOT NULL, id BLOB NOT NULL, family TEXT, subject TEXT, uid BLOB, user_code BLOB, content BLOB NOT NULL,
    consumed_at INTEGER, expires_at INTEGER NOT NULL, PRIMARY KEY (kind, id)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX records_by_family ON records (family) WHERE family IS NOT NULL;
  CREATE INDEX records_by_uid ON records (uid) WHERE uid IS NOT NULL;
  CREATE INDEX records_by_user_code ON records (user_code) WHERE user_code IS NOT NULL;
  CREATE INDEX records_by_expiry ON records (expires_at);
  CREATE TABLE revocations (what TEXT PRIMARY KEY, at INTEGER NOT NULL, until INTEGER NOT NULL) STRICT, WITHOUT ROWID;
  CREATE TABLE signing_keys (kid TEXT PRIMARY KEY, alg TEXT NOT NULL, created_at INTEGER NOT NULL, retired_at INTEGER) STRICT;
  CREATE TABLE links (id BLOB PRIMARY KEY, user_id TEXT REFERENCES users (id) ON DELETE CASCADE, expires_at INTEGER NOT NULL) STRICT, WITHOUT ROWID;
  `,
];
