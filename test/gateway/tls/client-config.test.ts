import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { loadCertificate } from '../../../gateway/tls/certificate.ts';
import { shownBy } from '../../../gateway/tls/client-config.ts';
import { proveTrust } from '../../../gateway/tls/prove-trust.ts';
import { readTlsConfig } from '../../../gateway/tls/tls-config.ts';
import { systemClock } from '../../../runtime/index.ts';
import { authority, layDown } from '../../support/certificates.ts';
import { privateFolder } from '../../support/private-folder.ts';

const SERVER = { TROUPE_TLS_CERT: '/s.pem', TROUPE_TLS_KEY: '/s.key' };
const read = (env: Readonly<Record<string, string>>) => readTlsConfig(env, '/w');

describe('certificates of clients', () => {
  it('are asked for where an authority of them is named, and wanted of everybody unless it says otherwise', () => {
    expect(read(SERVER).tls?.clients).toBeUndefined();
    expect(read({ ...SERVER, TROUPE_TLS_CLIENT_CA: 'ca.pem' }).tls?.clients).toEqual({ caFile: '/w/ca.pem', required: true });
    expect(read({ ...SERVER, TROUPE_TLS_CLIENT_CA: '/ca.pem', TROUPE_TLS_CLIENTS: 'require' }).tls?.clients?.required).toBe(true);
    expect(read({ ...SERVER, TROUPE_TLS_CLIENT_CA: '/ca.pem', TROUPE_TLS_CLIENTS: 'request' }).tls?.clients?.required).toBe(false);
  });

  it('are shown by clients of a node, which need no certificate of a node themselves', () => {
    expect(read({ TROUPE_TLS_CLIENT_CERT: 'me.pem', TROUPE_TLS_CLIENT_KEY: '/me.key' })).toEqual({ tls: null, caFile: null, shown: { certFile: '/w/me.pem', keyFile: '/me.key' } });
    expect(read({})).toEqual({ tls: null, caFile: null });
  });

  it.each([
    [{ ...SERVER, TROUPE_TLS_CLIENTS: 'require' }, /^TROUPE_TLS_CLIENTS: is set, and TROUPE_TLS_CLIENT_CA is not; name the file/],
    [{ ...SERVER, TROUPE_TLS_CLIENT_CA: '/ca.pem', TROUPE_TLS_CLIENTS: 'maybe' }, /^TROUPE_TLS_CLIENTS: 'maybe' is neither require nor request/],
    [{ TROUPE_TLS_CLIENT_CA: '/ca.pem' }, /^TROUPE_TLS_CLIENT_CA: is set, and TROUPE_TLS_CERT is not/],
    [{ TROUPE_TLS_CLIENT_CERT: '/me.pem' }, /^TROUPE_TLS_CLIENT_KEY: is not set, and TROUPE_TLS_CLIENT_CERT is/],
    [{ TROUPE_TLS_CLIENT_KEY: '/me.key' }, /^TROUPE_TLS_CLIENT_CERT: is not set, and TROUPE_TLS_CLIENT_KEY is/],
  ])('are refused by variable and fix where they make no sense: %j', (env, message) => expect(() => read(env)).toThrow(message));

  it('cannot be shown from a file that is not there', () => {
    expect(() => shownBy({ certFile: '/nowhere/me.pem', keyFile: '/nowhere/me.key' })).toThrow('TROUPE_TLS_CLIENT_CERT: there is no /nowhere/me.pem; name a file in PEM');
  });

  it('are not shown with a key that every user of the machine can reach', () => {
    const files = layDown(privateFolder(), authority('an authority of clients').issue());
    expect(shownBy(files).key).toContain('PRIVATE KEY');
    chmodSync(files.keyFile, 0o644);
    expect(() => shownBy(files)).toThrow(`TROUPE_TLS_CLIENT_KEY: every user of this machine can reach ${files.keyFile}; run \`chmod 600 `);
  });
});

describe('before a node asks for certificates', () => {
  const server = authority();
  const clients = authority('an authority of clients');
  const at = (folder: string, text: string, name = 'ca.pem'): string => {
    writeFileSync(join(folder, name), text);
    return join(folder, name);
  };
  function place(authorities = clients.cert) {
    const folder = privateFolder();
    const files = layDown(folder, server.issue());
    const wanted = { caFile: at(folder, authorities, 'clients.pem'), required: true };
    const load = () => loadCertificate({ config: { ...files, name: null, minVersion: 'TLSv1.2', clients: wanted }, host: '127.0.0.1', now: Date.now() });
    const prove = (shown: ReturnType<typeof layDown> | undefined, required = true) =>
      proveTrust({ certificate: load(), bound: '127.0.0.1', host: '127.0.0.1', caFile: at(folder, server.cert), clients: { ...wanted, required }, shown, clock: systemClock });
    return { load, prove };
  }

  it('the file of their authorities holds authorities, one or several', () => {
    expect(place(clients.cert + server.cert).load().ca).toBe(clients.cert + server.cert);
    for (const text of ['', 'nothing', clients.issue().cert, clients.cert + clients.issue().cert, clients.cert.replace('MII', 'AAA')])
      expect(() => place(text).load()).toThrow(/^TROUPE_TLS_CLIENT_CA: .* holds something else than authorities in PEM/);
  });

  it('its own clients have one that the doors take', async () => {
    await place().prove(layDown(privateFolder(), clients.issue()));
    await expect(place().prove(undefined)).rejects.toThrow(
      /^TROUPE_TLS_CLIENT_CERT: is not set, and agent hosts and commands of this machine must show a certificate too; name one/,
    );
    await expect(place().prove(layDown(privateFolder(), server.issue()))).rejects.toThrow(/^TROUPE_TLS_CLIENT_CERT: .*cert\.pem is none that the doors take \(\w+\)/);
    const mixed = { ...layDown(privateFolder(), clients.issue()), keyFile: layDown(privateFolder(), clients.issue()).keyFile };
    await expect(place().prove(mixed)).rejects.toThrow(/^TROUPE_TLS_CLIENT_CERT: .* are no certificate with its key/);
  });

  it('they may come without where none is required, and not with a wrong one', async () => {
    await place().prove(undefined, false);
    await expect(place().prove(layDown(privateFolder(), server.issue()), false)).rejects.toThrow('is none that the doors take');
  });
});
