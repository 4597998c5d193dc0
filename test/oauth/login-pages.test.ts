// Logging in and agreeing in a browser: who may, what a foreign page cannot do, and what the pages look like to those who do not see them.
import { request } from 'node:http';
import { describe, expect, it } from 'vitest';
import { listActivity } from '../../actors/read-model/index.ts';
import { type AuthDoor, authDoor, authorizeUrl, Browser, CALLBACK, PASSWORD, pkce } from '../support/auth-door.ts';
import { settle } from '../support/settle.ts';

async function begun(): Promise<{ readonly door: AuthDoor; readonly browser: Browser; readonly start: string }> {
  const door = await authDoor();
  await door.user('ann', 'operator');
  const client = String((await door.register()).client_id);
  const start = authorizeUrl(door.issuer, {
    client_id: client,
    response_type: 'code',
    redirect_uri: CALLBACK,
    code_challenge: pkce().challenge,
    code_challenge_method: 'S256',
    state: 's',
  });
  return { door, browser: new Browser(door.issuer), start };
}

async function refusals(door: AuthDoor) {
  await settle();
  return listActivity(await door.node.facts.read(), { kind: 'access.refused' }).items.map(({ body }) => body);
}

const RIGHT = { name: 'ann', password: PASSWORD };
const WRONG = { name: 'ann', password: 'not the password' };

describe('a login', () => {
  it('says the same of a wrong name and of a wrong password, and leaves no name in the audit that nobody has', async () => {
    const { door, browser, start } = await begun();
    const page = await browser.open(start);
    const wrongName = await browser.submit(page, { name: 'my-secret-password', password: PASSWORD });
    const wrongPassword = await browser.submit(page, WRONG);
    const words = (text: string): string => text.replace(/value="[^"]*"/g, '');
    expect([wrongName.status, words(wrongName.text)]).toEqual([401, words(wrongPassword.text)]);
    await settle();
    const { items } = listActivity(await door.node.facts.read(), { kind: 'login.failed' });
    expect(items.map(({ body }) => (body as { user: string }).user)).toEqual(['ann', 'nobody']);
    expect(JSON.stringify(door.node.store.facts)).not.toContain('my-secret-password');
  });

  it('is refused with the right password too after five wrong ones, until a while has passed', async () => {
    const { door, browser, start } = await begun();
    const page = await browser.open(start);
    for (let n = 0; n < 5; n += 1) await browser.submit(page, WRONG);
    expect((await browser.submit(page, RIGHT)).text).toContain('too many attempts');
    expect(door.identity.users.named('ann')?.lockedUntil).toBeGreaterThan(door.identity.clock.now() + 30_000);
  });

  it('is tried twenty times a minute from one address and no more, whatever the names', async () => {
    const { browser, start } = await begun();
    const page = await browser.open(start);
    for (let n = 0; n < 20; n += 1) await browser.submit(page, { name: `user-${n}`, password: PASSWORD });
    expect((await browser.submit(page, { name: 'another', password: PASSWORD })).status).toBe(429);
  });

  it('gives the browser another session than the one it came with: a planted one is worth nothing', async () => {
    const { door, browser, start } = await begun();
    const page = await browser.open(start);
    const planted = browser.cookies.get('troupe_session')?.value;
    await browser.submit(page, RIGHT);
    const after = browser.cookies.get('troupe_session')?.value;
    expect(after).toBeDefined();
    expect(after).not.toBe(planted);
    const thief = new Browser(door.issuer);
    thief.cookies.set('troupe_session', { value: planted ?? 'planted', path: '/' });
    expect((await thief.open(start)).text).toContain('type="password"');
  });

  it('keeps its cookies from scripts and from other sites', async () => {
    const { door, start } = await begun();
    const response = await fetch(start, { redirect: 'manual' });
    const cookies = response.headers.getSetCookie();
    expect(cookies.length).toBeGreaterThan(0);
    for (const cookie of cookies) expect(cookie.toLowerCase()).toMatch(/httponly/);
    for (const cookie of cookies) expect(cookie.toLowerCase()).toMatch(/samesite=lax/);
    expect(door.faults).toEqual([]);
  });

  it('is answered with a redirect that leaves the form behind', async () => {
    const { door, browser, start } = await begun();
    const page = await browser.open(start);
    const [, action = ''] = /action="([^"]*)"/.exec(page.text) ?? [];
    const [, stamp = ''] = /name="stamp" value="([^"]*)"/.exec(page.text) ?? [];
    const cookie = [...browser.cookies].map(([name, { value }]) => `${name}=${value}`).join('; ');
    expect((await door.post(action, { ...RIGHT, stamp }, { cookie, origin: door.issuer })).status).toBe(303);
  });

  it('is counted by the address of the connection, whatever a header says', async () => {
    const { browser, start } = await begun();
    const page = await browser.open(start);
    const from = (n: number) => ({ 'x-forwarded-for': `10.0.0.${n}`, 'x-real-ip': `10.0.0.${n}`, forwarded: `for=10.0.0.${n}` });
    for (let n = 0; n < 20; n += 1) await browser.submit(page, { name: `user-${n}`, password: PASSWORD }, from(n));
    expect((await browser.submit(page, { name: 'another', password: PASSWORD }, from(99))).status).toBe(429);
  });

  it('that was begun in another browser is none', async () => {
    const { door, browser, start } = await begun();
    const page = await browser.open(start);
    const other = await new Browser(door.issuer).submit(page, RIGHT);
    expect([other.status, other.left]).toEqual([400, undefined]);
    expect(other.text).toContain('This login is over');
    expect(await refusals(door)).toMatchObject([{ code: 'ForeignRequest', path: '/interaction/:uid/login' }]);
  });
});

