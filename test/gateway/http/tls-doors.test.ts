import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { connect as connectPlain, type Socket } from 'node:net';
import { join } from 'node:path';
import { type ConnectionOptions, connect, rootCertificates, type TLSSocket } from 'node:tls';
import { describe, expect, it, onTestFinished } from 'vitest';
import { WebSocket } from 'ws';
import { type LiveCertificate, openCertificate } from '../../../gateway/tls/live-certificate.ts';
import { causeHint, nodeFetch } from '../../../gateway/tls/node-fetch.ts';
import { proveTrust } from '../../../gateway/tls/prove-trust.ts';
import type { TlsConfig } from '../../../gateway/tls/tls-config.ts';
import { SimulatedClock, systemClock } from '../../../runtime/index.ts';
import { authority, layDown } from '../../support/certificates.ts';
import { privateFolder } from '../../support/private-folder.ts';
import { runningNode } from '../../support/running-node.ts';
import { HONEST, openRealDoor, recordingLog } from '../../support/test-door.ts';

const ISSUER = authority();
const STRANGER = authority('an authority that nobody asked');
const LOOK_MS = 10_000;

function written(text: string): string {
  const file = join(privateFolder(), 'ca.pem');
  writeFileSync(file, text);
  return file;
}

function shown(clock = new SimulatedClock(Date.now()), minVersion: TlsConfig['minVersion'] = 'TLSv1.2') {
  const folder = privateFolder();
  const config: TlsConfig = { ...layDown(folder, ISSUER.issue()), name: null, minVersion };
  const certificate = openCertificate({ config, host: '127.0.0.1', clock, log: recordingLog() });
  onTestFinished(() => certificate.close());
  return { certificate, folder, clock };
}

async function door(name: 'rpc' | 'api', certificate: LiveCertificate, clock = systemClock) {
  const { node } = await runningNode();
  return openRealDoor({ name, purpose: name }, () => node, { certificate, clock });
}

/** Both words are ours: what came until the connection was over. */
async function heard(socket: Socket): Promise<string> {
  const parts: Buffer[] = [];
  for await (const part of socket) parts.push(part as Buffer);
  return Buffer.concat(parts).toString();
}

const opened = async (port: number, more: Pick<ConnectionOptions, 'maxVersion'> = {}): Promise<TLSSocket> => {
  const socket = connect({ host: '127.0.0.1', port, ca: ISSUER.cert, ...more });
  onTestFinished(() => void socket.destroy());
  await once(socket, 'secureConnect');
  return socket;
};

const silent = async (port: number): Promise<Socket> => {
  const socket = connectPlain(port, '127.0.0.1');
  onTestFinished(() => void socket.destroy());
  await once(socket, 'connect');
  return socket;
};

