import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { connect, type TLSSocket } from 'node:tls';
import { describe, expect, it, onTestFinished } from 'vitest';
import { WebSocket } from 'ws';
import { openCertificate } from '../../../gateway/tls/live-certificate.ts';
import { nodeFetch } from '../../../gateway/tls/node-fetch.ts';
import { SimulatedClock, systemClock } from '../../../runtime/index.ts';
import { authority, type Issued, layDown } from '../../support/certificates.ts';
import { privateFolder } from '../../support/private-folder.ts';
import { runningNode } from '../../support/running-node.ts';
import { settle } from '../../support/settle.ts';
import { HONEST, openRealDoor, recordingLog } from '../../support/test-door.ts';

const SERVER = authority();
const CLIENTS = authority('an authority of clients');
const LOOK_MS = 10_000;
const GOOD = CLIENTS.issue({ names: ['ann'] });
const STRANGE = authority('an authority that nobody asked').issue();
const EXPIRED = CLIENTS.issue({ from: Date.now() - 200_000, until: Date.now() - 100_000 });

async function door(name: 'api' | 'rpc' | 'health', required: boolean) {
  const folder = privateFolder();
  const clientsFile = join(folder, 'clients.pem');
  writeFileSync(clientsFile, CLIENTS.cert);
  const caFile = join(folder, 'ca.pem');
  writeFileSync(caFile, SERVER.cert);
  const clock = new SimulatedClock(Date.now());
  const config = { ...layDown(folder, SERVER.issue()), name: null, minVersion: 'TLSv1.2' as const, clients: { caFile: clientsFile, required } };
  const certificate = openCertificate({ config, host: '127.0.0.1', clock, log: recordingLog() });
  onTestFinished(() => certificate.close());
  const test = await runningNode();
  const { port } = await openRealDoor({ name, purpose: name }, () => test.node, { certificate, clock: systemClock });
  const ask = async (path: string, shown?: Issued, headers: Readonly<Record<string, string>> = HONEST) => {
    const files = shown === undefined ? null : layDown(privateFolder(), shown);
    const answer = await nodeFetch(`https://127.0.0.1:${port}${path}`, { headers }, caFile, files);
    return { status: answer.status, body: (await answer.json()) as Readonly<Record<string, unknown>> };
  };
  const refusals = async () => {
    await settle();
    return (await test.node.system.journal.facts({ after: 0, limit: 10_000 }))
      .filter(({ kind }) => kind === 'access.refused')
      .map(({ body }) => JSON.parse(body) as Readonly<Record<string, unknown>>);
  };
  return { port, ask, clock, clientsFile, refusals };
}

const refusedWith = (problem: RegExp) => ({ status: 403, body: { status: 403, code: 'ClientCertificateNeeded', detail: expect.stringMatching(problem) } });

describe('a door that requires certificates of clients', () => {
  it('lets in who shows a good one, and wants a token of them all the same', async () => {
    const { ask } = await door('api', true);
    expect((await ask('/api/v1/agents', GOOD)).status).toBe(200);
    expect(await ask('/api/v1/agents', GOOD, {})).toMatchObject({ status: 401, body: { code: 'Unauthenticated' } });
  });

  it.each([
    ['none', undefined, /: none was shown$/],
    ['one of another authority', STRANGE, /: UNABLE_TO_VERIFY_LEAF_SIGNATURE$/],
    ['one that has expired', EXPIRED, /: CERT_HAS_EXPIRED$/],
  ])('refuses whoever shows %s, whatever token it has, and notes it', async (_what, shown, problem) => {
    const { ask, refusals } = await door('api', true);
    expect(await ask('/api/v1/agents', shown)).toMatchObject(refusedWith(problem));
    expect(await refusals()).toMatchObject([{ door: 'api', code: 'ClientCertificateNeeded', why: expect.stringMatching(problem), remote: '127.0.0.1' }]);
  });

  it('takes no WebSocket without one', async () => {
    const { port } = await door('rpc', true);
    const opened = async (shown: Issued | undefined): Promise<string> => {
      const socket = new WebSocket(`wss://127.0.0.1:${port}/ws`, ['jsonrpc'], { headers: HONEST, ca: SERVER.cert, ...shown });
      onTestFinished(() => socket.terminate());
      return new Promise((resolve) => {
        socket.on('error', (error) => resolve(error.message));
        socket.on('open', () => resolve('open'));
      });
    };
    expect([await opened(undefined), await opened(STRANGE), await opened(GOOD)]).toEqual(['Unexpected server response: 403', 'Unexpected server response: 403', 'open']);
  });

  it.each(['TLSv1.2', 'TLSv1.3'] as const)('refuses who resumes a session of %s in which nothing was shown', async (version) => {
    const { port } = await door('api', true);
    const opened = async (session?: Buffer): Promise<{ readonly reused: boolean; readonly text: string; readonly session: Buffer | undefined }> => {
      const socket: TLSSocket = connect({ host: '127.0.0.1', port, ca: SERVER.cert, maxVersion: version, ...(session === undefined ? {} : { session }) });
      onTestFinished(() => void socket.destroy());
      let kept: Buffer | undefined = undefined as Buffer | undefined;
      socket.on('session', (given) => {
        kept = given;
      });
      await once(socket, 'secureConnect');
      const reused = socket.isSessionReused();
      socket.write(`GET /api/v1/agents HTTP/1.1\r\nhost: 127.0.0.1:${port}\r\nauthorization: ${HONEST.authorization}\r\nconnection: close\r\n\r\n`);
      const parts: Buffer[] = [];
      for await (const part of socket) parts.push(part as Buffer);
      return { reused, text: Buffer.concat(parts).toString(), session: kept };
    };
    const first = await opened();
    expect([first.text.split('\r\n')[0], first.session === undefined]).toEqual(['HTTP/1.1 403 Forbidden', false]);
    const again = await opened(first.session);
    expect([again.reused, again.text.split('\r\n')[0]]).toEqual([true, 'HTTP/1.1 403 Forbidden']);
  });

  it('believes other authorities once their file is another, without a restart', async () => {
    const { ask, clock, clientsFile } = await door('api', true);
    const others = authority('the next authority of clients');
    writeFileSync(clientsFile, others.cert);
    await clock.advance(LOOK_MS);
    expect([(await ask('/api/v1/agents', others.issue())).status, (await ask('/api/v1/agents', GOOD)).status]).toEqual([200, 403]);
  });

  it('answers everybody who asks whether the node lives', async () => {
    const { ask } = await door('health', true);
    expect((await ask('/health/live', undefined, {})).status).toBe(200);
  });
});

describe('a door that asks for certificates of clients', () => {
  it('lets in who has none, and nobody with a wrong one', async () => {
    const { ask } = await door('api', false);
    expect([(await ask('/api/v1/agents')).status, (await ask('/api/v1/agents', GOOD)).status]).toEqual([200, 200]);
    expect(await ask('/api/v1/agents', STRANGE)).toMatchObject(refusedWith(/UNABLE_TO_VERIFY_LEAF_SIGNATURE$/));
  });
});