describe('a form', () => {
  it.each(['login', 'consent'])('of %s without our stamp counts for nothing', async (step) => {
    const { door, browser, start } = await begun();
    let page = await browser.open(start);
    if (step === 'consent') page = await browser.submit(page, RIGHT);
    for (const stamp of ['', 'forged', 'x'.repeat(43)]) {
      const answer = await browser.submit(page, { ...RIGHT, decision: 'allow', stamp });
      expect([answer.status, answer.left]).toEqual([403, undefined]);
    }
    const refused = { door: 'auth', code: 'ForeignRequest', method: 'POST', path: `/interaction/:uid/${step}`, remote: '127.0.0.1' };
    expect(await refusals(door)).toMatchObject([refused, refused, refused]);
    expect(JSON.stringify(door.node.store.facts)).not.toContain(PASSWORD);
  });

  it('of a page of another site is refused before anything is looked at', async () => {
    const { door, browser, start } = await begun();
    const consent = await browser.submit(await browser.open(start), RIGHT);
    for (const origin of ['https://evil.example', 'null']) {
      const answer = await browser.submit(consent, { decision: 'allow' }, { origin });
      expect([answer.status, answer.left]).toEqual([403, undefined]);
    }
    expect((await browser.submit(consent, { decision: 'allow' })).left).toBeDefined();
    expect(await refusals(door)).toMatchObject([
      { code: 'ForeignRequest', why: expect.stringContaining('null') },
      { code: 'ForeignRequest', why: expect.stringContaining('evil.example') },
    ]);
  });

  it('of the login is not taken for one of the consent', async () => {
    const { browser, start } = await begun();
    const login = await browser.open(start);
    const answer = await browser.submit({ ...login, text: login.text.replace('/login"', '/consent"') }, { decision: 'allow' });
    expect([answer.status, answer.left]).toEqual([403, undefined]);
  });

  it('that asks for more than was offered gets what was offered', async () => {
    const { door, browser, start } = await begun();
    const consent = await browser.submit(await browser.open(start), RIGHT);
    const { left } = await browser.submit(consent, { decision: 'allow', scope: ['troupe:read', 'troupe:admin'] });
    expect(left?.searchParams.get('code')).toBeTruthy();
    await settle();
    expect(listActivity(await door.node.facts.read(), { kind: 'consent.given' }).items).toMatchObject([{ body: { scope: 'troupe:read' } }]);
  });

  it('of 100 kB is refused', async () => {
    const { browser, start } = await begun();
    expect((await browser.submit(await browser.open(start), { name: 'x'.repeat(100_000), password: 'y' })).status).toBe(413);
  });
});

