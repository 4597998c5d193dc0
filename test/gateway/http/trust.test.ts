import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import ts from 'typescript';
import { describe, expect, it } from 'vitest';
import { authenticate, refuseForeign, type Trust } from '../../../gateway/http/trust.ts';
import type { Caller } from '../../../gateway/operations/index.ts';
import { isCoded } from '../../../runtime/index.ts';

const PORT = 5003;
const trustOf = (host: string): Trust => ({ host, pagePorts: [PORT, 5173], adminToken: 'a'.repeat(43) });
const LOOPBACK = trustOf('127.0.0.1');
const host = (value: string | undefined, trust = LOOPBACK) => refuseForeign(value === undefined ? {} : { host: value }, trust, PORT)?.code;
const origin = (value: string | string[], trust = LOOPBACK) => refuseForeign({ host: `127.0.0.1:${PORT}`, origin: value }, trust, PORT)?.code;

describe('Host', () => {
  it.each([`127.0.0.1:${PORT}`, `localhost:${PORT}`, `LOCALHOST:${PORT}`, `[::1]:${PORT}`])('%s is this node on loopback', (value) => {
    expect(host(value)).toBeUndefined();
  });

  it.each([
    ['nothing', undefined],
    ['an empty one', ''],
    ["an attacker's name that resolves to loopback", `rebind.example:${PORT}`],
    ['a name that ends in ours', `127.0.0.1.nip.io:${PORT}`],
    ['a name that begins with ours', `localhost.example:${PORT}`],
    ['a subdomain of localhost', `evil.localhost:${PORT}`],
    ['a name with a dot at its end', `localhost.:${PORT}`],
    ['another port', '127.0.0.1:80'],
    ['no port', '127.0.0.1'],
    ['a user before the name', `127.0.0.1:${PORT}@rebind.example:${PORT}`],
    ['our name as a user', `localhost@rebind.example:${PORT}`],
    ['another loopback address', `127.0.0.2:${PORT}`],
    ['no URL at all', `127.0.0.1:${PORT}:${PORT}`],
  ])('%s is refused as ForeignRequest', (_what, value) => {
    expect(host(value)).toBe('ForeignRequest');
  });

  it('on every address any literal one may be ours, a name never is', () => {
    const any = trustOf('0.0.0.0');
    expect([host(`192.168.1.7:${PORT}`, any), host(`[fe80::1]:${PORT}`, any), host(`localhost:${PORT}`, any)]).toEqual([undefined, undefined, undefined]);
    expect(host(`rebind.example:${PORT}`, any)).toBe('ForeignRequest');
  });

  it('on one address beyond loopback only that one is ours', () => {
    const one = trustOf('192.168.1.7');
    expect(host(`192.168.1.7:${PORT}`, one)).toBeUndefined();
    expect(host(`127.0.0.1:${PORT}`, one)).toBe('ForeignRequest');
  });
});

describe('Origin', () => {
  it.each([`http://127.0.0.1:${PORT}`, 'http://localhost:5173', 'http://[::1]:5173'])('%s is a page of ours', (value) => {
    expect(origin(value)).toBeUndefined();
  });

  it.each([
    ['a foreign page', 'https://example.com'],
    ['a foreign page on a port of ours', 'http://example.com:5173'],
    ['a page of this machine on another port', 'http://127.0.0.1:3000'],
    ['a page without an origin', 'null'],
    ['a file', 'file://'],
    ['an extension', 'chrome-extension://abcdefghijklmnop'],
    ['a look-alike', `http://127.0.0.1:${PORT}.example.com`],
    ['a user before the name', `http://127.0.0.1:${PORT}@example.com`],
    ['nothing in it', ''],
  ])('%s is refused as ForeignRequest', (_what, value) => {
    expect(origin(value)).toBe('ForeignRequest');
  });

  it('two of them are refused', () => {
    expect(origin([`http://127.0.0.1:${PORT}`, 'http://example.com'])).toBe('ForeignRequest');
  });

  it('the refusal names the header and not more of it than fits a line', () => {
    const refusal = refuseForeign({ host: `${'x'.repeat(5_000)}.example` }, LOOPBACK, PORT);
    expect(refusal?.message).toMatch(/^refused: the Host header names 'x+', which is not this node$/);
    expect(refusal?.message.length).toBeLessThan(300);
  });
});

describe('the token', () => {
  const asking = (authorization: unknown, more = {}) => authenticate({ authorization, ...more } as never, LOOPBACK, 'api') as Caller;
  const TOKEN = LOOPBACK.adminToken;

  it.each([
    ['none', undefined],
    ['an empty one', ''],
    ['no scheme', TOKEN],
    ['another scheme', `Basic ${TOKEN}`],
    ['another token of the same length', `Bearer ${'b'.repeat(43)}`],
    ['a beginning of it', `Bearer ${TOKEN.slice(0, -1)}`],
    ['more than it', `Bearer ${TOKEN}a`],
    ['two words', `Bearer ${TOKEN} ${TOKEN}`],
    ['an empty word', 'Bearer '],
    ['a list', [`Bearer ${TOKEN}`]],
  ])('%s is refused as Unauthenticated, without a word of the right one', (_what, value) => {
    try {
      asking(value);
      expect.unreachable();
    } catch (error) {
      expect(isCoded(error, 'Unauthenticated') && error.httpStatus).toBe(401);
      expect(JSON.stringify(error)).not.toContain('aaaa');
    }
  });

  it('the right one is admitted, whatever the case of the scheme', () => {
    expect(asking(`bearer ${TOKEN}`)).toEqual({ name: 'admin', permissions: ['read', 'act', 'approve', 'admin'] });
  });

  it('records show on whose behalf it is used, unless that is no name', () => {
    const named = (caller: string) => asking(`Bearer ${TOKEN}`, { 'x-troupe-caller': caller }).name;
    expect([named('ann'), named('ann@host'), named('<b>'), named(''), named('x'.repeat(65))]).toEqual(['ann', 'ann@host', 'admin', 'admin', 'admin']);
  });

  it.each([
    ['troupe', 'troupe'],
    ['my-fleet2', 'my-fleet2'],
    ['my_fleet', undefined],
    ['my fleet', undefined],
    ['', undefined],
    ['x'.repeat(65), undefined],
    [['troupe', 'troupe'], undefined],
  ])('comes with the name %j under which a client has this node, where no other name is written like it', (given, server) => {
    expect(asking(`Bearer ${LOOPBACK.adminToken}`, { 'x-troupe-server': given, 'x-troupe-workspace': '/repo' })).toMatchObject({ workspace: '/repo' });
    expect(asking(`Bearer ${LOOPBACK.adminToken}`, { 'x-troupe-server': given }).server).toBe(server);
  });

  it('is compared in constant time, and by no operator', () => {
    const source = readFileSync(resolve(import.meta.dirname, '../../../gateway/http/trust.ts'), 'utf8');
    const tree = ts.createSourceFile('trust.ts', source, ts.ScriptTarget.Latest, true);
    const compared: string[] = [];
    const visit = (node: ts.Node): void => {
      if (ts.isBinaryExpression(node) && /^[!=]==?$/.test(node.operatorToken.getText())) compared.push(node.left.getText(), node.right.getText());
      ts.forEachChild(node, visit);
    };
    visit(tree);
    for (const secret of ['adminToken', 'expected', 'other']) expect(compared).not.toContain(secret);
    expect(source).toContain('timingSafeEqual(one, other)');
    expect(source).toContain('isSameSecret(given, adminToken)');
  });
});
