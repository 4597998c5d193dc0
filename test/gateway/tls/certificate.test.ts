import { generateKeyPairSync } from 'node:crypto';
import { chmodSync, rmSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { type CertificateWish, loadCertificate } from '../../../gateway/tls/certificate.ts';
import { readTlsConfig } from '../../../gateway/tls/tls-config.ts';
import { authority, layDown } from '../../support/certificates.ts';
import { privateFolder } from '../../support/private-folder.ts';

const YEAR_MS = 365 * 86_400_000;
const NOW = Date.UTC(2031, 5, 1);
const AROUND = { from: NOW - YEAR_MS, until: NOW + YEAR_MS };
const ISSUER = authority();

/** A pair that is good, for a test to spoil. */
function place(names?: readonly string[]) {
  const files = layDown(privateFolder(), ISSUER.issue({ ...AROUND, ...(names === undefined ? {} : { names }) }));
  const wish: CertificateWish = { config: { ...files, name: null, minVersion: 'TLSv1.2' }, host: '127.0.0.1', now: NOW };
  return { ...files, wish };
}

describe('a certificate', () => {
  it('is loaded with its key and the time until which it is good', () => {
    const { wish } = place();
    expect(loadCertificate(wish)).toMatchObject({
      expiresAt: AROUND.until,
      minVersion: 'TLSv1.2',
      cert: expect.stringContaining('BEGIN CERTIFICATE'),
      key: expect.stringContaining('PRIVATE KEY'),
    });
  });

  it.each([
    ['there is none', 'TROUPE_TLS_CERT: there is no ', ({ certFile }: Place) => rmSync(certFile)],
    ['it is a folder', /TROUPE_TLS_CERT: .* cannot be read \(EISDIR\)/, () => undefined, { certFile: '/' }],
    ['it is something else', /TROUPE_TLS_CERT: .* holds no certificate in PEM; name the file that begins with/, ({ certFile }: Place) => writeFileSync(certFile, 'words')],
    ['there is no key', 'TROUPE_TLS_KEY: there is no ', ({ keyFile }: Place) => rmSync(keyFile)],
    ['the key is none', /TROUPE_TLS_KEY: .* holds no private key in PEM/, ({ keyFile }: Place) => writeFileSync(keyFile, 'secret words')],
    [
      'the key is of another',
      /TROUPE_TLS_KEY: the key in .* is not that of the certificate in .*; name the two/,
      ({ keyFile }: Place) => writeFileSync(keyFile, ISSUER.issue().key),
    ],
    ['the key wants a passphrase', /TROUPE_TLS_KEY: .* wants a passphrase/, ({ keyFile }: Place) => writeFileSync(keyFile, SEALED)],
    ['others on the machine can read the key', /TROUPE_TLS_KEY: every user of this machine can reach .*; run `chmod 600 /, ({ keyFile }: Place) => chmodSync(keyFile, 0o644)],
  ])('is refused when %s, by the variable and with the fix', (_what, words, spoil, files: { readonly certFile?: string } = {}) => {
    const at = place();
    spoil(at);
    expect(() => loadCertificate({ ...at.wish, config: { ...at.wish.config, ...files } })).toThrow(words);
  });

  it.each([
    ['has expired', NOW + YEAR_MS, 'has expired (May 31'],
    ['is not yet good', NOW - YEAR_MS - 1_000, 'is good only from Jun  1'],
  ])('that %s is refused', (_what, now, words) => {
    expect(() => loadCertificate({ ...place().wish, now })).toThrow(words);
  });

  it('for another name than clients use is refused with the names that it has', () => {
    const { wish } = place(['a.example', '10.0.0.7']);
    expect(() => loadCertificate(wish)).toThrow(/TROUPE_TLS_NAME: .* is for DNS:a\.example, IP Address:10\.0\.0\.7, and not for 127\.0\.0\.1; give one of its names/);
    expect(loadCertificate({ ...wish, host: 'a.example' }).expiresAt).toBe(AROUND.until);
    expect(loadCertificate({ ...wish, host: '10.0.0.7' }).expiresAt).toBe(AROUND.until);
  });

  it('may have a key that the group of its owner reads', () => {
    const { wish, keyFile } = place();
    chmodSync(keyFile, 0o640);
    expect(loadCertificate(wish).expiresAt).toBe(AROUND.until);
  });

  it('is never quoted in what is said of its key', () => {
    const { wish, keyFile } = place();
    writeFileSync(keyFile, '-----BEGIN PRIVATE KEY-----\nc2VjcmV0\n-----END PRIVATE KEY-----\n');
    expect(() => loadCertificate(wish)).toThrow(/^(?!.*c2VjcmV0)/);
  });
});

type Place = ReturnType<typeof place>;

const SEALED = generateKeyPairSync('ec', {
  namedCurve: 'prime256v1',
  privateKeyEncoding: { type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase: 'x' },
  publicKeyEncoding: { type: 'spki', format: 'pem' },
}).privateKey;

describe('what is told of TLS', () => {
  const read = (env: Readonly<Record<string, string>>) => readTlsConfig(env, '/w');
  const BOTH = { TROUPE_TLS_CERT: 'tls/cert.pem', TROUPE_TLS_KEY: '/etc/key.pem' };

  it('is nothing by default', () => {
    expect(read({})).toEqual({ tls: null, caFile: null });
  });

  it('is where the files are, under which name, and the oldest version that is spoken', () => {
    expect(read(BOTH)).toEqual({ tls: { certFile: '/w/tls/cert.pem', keyFile: '/etc/key.pem', name: null, minVersion: 'TLSv1.2' }, caFile: null });
    expect(read({ ...BOTH, TROUPE_TLS_NAME: 'Node.Example', TROUPE_TLS_MIN_VERSION: '1.3', TROUPE_TLS_CA: 'ca.pem' })).toMatchObject({
      tls: { name: 'node.example', minVersion: 'TLSv1.3' },
      caFile: '/w/ca.pem',
    });
  });

  it('may be an authority alone: that of a node elsewhere', () => {
    expect(read({ TROUPE_TLS_CA: '/ca.pem' })).toEqual({ tls: null, caFile: '/ca.pem' });
  });

  it.each([
    [{ TROUPE_TLS_CERT: 'c' }, 'TROUPE_TLS_KEY: is not set, and TROUPE_TLS_CERT is; name the certificate and its key, or neither'],
    [{ TROUPE_TLS_KEY: 'k' }, 'TROUPE_TLS_CERT: is not set, and TROUPE_TLS_KEY is'],
    [{ TROUPE_TLS_CERT: ' ' }, "TROUPE_TLS_CERT: ' ' is no path"],
    [{ ...BOTH, TROUPE_TLS_MIN_VERSION: '1.1' }, "TROUPE_TLS_MIN_VERSION: '1.1' is neither 1.2 nor 1.3"],
    [{ ...BOTH, TROUPE_TLS_NAME: 'https://a.example' }, 'is no name of a machine'],
    [{ ...BOTH, TROUPE_TLS_NAME: '10.0.0.1' }, 'is no name of a machine'],
  ])('%j is refused: %s', (env, words) => {
    expect(() => read(env)).toThrow(words);
  });
});
