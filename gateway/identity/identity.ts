// Who may do what at a node: opens `auth.db` and the signing keys, and puts the parts together that doors and operations ask.
import { join } from 'node:path';
import type { Clock } from '../../runtime/index.ts';
import { openTables, type Tables } from '../../runtime/persistence/index.ts';
import type { Door, Site } from '../ports.ts';
import { type Clients, openClients } from './clients.ts';
import { type Families, openFamilies } from './families.ts';
import { type Links, openLinks } from './links.ts';
import { passwords } from './passwords.ts';
import { type Resources, resourcesOf } from './resources.ts';
import { openRevocations, type Revocations } from './revocations.ts';
import { IDENTITY_MIGRATIONS } from './schema.ts';
import { openSealing, type Sealing } from './sealing.ts';
import { openSigningKeys, type SigningKeys } from './signing-keys.ts';
import { type TokenIssuer, tokenIssuer } from './token-issuer.ts';
import { type TokenVerifier, tokenVerifier } from './token-verifier.ts';
import { openUsers, type Users } from './users.ts';

export interface Identity {
  readonly resources: Resources;
  readonly keys: SigningKeys;
  readonly revocations: Revocations;
  readonly families: Families;
  readonly tokens: TokenVerifier;
  readonly issuer: TokenIssuer;
  readonly users: Users;
  readonly clients: Clients;
  readonly links: Links;
  readonly sealing: Sealing;
  readonly tables: Tables;
  readonly clock: Clock;
  /** Why nobody can be told from anybody else; undefined when all is well. */
  problem(): string | undefined;
  close(): void;
}

export interface IdentityOptions {
  readonly dataDir: string;
  readonly keysDir: string;
  readonly site: Site;
  readonly portOffset: number;
  /** Doors of agents. Default none. */
  readonly agentDoors?: readonly Door[];
  readonly clock: Clock;
  /** Less of it for tests. */
  readonly passwordCost?: Parameters<typeof passwords>[0];
}

const ROTATION_MS = 3_600_000;

/** Throws `DataDirUnwritable` or `JournalCorrupt`, naming the file and the fix. */
export function openIdentity({ dataDir, keysDir, site, portOffset, agentDoors, clock, passwordCost }: IdentityOptions): Identity {
  const tables = openTables({ file: join(dataDir, 'auth.db'), migrations: IDENTITY_MIGRATIONS, remedy: 'move it away: users, clients and logins are then made anew' });
  const resources = resourcesOf(site, portOffset, agentDoors);
  const keys = openSigningKeys({ tables, keysDir, clock });
  const revocations = openRevocations(tables, clock);
  const families = openFamilies(tables, revocations, clock);
  const sealing = openSealing(keysDir);
  let cancel = (): void => undefined;
  const rotateLater = (): void => {
    cancel = clock.after(ROTATION_MS, () => {
      keys.rotate();
      rotateLater();
    });
  };
  rotateLater();
  return {
    resources,
    keys,
    revocations,
    families,
    sealing,
    tables,
    clock,
    users: openUsers({ tables, families, passwords: passwords(passwordCost), clock }),
    clients: openClients({ tables, families, revocations, sealing, clock }),
    links: openLinks(tables, resources.issuer, clock),
    tokens: tokenVerifier({ keys, resources, revocations, clock }),
    issuer: tokenIssuer({ keys, issuer: resources.issuer, clock }),
    problem: () => problemOf(tables, keys),
    close() {
      cancel();
      tables.close();
    },
  };
}

/** Read from the file each time: what is remembered would say that all is well. */
function problemOf(tables: Tables, keys: SigningKeys): string | undefined {
  try {
    return tables.get('SELECT kid FROM signing_keys WHERE kid = ?', keys.current().kid) === undefined ? 'auth.db does not know the key that signs' : undefined;
  } catch {
    return 'auth.db cannot be read';
  }
}
