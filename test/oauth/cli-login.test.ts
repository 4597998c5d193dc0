// `troupe login`: a person's login on the command line, from the code to its end, against the doors of a node over HTTP.
import { mkdirSync, readdirSync, readFileSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { listActivity } from '../../actors/read-model/index.ts';
import { loginTokens } from '../../gateway/cli/login-tokens.ts';
import { NodeClient } from '../../gateway/cli/node-client.ts';
import { openStoredLogins } from '../../gateway/cli/stored-logins.ts';
import { openDataDir } from '../../gateway/data-dir.ts';
import { writeNodeFile } from '../../gateway/node-file.ts';
import { systemClock } from '../../runtime/index.ts';
import { Browser, PASSWORD } from '../support/auth-door.ts';
import { type CliRun, runCli } from '../support/cli-run.ts';
import { hasty, type LoginPlace, loginPlace } from '../support/login-place.ts';
import { privateFolder } from '../support/private-folder.ts';
import { settle } from '../support/settle.ts';

/** Runs `troupe login` while somebody does at the browser what `act` says. */
async function logIn({ door, home, data, env }: LoginPlace, args: readonly string[] = [], act = agree): Promise<CliRun> {
  let acted: Promise<unknown> | undefined;
  const ran = await runCli(['login', ...args, '--data', data], {
    cwd: home,
    env,
    clock: hasty,
    onNote(text) {
      const url = /https?:\S+user_code\S+/.exec(text)?.[0];
      if (url !== undefined) acted = act(new Browser(door.issuer), url);
    },
  });
  await acted;
  return ran;
}

async function agree(browser: Browser, url: string): Promise<void> {
  const confirm = await browser.submit(await browser.open(url));
  const consent = await browser.submit(await browser.submit(confirm), { name: 'ann', password: PASSWORD });
  expect((await browser.submit(consent, { decision: 'allow' })).text).toContain('go back to your command line');
}

const troupe = ({ home, data, env }: LoginPlace, args: readonly string[], more: Readonly<Record<string, string>> = {}) =>
  runCli([...args, '--json', ...(more.TROUPE_NODE === undefined ? ['--data', data] : [])], { cwd: home, env: { ...env, ...more } });
const told = (run: CliRun) => JSON.parse(run.stdout) as { readonly error?: { readonly code: string; readonly message: string }; readonly [member: string]: unknown };

describe('troupe login', () => {
  it('lets verbs act as the person who agreed in a browser, with what they agreed to and no more', async () => {
    const here = await loginPlace();
    const ran = await logIn(here, ['--json']);
    expect([ran.code, JSON.parse(ran.stdout)]).toEqual([0, { issuer: here.door.issuer, who: 'ann', scope: 'troupe:read troupe:act' }]);
    expect(told(await troupe(here, ['status']))).toMatchObject({ status: 'ok' });
    expect((await troupe(here, ['pause'])).code).toBe(0);
    const refused = await troupe(here, ['users']);
    expect([refused.code, told(refused).error?.code]).toEqual([4, 'NotPermitted']);
    expect(told(refused).error?.message).toContain('`troupe login --scope "read act admin"` asks for it');
    await settle();
    const [fact] = listActivity(await here.door.node.facts.read(), { kind: 'access.refused' }).items;
    expect(fact?.body).toMatchObject({ door: 'user.list', caller: 'ann' });
  });

  it('keeps its tokens in one file for its owner alone, and prints none', async () => {
    const here = await loginPlace();
    const ran = await logIn(here);
    expect(statSync(here.file).mode & 0o777).toBe(0o600);
    expect(statSync(dirname(here.file)).mode & 0o777).toBe(0o700);
    expect(readdirSync(dirname(here.file))).toEqual(['logins.json']);
    const { logins } = JSON.parse(readFileSync(here.file, 'utf8')) as { logins: ReadonlyArray<{ refreshToken: string; access: { rpc: { token: string } } }> };
    for (const secret of [logins[0]?.refreshToken, logins[0]?.access.rpc.token]) {
      expect(secret?.length).toBeGreaterThan(20);
      expect(ran.stdout + ran.stderr).not.toContain(secret);
      expect(JSON.stringify(here.door.node.store.facts)).not.toContain(secret);
    }
  });

  it('asks for more where it is told to, and gets what the roles of the person allow', async () => {
    const here = await loginPlace();
    await here.door.user('max', 'admin');
    const asMax = async (browser: Browser, url: string): Promise<void> => {
      const login = await browser.submit(await browser.submit(await browser.open(url)));
      const consent = await browser.submit(login, { name: 'max', password: PASSWORD });
      await browser.submit(consent, { decision: 'allow', scope: ['troupe:read', 'troupe:admin'] });
    };
    const ran = await logIn(here, ['--scope', 'read approve admin', '--json'], asMax);
    expect(told(ran)).toMatchObject({ who: 'max', scope: 'troupe:read troupe:admin' });
    expect(ran.stderr).toContain('not allowed: approve. Log in again and tick it on the page');
    expect((await troupe(here, ['users'])).code).toBe(0);
  });

  it('says so and keeps nothing when the person says no', async () => {
    const here = await loginPlace();
    const refuse = async (browser: Browser, url: string): Promise<void> => {
      await browser.submit(await browser.submit(await browser.open(url)), { abort: 'yes' });
    };
    const ran = await logIn(here, ['--json'], refuse);
    expect([ran.code, told(ran).error?.code]).toEqual([4, 'LoginFailed']);
    expect(openStoredLogins(here.env, systemClock)?.find(here.door.issuer)).toBeUndefined();
  });

  it.each<[string, readonly string[], Readonly<Record<string, string | undefined>>, RegExp]>([
    ['a scope that is none', ['--scope', 'everything'], {}, /'troupe:everything' is no scope/],
    ['a node that is none', ['--node', 'http://127.0.0.1:80'], {}, /is no authorization server of a node/],
    ['no place to keep it', [], { HOME: undefined }, /HOME is not set|HOME: is not set/],
  ])('is refused with %s, before anybody is asked', async (_what, args, env, words) => {
    const here = await loginPlace();
    const ran = await runCli(['login', ...args, '--data', here.data], { cwd: here.home, env: { ...here.env, ...env } });
    expect([ran.code, ran.stderr]).toEqual([2, expect.stringMatching(words)]);
  });
});

/** As if ten minutes had gone by. */
async function runOut({ door, env }: LoginPlace): Promise<void> {
  await openStoredLogins(env, systemClock)?.change(door.issuer, async (login) => (login === undefined ? undefined : { ...login, access: {} }));
}

describe('a login', () => {
  it('serves both doors, and is renewed by one of many that need it at once', async () => {
    const here = await loginPlace();
    await logIn(here);
    const logins = openStoredLogins(here.env, systemClock);
    if (logins === undefined) throw new Error('no place for logins');
    await runOut(here);
    const tokens = loginTokens(logins, here.door.issuer, { clock: systemClock, caFile: null });
    const got = await Promise.all([tokens('rpc'), tokens('api'), tokens('rpc'), tokens('api'), tokens('rpc')]);
    expect(new Set(got).size).toBe(2);
    const client = new NodeClient({ urls: here.door.urls, token: tokens, person: 'nobody' });
    expect(await client.call('auth.me')).toMatchObject({ name: 'ann', client: 'troupe-cli', audience: here.door.urls.rpc });
    const over = new AbortController();
    await client.events(over.signal);
    over.abort();
    expect(here.door.identity.families.list(false)).toHaveLength(1);
  });

  it('is of use from anywhere by the name of the node, without its data directory', async () => {
    const here = await loginPlace();
    await logIn(here);
    expect(told(await troupe(here, ['status'], { TROUPE_NODE: `${here.door.issuer}/` }))).toMatchObject({ status: 'ok' });
  });

  it('is not used for another node at the same address', async () => {
    const here = await loginPlace();
    await logIn(here);
    const other = openDataDir(join(privateFolder(), 'other'));
    const { urls } = here.door;
    writeNodeFile(other.path, { version: '0', instance: other.instance, startedAt: 0, host: '127.0.0.1', portOffset: 0, ports: { auth: Number(new URL(urls.auth).port) }, urls });
    // Its admin token is not the one of this node: it was tried, and no login.
    expect(told(await troupe({ ...here, data: other.path }, ['status'])).error).toMatchObject({ code: 'Unauthenticated' });
  });

  it('that was ended is refused at once, and it is said what to do, as after its token has run out', async () => {
    const here = await loginPlace();
    await logIn(here);
    const [family] = here.door.identity.families.list(false);
    here.door.identity.families.revoke(family?.id ?? '');
    for (let n = 0; n < 2; n += 1) {
      const ran = await troupe(here, ['status']);
      expect([ran.code, told(ran).error?.code, told(ran).error?.message]).toEqual([4, 'LoginNeeded', expect.stringContaining('`troupe login` logs you in')]);
      await runOut(here);
    }
  });

  it('in a second place ends the first only there, and one in its own place takes its place', async () => {
    const here = await loginPlace();
    await logIn(here);
    await logIn({ ...here, env: { HOME: privateFolder() } });
    expect(here.door.identity.families.list(false)).toHaveLength(2);
    await logIn(here);
    expect(here.door.identity.families.list(false)).toHaveLength(2);
  });
});

describe('troupe logout', () => {
  it('ends the login at its server, and forgets it here', async () => {
    const here = await loginPlace();
    await logIn(here);
    const token = openStoredLogins(here.env, systemClock)?.find(here.door.issuer)?.access.rpc?.token ?? '';
    expect(told(await troupe(here, ['logout']))).toEqual({ issuer: here.door.issuer, who: 'ann' });
    await expect(Promise.resolve().then(() => here.door.identity.tokens.verify(token, 'rpc'))).rejects.toThrow(/revoked/);
    expect(here.door.identity.families.list(false)).toEqual([]);
    expect(told(await troupe(here, ['status'], { TROUPE_NODE: here.door.issuer })).error).toMatchObject({
      code: 'LoginNeeded',
      message: expect.stringContaining('nobody is logged in there'),
    });
    expect(told(await troupe(here, ['logout']))).toEqual({ issuer: here.door.issuer, who: null });
  });
});

describe('the file of logins', () => {
  it('whose lock somebody left behind is taken over, and one that is broken counts as empty', async () => {
    const { env, file, door } = await loginPlace();
    const logins = openStoredLogins(env, systemClock);
    mkdirSync(`${file}.lock`, { recursive: true });
    utimesSync(`${file}.lock`, 0, 0);
    writeFileSync(file, '{"logins": [{"issuer": 7}]}');
    expect(logins?.find(door.issuer)).toBeUndefined();
    const login = { issuer: door.issuer, instance: null, who: 'ann', scope: '', refreshToken: 'r', access: {} };
    await logins?.change(door.issuer, async () => login);
    expect(logins?.find(door.issuer)).toEqual(login);
    expect(readdirSync(dirname(file))).toEqual(['logins.json']);
  });
});
