// Identity of a node of a test: users, clients, keys and tokens in a private folder.
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { type Identity, openIdentity } from '../../gateway/identity/identity.ts';
import type { Door } from '../../gateway/ports.ts';
import type { Clock } from '../../runtime/index.ts';
import { privateFolder } from './private-folder.ts';

export function testIdentity(
  clock: Clock,
  { folder = privateFolder(), offset = 0, agentDoors = [] }: { readonly folder?: string; readonly offset?: number; readonly agentDoors?: readonly Door[] } = {},
): Identity {
  const keysDir = join(folder, 'keys');
  mkdirSync(keysDir, { recursive: true, mode: 0o700 });
  const identity = openIdentity({
    dataDir: folder,
    keysDir,
    site: { host: '127.0.0.1', secure: false },
    portOffset: offset,
    agentDoors,
    clock,
    passwordCost: { n: 4, r: 8, p: 1 },
  });
  onTestFinished(() => identity.close());
  return identity;
}
