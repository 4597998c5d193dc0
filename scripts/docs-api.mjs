// npm run docs:api: writes docs/api/ from the operation table. A test holds the two against each other.
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { apiPages, describeOperations } from './api-pages.mjs';
import { stripTypes } from './strip-types.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const into = mkdtempSync(join(tmpdir(), 'troupe-docs-'));
const folder = join(root, 'docs/api');
try {
  stripTypes({ root, into, sources: ['runtime', 'supervisors', 'actors', 'transports', 'gateway'] });
  const load = (name) => import(pathToFileURL(join(into, `gateway/${name}.js`)).href);
  const [{ OPERATIONS }, { schemasOf }, { DESCRIBED_ROUTES }, { ACCESS_ROUTES, AUTH_ROUTES, BASE }] = await Promise.all(
    ['operations/index', 'mcp/tool-cards', 'http/openapi', 'http/api-routes'].map(load),
  );
  const doors = [
    { port: 5003, base: BASE, routes: DESCRIBED_ROUTES },
    { port: 5002, base: '', routes: ACCESS_ROUTES },
    { port: 5004, base: '', routes: AUTH_ROUTES },
  ];
  const pages = apiPages(describeOperations({ operations: OPERATIONS.values(), schemasOf, doors }));
  mkdirSync(folder, { recursive: true });
  for (const name of readdirSync(folder)) rmSync(join(folder, name));
  for (const [name, text] of Object.entries(pages)) writeFileSync(join(folder, name), text);
} finally {
  rmSync(into, { recursive: true, force: true });
}