describe('the pages', () => {
  it('load nothing from elsewhere, run no script, are framed by nobody, and send their forms to us and to the client', async () => {
    const { browser, start } = await begun();
    const login = await browser.open(start);
    const consent = await browser.submit(login, RIGHT);
    for (const page of [login, consent]) {
      expect(page.headers.get('content-security-policy')).toBe(
        "default-src 'none'; style-src 'self'; script-src; form-action 'self' http://127.0.0.1:7777; base-uri 'none'; frame-ancestors 'none'",
      );
      expect(page.headers.get('referrer-policy')).toBe('same-origin');
      expect(page.headers.get('x-frame-options')).toBe('DENY');
      expect(page.text).not.toMatch(/<script|style=| on\w+=|https?:\/\/(?!127\.0\.0\.1)/);
    }
  });

  it('are readable without seeing them: a language, a title, one heading, a label to every field', async () => {
    const { browser, start } = await begun();
    const login = await browser.open(start);
    const wrong = await browser.submit(login, WRONG);
    const consent = await browser.submit(login, RIGHT);
    for (const { text } of [login, wrong, consent]) {
      expect(text).toMatch(/<html lang="en">[\s\S]*<title>[^<]+<\/title>[\s\S]*<main>[\s\S]*<h1>/);
      expect(text.match(/<h1>/g)).toHaveLength(1);
      const fields = [...text.matchAll(/<input(?![^>]*type="hidden")[^>]* id="([^"]+)"/g)].map(([, id]) => id);
      for (const id of fields) expect(text).toContain(`<label for="${id}">`);
      expect(text.match(/<input(?![^>]*type="hidden")/g)?.length ?? 0).toBe(fields.length);
    }
    expect(wrong.text).toContain('role="alert"');
  });

  it('show the name that a client gave itself as text', async () => {
    const door = await authDoor();
    const client = String((await door.register({ client_name: '<img src=x onerror=alert(1)>"' })).client_id);
    const { text } = await new Browser(door.issuer).open(
      authorizeUrl(door.issuer, { client_id: client, response_type: 'code', redirect_uri: CALLBACK, code_challenge: pkce().challenge, code_challenge_method: 'S256' }),
    );
    expect(text).toContain('&#60;img src=x');
    expect(text).not.toContain('<img');
  });
});

describe('a one-time link', () => {
  const choose = { password: 'a long enough one', again: 'a long enough one' };

  it('makes the first administrator, who can then log in; it and every other such link are used up then', async () => {
    const door = await authDoor();
    const old = door.identity.links.make().url;
    const { url } = door.identity.links.make();
    const browser = new Browser(door.issuer);
    expect((await browser.open(old)).status).toBe(410);
    const page = await browser.open(url);
    expect((await browser.submit(page, { name: 'ada', ...choose })).text).toContain('ada can log in now');
    expect(door.identity.users.list()).toMatchObject([{ name: 'ada', roles: ['admin'], hasPassword: true }]);
    expect((await browser.submit(page, { name: 'eve', ...choose })).status).toBe(410);
    expect((await browser.open(url)).status).toBe(410);
    expect(await door.identity.users.logIn('ADA', choose.password)).toMatchObject({ ok: true });
    expect(JSON.stringify(door.node.store.facts)).not.toContain(url.split('/').at(-1));
  });

  it('sets the password of one user and of no other', async () => {
    const door = await authDoor();
    const id = await door.user('ann', 'viewer');
    await door.user('bob', 'viewer');
    const page = await new Browser(door.issuer).open(door.identity.links.make(id).url);
    await new Browser(door.issuer).submit(page, { ...choose, name: 'bob' });
    expect(await door.identity.users.logIn('ann', choose.password)).toMatchObject({ ok: true });
    expect(await door.identity.users.logIn('bob', PASSWORD)).toMatchObject({ ok: true });
  });

  it.each([
    ['too short', { password: 'short', again: 'short' }, /12 characters or more/],
    ['typed in two ways', { password: 'a long enough one', again: 'a long enough two' }, /not the same/],
    ['too long', { password: 'x'.repeat(257), again: 'x'.repeat(257) }, /256 characters at most/],
  ])('takes no password that is %s, and is not used up by it', async (_what, fields, words) => {
    const door = await authDoor();
    const browser = new Browser(door.issuer);
    const page = await browser.open(door.identity.links.make().url);
    const answer = await browser.submit(page, { name: 'ada', ...fields });
    expect([answer.status, door.identity.users.list()]).toEqual([400, []]);
    expect(answer.text).toMatch(words);
    expect((await browser.submit(answer, { name: 'ada', ...choose })).status).toBe(200);
  });

  it('that is none leads nowhere', async () => {
    const door = await authDoor();
    expect((await new Browser(door.issuer).open(`/links/${'x'.repeat(32)}`)).status).toBe(410);
    expect(await refusals(door)).toMatchObject([{ code: 'LinkUsed', path: '/links/:secret' }]);
  });

  it('that is opened under a foreign name is refused, and still not in the audit', async () => {
    const door = await authDoor();
    const { pathname, port } = new URL(door.identity.links.make().url);
    const answer = await new Promise<number | undefined>((resolve, reject) => {
      request({ host: '127.0.0.1', port, path: pathname, headers: { host: `evil.example:${port}` } }, ({ statusCode }) => resolve(statusCode))
        .once('error', reject)
        .end();
    });
    expect(answer).toBe(403);
    expect(await refusals(door)).toMatchObject([{ code: 'ForeignRequest', path: '/links/…' }]);
    expect(JSON.stringify(door.node.store.facts)).not.toContain(pathname.slice(7));
  });
});