describe('a door that speaks TLS', () => {
  it('answers as every door does, names itself with https, and says that it is to be reached by nothing else', async () => {
    const { port } = await door('rpc', shown().certificate);
    const url = `https://127.0.0.1:${port}`;
    const caFile = written(ISSUER.cert);
    const call = { method: 'POST', headers: { ...HONEST, 'content-type': 'application/json' }, body: '{"jsonrpc":"2.0","id":1,"method":"agent.list"}' };
    const answer = await nodeFetch(`${url}/rpc`, call, caFile);
    expect([answer.status, await answer.json()]).toMatchObject([200, { id: 1, result: { items: expect.any(Array) } }]);
    expect(answer.headers.get('strict-transport-security')).toBe('max-age=31536000');
    const refused = await nodeFetch(`${url}/mcp`, { ...call, headers: { 'content-type': 'application/json' } }, caFile);
    expect([refused.status, refused.headers.get('www-authenticate')]).toEqual([
      401,
      expect.stringContaining(`resource_metadata="${url}/.well-known/oauth-protected-resource/mcp"`),
    ]);
    const metadata = await nodeFetch(`${url}/.well-known/oauth-protected-resource/mcp`, {}, caFile);
    expect(await metadata.json()).toMatchObject({ resource: `${url}/mcp` });
  });

  it('takes WebSockets', async () => {
    const { port } = await door('rpc', shown().certificate);
    const socket = new WebSocket(`wss://127.0.0.1:${port}/ws`, ['jsonrpc'], { headers: HONEST, ca: ISSUER.cert });
    onTestFinished(() => socket.terminate());
    await once(socket, 'open');
    socket.send('{"jsonrpc":"2.0","id":7,"method":"agent.list"}');
    const [text] = (await once(socket, 'message')) as [Buffer];
    expect(JSON.parse(text.toString())).toMatchObject({ id: 7, result: { items: expect.any(Array) } });
  });

  it('tells whoever speaks plain HTTP to come by https', async () => {
    const { port } = await door('api', shown().certificate);
    const socket = await silent(port);
    socket.write('GET /api/v1/status HTTP/1.1\r\nhost: 127.0.0.1\r\n\r\n');
    const text = await heard(socket);
    expect(text).toMatch(/^HTTP\/1\.1 400 Bad Request\r\n[\s\S]*Connection: close\r\n\r\n/);
    expect(JSON.parse(text.split('\r\n\r\n')[1] ?? '')).toMatchObject({ status: 400, code: 'InvalidInput', detail: expect.stringContaining('https://') });
  });

  it('cuts off whoever says nothing', async () => {
    const clock = new SimulatedClock(Date.now());
    const { port } = await door('api', shown(clock).certificate, clock);
    const socket = await silent(port);
    // Answered behind it, so the door has seen the silent one.
    (await opened(port)).destroy();
    const ended = heard(socket);
    await clock.advance(LOOK_MS);
    expect(await ended).toBe('');
  });

  it('closes while somebody is in the middle of a handshake', async () => {
    const { port, doors } = await door('api', shown().certificate);
    const socket = await silent(port);
    socket.write(Buffer.from([0x16, 0x03, 0x01]));
    (await opened(port)).destroy();
    const ended = heard(socket).catch(() => '');
    await doors.close();
    expect(await ended).toBe('');
  });

  it('lets in pages of its own by https alone', async () => {
    const { port } = await door('api', shown().certificate);
    const from = (origin: string) => nodeFetch(`https://127.0.0.1:${port}/api/v1/status`, { headers: { ...HONEST, origin } }, written(ISSUER.cert));
    expect([(await from('https://127.0.0.1:5003')).status, (await from('http://127.0.0.1:5003')).status]).toEqual([200, 403]);
  });

  it('is not believed by a client that knows another authority, which says what to do', async () => {
    const { port } = await door('api', shown().certificate);
    const refused = await nodeFetch(`https://127.0.0.1:${port}/api/v1/status`, { headers: HONEST }, written(STRANGER.cert)).catch((error: unknown) => error);
    expect(causeHint(refused)).toMatch(/^ \(UNABLE_TO_VERIFY_LEAF_SIGNATURE: its certificate is not believed; name the file of the authority .* TROUPE_TLS_CA\)$/);
  });

  it('speaks no older version than it was told', async () => {
    const { port } = await door('api', shown(undefined, 'TLSv1.3').certificate);
    await expect(opened(port, { maxVersion: 'TLSv1.2' })).rejects.toThrow(/protocol version/i);
    expect((await opened(port)).getProtocol()).toBe('TLSv1.3');
  });

  it('shows a renewed certificate to whoever comes then, and goes on with who is there', async () => {
    const { certificate, folder, clock } = shown();
    const { port } = await door('api', certificate);
    const before = await opened(port);
    const renewed = ISSUER.issue({ until: Date.now() + 200 * 86_400_000 });
    layDown(folder, renewed);
    await clock.advance(LOOK_MS);
    const after = await opened(port);
    expect(after.getPeerX509Certificate()?.toString()).toBe(renewed.cert);
    before.write(`GET /api/v1/agents HTTP/1.1\r\nhost: 127.0.0.1:${port}\r\nauthorization: ${HONEST.authorization}\r\nconnection: close\r\n\r\n`);
    expect(await heard(before)).toContain('HTTP/1.1 200 OK');
  });
});

describe('whether clients of this machine believe a certificate is found out beforehand:', () => {
  const prove = (more: Partial<Parameters<typeof proveTrust>[0]>) =>
    proveTrust({ certificate: shown().certificate.current(), bound: '127.0.0.1', host: '127.0.0.1', caFile: written(ISSUER.cert), clock: systemClock, ...more });

  it('they do', async () => {
    expect(rootCertificates).not.toContain(ISSUER.cert);
    await prove({});
    await prove({ host: 'localhost' });
  });

  it('not without its authority', async () => {
    await expect(prove({ caFile: null })).rejects.toThrow(/^TROUPE_TLS_CA: no authority that Node\.js knows vouches for the certificate \(\w+\); name the file/);
  });

  it('not by another authority', async () => {
    await expect(prove({ caFile: written(STRANGER.cert) })).rejects.toThrow(/^TROUPE_TLS_CA: what is in .* does not vouch for the certificate/);
  });

  it('not when there is no file of the authority', async () => {
    await expect(prove({ caFile: '/nowhere/ca.pem' })).rejects.toThrow('TROUPE_TLS_CA: there is no /nowhere/ca.pem');
  });

  it('not by a name that leads nowhere', async () => {
    await expect(prove({ host: 'nobody.invalid' })).rejects.toThrow(/^TROUPE_TLS_NAME: nobody\.invalid does not lead to this node \(\w+\).*\/etc\/hosts/);
  });
});
