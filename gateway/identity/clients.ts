// Programs that may ask for tokens: the command line, those that an administrator added, and those that registered themselves (RFC 7591).
// What registered itself acts for people only: it gets no roles, and no tokens of its own.
import { randomBytes, randomUUID } from 'node:crypto';
import { type Clock, codedError } from '../../runtime/index.ts';
import type { Tables } from '../../runtime/persistence/index.ts';
import type { Families } from './families.ts';
import { clientKey, type Revocations } from './revocations.ts';
import type { Role } from './roles.ts';
import type { Sealing } from './sealing.ts';

export type ClientMetadata = Readonly<Record<string, unknown>>;

export interface Client {
  readonly id: string;
  readonly name: string;
  readonly origin: 'built-in' | 'added' | 'registered';
  readonly roles: readonly Role[];
  readonly createdAt: number;
  readonly usedAt: number | null;
}

export interface NewClient {
  readonly name: string;
  readonly roles: readonly Role[];
  /** Where browsers are sent back to; none for a client that acts for itself alone. */
  readonly redirectUris: readonly string[];
  /** Public keys, for `private_key_jwt`; undefined: a secret is made. */
  readonly jwks?: { readonly keys: readonly object[] } | undefined;
}

export interface Clients {
  list(): readonly Client[];
  find(id: string): Client | undefined;
  metadata(id: string): ClientMetadata | undefined;
  /** The secret is told here and never again. */
  add(client: NewClient): { readonly client: Client; readonly secret: string | null };
  /** Throws `TooManyClients`. */
  register(id: string, metadata: ClientMetadata): void;
  noteUse(id: string): void;
  /** Its tokens are refused from now on. Throws `NoSuchClient`. */
  remove(id: string): Client;
}

interface Row {
  readonly id: string;
  readonly name: string;
  readonly origin: Client['origin'];
  readonly metadata: Uint8Array;
  readonly created_at: number;
  readonly used_at: number | null;
}

export const CLI_CLIENT = 'troupe-cli';
export const DEVICE_GRANT = 'urn:ietf:params:oauth:grant-type:device_code';
export const EXCHANGE_GRANT = 'urn:ietf:params:oauth:grant-type:token-exchange';
const DAY_MS = 86_400_000;
const MOST_REGISTERED = 1_000;
/** Longer than any token lives. */
const REMEMBERED_MS = 400 * DAY_MS;

const CLI_METADATA: ClientMetadata = {
  client_id: CLI_CLIENT,
  client_name: 'troupe (command line)',
  application_type: 'native',
  token_endpoint_auth_method: 'none',
  grant_types: [DEVICE_GRANT, 'refresh_token', EXCHANGE_GRANT],
  response_types: [],
  redirect_uris: [],
};

export interface ClientsOptions {
  readonly tables: Tables;
  readonly families: Families;
  readonly revocations: Revocations;
  readonly sealing: Sealing;
  readonly clock: Clock;
}

/** Throws `JournalCorrupt` when another key than the one that is here has sealed them. */
export function openClients({ tables, families, revocations, sealing, clock }: ClientsOptions): Clients {
  const rolesOf = (id: string): readonly Role[] => tables.all<{ role: Role }>('SELECT role FROM client_roles WHERE client_id = ? ORDER BY role', id).map(({ role }) => role);
  const read = ({ id, name, origin, created_at, used_at }: Row): Client => ({ id, name, origin, roles: rolesOf(id), createdAt: created_at, usedAt: used_at });
  const find = (id: string): Client | undefined => tables.all<Row>('SELECT * FROM clients WHERE id = ?', id).map(read)[0];
  const keep = (id: string, origin: Client['origin'], metadata: ClientMetadata): void => {
    const name = typeof metadata.client_name === 'string' ? metadata.client_name.slice(0, 200) : id;
    tables.run(
      'INSERT INTO clients VALUES (?, ?, ?, ?, ?, NULL) ON CONFLICT (id) DO UPDATE SET name = excluded.name, metadata = excluded.metadata',
      id,
      name,
      origin,
      sealing.seal(JSON.stringify(metadata)),
      clock.now(),
    );
  };
  /** Those that nobody has used in a day make room. */
  const makeRoom = (): void => {
    const count = () => tables.get<{ n: number }>(`SELECT count(*) AS n FROM clients WHERE origin = 'registered'`)?.n ?? 0;
    if (count() < MOST_REGISTERED) return;
    tables.run(`DELETE FROM clients WHERE origin = 'registered' AND used_at IS NULL AND created_at < ?`, clock.now() - DAY_MS);
    if (count() >= MOST_REGISTERED) throw codedError('TooManyClients', { most: MOST_REGISTERED });
  };
  // All are sealed with one key: said at the start, not to the first client that comes.
  for (const { metadata } of tables.all<Row>('SELECT * FROM clients WHERE id = ?', CLI_CLIENT)) sealing.open(metadata);
  keep(CLI_CLIENT, 'built-in', CLI_METADATA);

  return {
    list: () => tables.all<Row>('SELECT * FROM clients ORDER BY created_at, id').map(read),
    find,
    metadata(id) {
      const row = tables.get<Row>('SELECT metadata FROM clients WHERE id = ?', id);
      return row === undefined ? undefined : (JSON.parse(sealing.open(row.metadata)) as ClientMetadata);
    },
    add({ name, roles, redirectUris, jwks }) {
      const id = `c-${randomUUID()}`;
      const secret = jwks === undefined ? randomBytes(32).toString('base64url') : null;
      const metadata = { ...addedMetadata(redirectUris), client_id: id, client_name: name, ...(secret === null ? ofKeys(jwks) : ofSecret(secret)) };
      tables.transaction(() => {
        keep(id, 'added', metadata);
        for (const role of new Set(roles)) tables.run('INSERT INTO client_roles VALUES (?, ?)', id, role);
      });
      return { client: find(id) as Client, secret };
    },
    register(id, metadata) {
      tables.transaction(() => {
        makeRoom();
        keep(id, 'registered', metadata);
      });
    },
    noteUse: (id) => void tables.run('UPDATE clients SET used_at = ? WHERE id = ?', clock.now(), id),
    remove(id) {
      const client = find(id);
      if (client === undefined || client.origin === 'built-in') throw codedError('NoSuchClient', { client: id });
      tables.transaction(() => {
        families.revokeOf({ client: id });
        revocations.revoke(clientKey(id), clock.now() + REMEMBERED_MS);
        tables.run('DELETE FROM clients WHERE id = ?', id);
      });
      return client;
    },
  };
}

/** One with redirects acts for people too. */
function addedMetadata(redirectUris: readonly string[]): ClientMetadata {
  const forPeople = redirectUris.length > 0;
  return {
    application_type: 'web',
    redirect_uris: redirectUris,
    response_types: forPeople ? ['code'] : [],
    grant_types: ['client_credentials', EXCHANGE_GRANT, ...(forPeople ? ['authorization_code', 'refresh_token'] : [])],
  };
}

const ofSecret = (secret: string): ClientMetadata => ({ token_endpoint_auth_method: 'client_secret_basic', client_secret: secret });
const ofKeys = (jwks: NewClient['jwks']): ClientMetadata => ({ token_endpoint_auth_method: 'private_key_jwt', jwks });
