// A client without a token, from the first 401 to a tool's answer: discovery, registration, a person's login and consent in Chromium, the
// code, the tokens. The SDK's client does its own part of it.
import { createServer } from 'node:http';
import { Client, type OAuthClientProvider, type OAuthDiscoveryState, type OAuthTokens, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import type { Page } from 'playwright-core';
import { describe, expect, it, onTestFinished } from 'vitest';
import { authDoor } from '../support/auth-door.ts';
import { fillLogin } from '../support/browser-login.ts';
import { useChromium, WIDTHS } from '../support/chromium.ts';
import { type CliRun, runCli } from '../support/cli-run.ts';
import { hasty, loginPlace } from '../support/login-place.ts';
import { commandTransport, mcpClient } from '../support/mcp-client.ts';

const openDesk = useChromium();

interface Callback {
  readonly url: string;
  /** What the browser brought along. */
  readonly arrived: Promise<URLSearchParams>;
}

/** Where a client on this machine waits for the browser. */
async function callback(): Promise<Callback> {
  const server = createServer();
  const arrived = new Promise<URLSearchParams>((resolve) => {
    server.on('request', ({ url = '' }, response) => {
      const { pathname, searchParams } = new URL(url, 'http://127.0.0.1');
      response.end('You can close this page.');
      if (pathname === '/callback') resolve(searchParams);
    });
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const address = server.address();
  return { url: `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}/callback`, arrived };
}

/** What a client of the SDK learns, and the page on which a person decides, which it cannot open itself. */
class Wallet implements OAuthClientProvider {
  readonly redirectUrl: string;
  client: { client_id: string } | undefined;
  held: OAuthTokens | undefined;
  page: URL | undefined;
  #verifier = '';
  #found: OAuthDiscoveryState | undefined;

  constructor(redirectUrl: string) {
    this.redirectUrl = redirectUrl;
  }

  get clientMetadata() {
    return { client_name: 'A client of the SDK', redirect_uris: [this.redirectUrl], token_endpoint_auth_method: 'none', application_type: 'native' };
  }

  clientInformation() {
    return this.client;
  }

  saveClientInformation(client: { client_id: string }): void {
    this.client = client;
  }

  tokens() {
    return this.held;
  }

  saveTokens(tokens: OAuthTokens): void {
    this.held = tokens;
  }

  redirectToAuthorization(url: URL): void {
    this.page = url;
  }

  saveDiscoveryState(found: OAuthDiscoveryState): void {
    this.#found = found;
  }

  discoveryState() {
    return this.#found;
  }

  saveCodeVerifier(verifier: string): void {
    this.#verifier = verifier;
  }

  codeVerifier(): string {
    return this.#verifier;
  }
}

async function allow(page: Page, url: string): Promise<void> {
  await page.goto(url);
  await fillLogin(page);
  await page.getByRole('button', { name: 'Allow' }).click();
}

const toolsOf = async (client: Client): Promise<string[]> => (await client.listTools()).tools.map(({ name }) => name);

describe('a client without a token', () => {
  it.each(['modern', 'legacy'] as const)('is let in by a person over Streamable HTTP (%s), renews its token by itself, and uses it over WebSocket too', async (era) => {
    const door = await authDoor({ doors: ['rpc'] });
    await door.user('ann', 'operator');
    const { url: redirectUrl, arrived } = await callback();
    const wallet = new Wallet(redirectUrl);
    const transport = () => new StreamableHTTPClientTransport(new URL(door.resource), { authProvider: wallet });
    const fresh = () => new Client({ name: 'a-test', version: '1' }, { versionNegotiation: { mode: era === 'modern' ? { pin: '2026-07-28' } : 'legacy' } });

    const refused = transport();
    await expect(fresh().connect(refused)).rejects.toThrow(/[Uu]nauthorized/);
    const { page } = await openDesk();
    await allow(page, String(wallet.page));
    const answer = await arrived;
    await refused.finishAuth(answer);
    expect(wallet.held).toMatchObject({ token_type: 'Bearer', refresh_token: expect.any(String), scope: 'troupe:read troupe:act' });

    const client = fresh();
    onTestFinished(() => client.close());
    await client.connect(transport());
    expect(await toolsOf(client)).toContain('task_list');
    const noTasks = { structuredContent: { items: [] } };
    expect(await client.callTool({ name: 'task_list', arguments: {} })).toMatchObject(noTasks);

    const first = wallet.held;
    wallet.held = { ...(first as OAuthTokens), access_token: 'of no worth' };
    expect(await client.callTool({ name: 'task_list', arguments: {} })).toMatchObject(noTasks);
    expect(wallet.held.access_token).not.toBe('of no worth');
    expect(wallet.held.refresh_token).not.toBe(first?.refresh_token);

    const socket = await mcpClient(Number(new URL(door.resource).port), { era, way: 'ws', headers: { authorization: `Bearer ${wallet.held.access_token}` } });
    expect(await toolsOf(socket)).toContain('task_list');
  });

  it('of `troupe mcp` acts as the person who agreed to `troupe login` on a phone', async () => {
    const place = await loginPlace();
    const { page } = await openDesk(WIDTHS.phone);
    let ran: Promise<CliRun> | undefined;
    const shown = new Promise<string>((resolve) => {
      ran = runCli(['login', '--data', place.data, '--json'], {
        cwd: place.home,
        env: place.env,
        clock: hasty,
        onNote(text) {
          const url = /https?:\S+user_code\S+/.exec(text)?.[0];
          if (url !== undefined) resolve(url);
        },
      });
    });
    await page.goto(await shown);
    await page.getByRole('button', { name: 'Yes, go on' }).click();
    await allow(page, page.url());
    await page.getByText('go back to your command line').waitFor();
    expect(await ran).toMatchObject({ code: 0, stdout: expect.stringContaining('"who": "ann"') });

    const client = new Client({ name: 'a-test', version: '1' });
    onTestFinished(() => client.close());
    await client.connect(commandTransport(place.data, place.env));
    expect(await toolsOf(client)).toContain('task_list');
    const refused = await client.callTool({ name: 'user_list', arguments: {} });
    expect(refused).toMatchObject({ isError: true });
  });
});
