// The checks that the official suite has for an authorization server, against the one of a running node: a person, whose browser we are,
// logs in at the URL that the suite prints.
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Identity } from '../../gateway/identity/identity.ts';
import { Browser } from '../support/browser.ts';
import { freePort } from '../support/free-port.ts';
import { conformanceNode } from './node.ts';
import { type Check, runSuite, type Scenario } from './suite.ts';

const PERSON = { name: 'ann', password: 'correct horse battery' };

/** The suite's checks, which are those of two scenarios. */
const CHECKS: Readonly<Record<string, string>> = {
  'authorization-server-metadata': 'authorization-server-metadata-endpoint',
  'authorization-server-metadata-cimd': 'authorization-server-metadata-endpoint',
  'authorization-code-grant': 'authorization-code-grant',
};

/** Each check is a scenario here, named by its id. With client documents switched on, which one of them asks for; they are off by default. */
export async function runAuthorizationSuite(root: string): Promise<readonly Scenario[]> {
  const node = await conformanceNode({ clientDocuments: true });
  const into = mkdtempSync(join(tmpdir(), 'troupe-conformance-results-'));
  try {
    const output = await runAt(root, node.identity, into);
    return Object.entries(CHECKS).map(([id, scenario]) => ({ name: id, revision: '2026-07-28', kind: 'authorization', ...found(checksOf(into, scenario), id, output) }));
  } finally {
    rmSync(into, { recursive: true, force: true });
    await node.close();
  }
}

function checksOf(into: string, scenario: string): readonly Check[] {
  const folder = readdirSync(into).find((name) => new RegExp(`^authorization-server-${scenario}-\\d{4}-`).test(name));
  return folder === undefined ? [] : (JSON.parse(readFileSync(join(into, folder, 'checks.json'), 'utf8')) as Check[]);
}

function found(checks: readonly Check[], id: string, output: string): Pick<Scenario, 'passed' | 'problems'> {
  const check = checks.find((one) => one.id === id);
  if (check === undefined) return { passed: false, problems: [`was not run: ${output.slice(-2_000)}`] };
  return check.status === 'SUCCESS' ? { passed: true, problems: [] } : { passed: false, problems: [check.errorMessage ?? check.description] };
}

/** What the suite printed; its results are in the folder then. */
async function runAt(root: string, identity: Identity, into: string): Promise<string> {
  const port = await freePort();
  await identity.users.setPassword(identity.users.add(PERSON.name, ['operator']).id, PERSON.password);
  const { issuer, default: resource } = identity.resources;
  const client = await register(issuer, `http://127.0.0.1:${port}/callback`);
  let isVisited = false;
  return runSuite(root, ['authorization', '--url', issuer, '--client-id', client, '--resource', resource, '-p', String(port), '-o', into], (printed) => {
    const url = printed.split('\n').find((line) => line.startsWith(`${issuer}/`) && line.includes('client_id='));
    if (url === undefined || isVisited || !printed.includes('Callback server started')) return;
    isVisited = true;
    void visit(issuer, url);
  });
}

/** As a public client does it for itself. */
async function register(issuer: string, redirect: string): Promise<string> {
  const body = JSON.stringify({ client_name: 'conformance', redirect_uris: [redirect], token_endpoint_auth_method: 'none', application_type: 'native' });
  const response = await fetch(`${issuer}/register`, { method: 'POST', headers: { 'content-type': 'application/json' }, body });
  return ((await response.json()) as { readonly client_id: string }).client_id;
}

/** The person agrees, and the browser goes where it is sent. What goes wrong here the suite sees as a login that never came. */
async function visit(issuer: string, url: string): Promise<void> {
  const browser = new Browser(issuer);
  const consent = await browser.submit(await browser.open(url), PERSON);
  const { left } = await browser.submit(consent, { decision: 'allow' });
  if (left !== undefined) await fetch(left);
}
