import { expect, it } from 'vitest';
import { redirectOf, sentTo } from '../../../../actors/gate/execute/redirect.ts';

const approved = new URL('https://api.example/v1/items');
const call = { method: 'GET', headers: { authorization: 'Bearer x', cookie: 'a=b' }, body: 'secret' };

it('headers and body go to the approved place only: same scheme, host and port', () => {
  expect(sentTo(new URL('https://api.example/v2?x=1'), approved, call)).toEqual(call);
  for (const url of ['https://other.example/v1/items', 'https://api.example:8443/v1/items', 'http://api.example/v1/items', 'https://api.example.org/']) {
    const { headers, body } = sentTo(new URL(url), approved, call);
    expect([Object.keys(headers).sort(), body]).toEqual([['accept', 'accept-encoding', 'user-agent'], undefined]);
  }
});

it('reads go where they are led, relatively too', () => {
  const next = (location: string) => redirectOf(approved, 'GET', { status: 302, headers: { location } })?.href;
  expect(next('other')).toBe('https://api.example/v1/other');
  expect(next('//cdn.example/x')).toBe('https://cdn.example/x');
});

it('nothing else is led anywhere', () => {
  const headers = { location: '/again' };
  for (const method of ['POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']) expect(redirectOf(approved, method, { status: 307, headers })).toBeUndefined();
  for (const status of [200, 201, 300, 304, 404]) expect(redirectOf(approved, 'GET', { status, headers })).toBeUndefined();
  expect(redirectOf(approved, 'GET', { status: 302, headers: {} })).toBeUndefined();
});

it('a redirect to less protection, to another scheme or to no URL is refused', () => {
  for (const location of ['http://api.example/', 'file:///etc/passwd', 'javascript:alert(1)', 'ftp://api.example/', 'http://']) {
    expect(() => redirectOf(approved, 'GET', { status: 301, headers: { location } })).toThrow(expect.objectContaining({ code: 'CallRefused' }));
  }
});
