// The pages of the authorization server as a person sees and uses them, in Chromium: at both widths, light and dark, with a mouse or without.
import { describe, expect, it } from 'vitest';
import { authDoor, authorizeUrl, CALLBACK, PASSWORD, pkce } from '../support/auth-door.ts';
import { choosePassword, fillLogin } from '../support/browser-login.ts';
import { flawsOf, useChromium, WIDTHS } from '../support/chromium.ts';

const openDesk = useChromium();

async function atLogin({ isNew = false } = {}) {
  const door = await authDoor();
  if (!isNew) await door.user('ann', 'operator');
  const { client_id: client } = await door.register({ client_name: 'A client with a name of some length' });
  const url = authorizeUrl(door.issuer, {
    client_id: String(client),
    response_type: 'code',
    redirect_uri: CALLBACK,
    code_challenge: pkce().challenge,
    code_challenge_method: 'S256',
    resource: door.resource,
    state: 'the-state',
    scope: 'troupe:read troupe:act troupe:admin',
  });
  return { door, url };
}

describe('the pages of the authorization server', () => {
  it.each([
    ['desk', 'light'],
    ['desk', 'dark'],
    ['phone', 'light'],
    ['phone', 'dark'],
  ] as const)('fit a %s and can be read by everybody, in %s, and nothing on them is missing or from elsewhere', async (width, colorScheme) => {
    const { door, url } = await atLogin({ isNew: true });
    const { page, complaints, asked } = await openDesk({ ...WIDTHS[width], colorScheme });
    const flaws: string[] = [];
    const look = async (name: string): Promise<void> => void flaws.push(...(await flawsOf(page, `${name}-${width}-${colorScheme}`)));
    await page.goto(door.identity.links.make().url);
    await look('first-administrator');
    await choosePassword(page, { name: 'ann' });
    await look('saved');
    await page.goto(url);
    await look('login');
    await fillLogin(page, 'not the password');
    await page.getByRole('alert').waitFor();
    await look('login-wrong');
    await fillLogin(page);
    await page.getByRole('heading', { name: 'Allow access' }).waitFor();
    await look('consent');
    await page.goto(`${door.issuer}/device`);
    await look('device-code');
    await page.goto(`${door.issuer}/device?user_code=BBBB-BBBB`);
    await page.getByRole('alert').waitFor();
    await look('device-code-wrong');
    await page.goto(`${door.issuer}/interaction/none`);
    await look('over');
    expect(flaws).toEqual([]);
    // A refused password and a login that is over are refusals to the browser too.
    expect(complaints.filter((text) => !/status of 40[01]/.test(text))).toEqual([]);
    expect([...asked]).toEqual([door.issuer]);
  });

  it('would be found out: a field without a label, pale text, no language, and what is wider than the window', async () => {
    const { page } = await openDesk(WIDTHS.phone);
    await page.setContent('<meta name="viewport" content="width=device-width"><title>t</title><main><h1>t</h1><p style="color:#bbb;width:40rem">pale</p><input></main>');
    const flaws = (await flawsOf(page, 'planted')).map((line) => line.split(': ')[1]);
    expect(flaws).toEqual(expect.arrayContaining(['wider than its window', 'label', 'color-contrast', 'html-has-lang']));
  });

  it('can be used without a mouse, from the name to the code at the client', async () => {
    const { url } = await atLogin();
    const { page } = await openDesk();
    const landed = page.waitForRequest((request) => request.url().startsWith(CALLBACK));
    await page.goto(url);
    // The page says where to begin, a moment after it was loaded.
    await page.locator('#name:focus').waitFor();
    await page.keyboard.type('ann');
    await page.keyboard.press('Tab');
    await page.locator('#password:focus').waitFor();
    await page.keyboard.type(PASSWORD);
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'Allow access' }).waitFor();
    for (let n = 0; n < 8 && !(await page.getByRole('button', { name: 'Allow' }).evaluate('(button) => button === document.activeElement')); n += 1)
      await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    const answer = new URL((await landed).url()).searchParams;
    expect(answer.get('state')).toBe('the-state');
    expect(answer.get('code')).toMatch(/^\S{20,}$/);
  });

  it('send a person who says no back to the client, which learns that and nothing else', async () => {
    const { url } = await atLogin();
    const { page } = await openDesk();
    const landed = page.waitForRequest((request) => request.url().startsWith(CALLBACK));
    await page.goto(url);
    await fillLogin(page);
    await page.getByRole('button', { name: 'Deny' }).click();
    const answer = new URL((await landed).url()).searchParams;
    expect([answer.get('error'), answer.get('code')]).toEqual(['access_denied', null]);
  });

  it('let a person choose a password by a link, and offer then what her roles allow and no more', async () => {
    const { door, url } = await atLogin();
    const { page } = await openDesk(WIDTHS.phone);
    await page.goto(door.identity.links.make(door.identity.users.list()[0]?.id).url);
    await choosePassword(page);
    await page.goto(url);
    await fillLogin(page);
    await page.getByRole('heading', { name: 'Allow access' }).waitFor();
    expect(await page.getByRole('listitem').allTextContents()).toHaveLength(2);
  });
});
