// The webhook against a receiver on this machine that checks what it gets as a receiver would, from the published rules and not from our code.
import { createHmac } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage } from 'node:http';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { Notice } from '../../../actors/webhook/notice.ts';
import { openWebhook } from '../../../gateway/webhook/webhook.ts';
import { codedError, SimulatedClock, type System } from '../../../runtime/index.ts';
import { privateFolder } from '../../support/private-folder.ts';

const SECRET = 'a secret of at least 24 bytes';
const NOTICE: Notice = { id: 'p.t.0.1.waiting', approval: 'p.t.0.1', expiresAt: 9e15, body: { type: 'approval.waiting', text: 'späť' } };

interface Got {
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

async function receiver(status: (n: number) => number = () => 200) {
  const got: Got[] = [];
  const server = createServer((request, response) => {
    const parts: Buffer[] = [];
    request.on('data', (part: Buffer) => void parts.push(part));
    request.on('end', () => {
      got.push({ headers: request.headers, body: Buffer.concat(parts).toString('utf8') });
      response.writeHead(status(got.length), { location: '/elsewhere' }).end('thanks');
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return { got, url: `http://127.0.0.1:${(server.address() as { port: number }).port}/hooks/token-in-the-path` };
}

function webhookAt(url: string, { secret = SECRET, decided = null as unknown, clock = new SimulatedClock() } = {}) {
  const secretFile = join(privateFolder(), 'secret');
  writeFileSync(secretFile, `${secret}\n`);
  const ask = async () => (decided === 'gone' ? Promise.reject(codedError('NoSuchActor', { address: 'x' })) : { decided });
  const system = { settled: () => undefined, ref: () => ({ ask }) } as unknown as System;
  const webhook = openWebhook({ url, secretFile }, clock, () => system);
  if (webhook === null) throw new Error('no webhook');
  onTestFinished(() => webhook.stop());
  return webhook;
}

const signal = (): AbortSignal => new AbortController().signal;

describe('the webhook', () => {
  it('is told with an id, a time and a signature over both and the body, which only who has the secret can make', async () => {
    const { got, url } = await receiver();
    const clock = new SimulatedClock(1_795_000_000_500);
    expect(await webhookAt(url, { clock }).deliver(NOTICE, signal())).toBe('delivered');
    const [{ headers, body } = { headers: {}, body: '' }] = got;
    expect(JSON.parse(body)).toEqual(NOTICE.body);
    expect([headers['webhook-id'], headers['webhook-timestamp']]).toEqual([NOTICE.id, '1795000000']);
    const expected = createHmac('sha256', SECRET).update(`${NOTICE.id}.1795000000.${body}`, 'utf8').digest('base64');
    expect(headers['webhook-signature']).toBe(`v1,${expected}`);
  });

  it('takes a secret as receivers write it, in base64 behind whsec_', async () => {
    const { got, url } = await receiver();
    const key = Buffer.alloc(32, 7);
    await webhookAt(url, { secret: `whsec_${key.toString('base64')}` }).deliver(NOTICE, signal());
    const [{ headers, body } = { headers: {} as IncomingMessage['headers'], body: '' }] = got;
    const expected = createHmac('sha256', key)
      .update(`${NOTICE.id}.${String(headers['webhook-timestamp'])}.${body}`)
      .digest('base64');
    expect(headers['webhook-signature']).toBe(`v1,${expected}`);
  });

  it.each([500, 404, 302])('has not taken it when it answers %i, and errors name neither its path nor the secret', async (status) => {
    const { got, url } = await receiver(() => status);
    const error = (await webhookAt(url)
      .deliver(NOTICE, signal())
      .catch((failed: unknown) => failed)) as Error & { code: string };
    expect([error.code, error.message]).toEqual(['WebhookFailed', expect.stringContaining(`HTTP ${status}`)]);
    expect(JSON.stringify([error.message, error])).not.toMatch(/token-in-the-path|a secret of/);
    expect(got).toHaveLength(1);
  });

  it('is left alone after it has failed again and again', async () => {
    const { got, url } = await receiver(() => 503);
    const webhook = webhookAt(url);
    const codes: string[] = [];
    for (let n = 0; n < 8; n += 1) codes.push(await webhook.deliver(NOTICE, signal()).then(String, (error: { code: string }) => error.code));
    expect(codes).toEqual([...Array.from({ length: 5 }, () => 'WebhookFailed'), ...Array.from({ length: 3 }, () => 'BreakerOpen')]);
    expect([got.length, webhook.report().state]).toEqual([5, 'open']);
  });

  it('is not told of what was decided meanwhile, or has ended', async () => {
    const { got, url } = await receiver();
    expect(await webhookAt(url, { decided: { decision: 'denied' } }).deliver(NOTICE, signal())).toBe('over');
    expect(await webhookAt(url, { decided: 'gone' }).deliver(NOTICE, signal())).toBe('over');
    expect(got).toEqual([]);
  });

  it('without its secret, or with one that is too short, no node starts', () => {
    const folder = privateFolder();
    const open = (secretFile: string) => () => openWebhook({ url: 'https://x.example', secretFile }, new SimulatedClock(), () => ({}) as System);
    expect(open(join(folder, 'none'))).toThrow(/none: does not exist|none.*does not exist/);
    writeFileSync(join(folder, 'short'), 'hunter2\n');
    expect(open(join(folder, 'short'))).toThrow(/too short/);
  });
});
