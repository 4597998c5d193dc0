// A bearer token that comes again, from its header to who it is, against jose's own verification of the same tokens. A revocation in
// between is seen by the next request, or nothing is measured.
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { jwtVerify } from 'jose';
import { authenticate } from '../../dist/gateway/http/trust.js';
import { openIdentity } from '../../dist/gateway/identity/identity.js';
import { systemClock } from '../../dist/runtime/index.js';
import { sized } from '../extent.mjs';
import { coreRate, interleave } from '../sampling.mjs';
import { withScratch } from '../scratch.mjs';

const TOKENS = sized(100, 10);
const OURS = sized(200_000, 2_000);
const PEER = sized(2_000, 20);

async function issued({ issuer, resources }) {
  const claims = (n) => ({ sub: `ci-${n}`, name: 'ci', client_id: 'bench', aud: resources.default, scope: 'troupe:read troupe:act', family: `f-${n}`, lifeMs: 3_600_000 });
  return Promise.all(Array.from({ length: TOKENS }, async (_, n) => (await issuer.issue(claims(n))).token));
}

async function measured(folder) {
  const keysDir = join(folder, 'keys');
  mkdirSync(keysDir);
  const identity = openIdentity({ dataDir: folder, keysDir, site: { host: '127.0.0.1', secure: false }, portOffset: 0, clock: systemClock });
  const tokens = await issued(identity);
  const headers = tokens.map((token) => ({ authorization: `Bearer ${token}` }));
  const trust = { adminToken: 'of-nobody', tokens: identity.tokens };
  for (const header of headers) await authenticate(header, trust, 'rpc');
  const options = { issuer: identity.resources.issuer, audience: identity.resources.default, typ: 'at+jwt', algorithms: ['ES256'] };
  const { open } = identity.keys.current();
  const samples = await interleave({
    ours: () =>
      coreRate(OURS, async (count) => {
        for (let n = 0; n < count; n += 1) {
          const caller = authenticate(headers[n % TOKENS], trust, 'rpc');
          // As a door does: one that is known is there at once.
          if (caller instanceof Promise) await caller;
        }
      }),
    peer: () =>
      coreRate(PEER, async (count) => {
        for (let n = 0; n < count; n += 1) await jwtVerify(tokens[n % TOKENS], open, options);
      }),
  });
  identity.revocations.revoke('family f-7', Date.now() + 3_600_000);
  if (await admitted(() => authenticate(headers[7], trust, 'rpc'))) throw new Error('a revoked token was admitted');
  identity.close();
  return samples;
}

async function admitted(ask) {
  try {
    await ask();
    return true;
  } catch {
    return false;
  }
}

export const token = () => withScratch(measured);
