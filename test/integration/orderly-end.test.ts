// A node that is told to stop while everybody talks to it: what it had accepted is there after the next start, what lasts ends with a word,
// and the process ends by itself.
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { Agent, request } from 'node:http';
import { connect } from 'node:net';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import WebSocket from 'ws';
import { eventually, nodePlace, up } from '../support/node-process.ts';

const CLIENTS = 8;
const ACCEPTED_BEFORE = 40;

it('loses nothing that it has accepted, refuses the rest, and ends its streams and sockets in order', async () => {
  const at = await nodePlace();
  onTestFinished(() => at.close());
  const node = await up(at);
  const authorization = `Bearer ${readFileSync(join(at.data, 'admin.token'), 'utf8').trim()}`;
  const accepted: string[] = [];
  const others = new Set<string>();
  const agent = new Agent({ keepAlive: true });
  onTestFinished(() => agent.destroy());

  const post = (key: string): Promise<number> =>
    new Promise((resolve, reject) => {
      const headers = { authorization, 'content-type': 'application/json', 'idempotency-key': key };
      const sent = request(`${at.urls.api}/api/v1/messages`, { method: 'POST', agent, headers }, (response) => {
        response.resume();
        response.on('end', () => resolve(response.statusCode ?? 0));
      });
      sent.on('error', reject);
      sent.end(JSON.stringify({ to: 'testing', type: 'note', payload: { key } }));
    });
  const client = async (name: string): Promise<void> => {
    for (let n = 0; ; n += 1) {
      const key = `${name}-${n}`;
      const outcome = await post(key).catch((error: NodeJS.ErrnoException) => error.code ?? 'gone');
      if (outcome === 202) accepted.push(key);
      else {
        others.add(String(outcome));
        return;
      }
    }
  };
  const events = await fetch(`${at.urls.api}/api/v1/events`, { headers: { authorization } });
  const told = events.text();
  const socket = new WebSocket(`${at.urls.rpc.replace('http', 'ws')}/ws`, { headers: { authorization } });
  socket.on('error', () => undefined);
  const closed = once(socket, 'close');
  await once(socket, 'open');
  // One that says nothing, and one that never ends what it says.
  const idle = connect(5003 + at.offset, '127.0.0.1').on('error', () => undefined);
  const slow = connect(5003 + at.offset, '127.0.0.1').on('error', () => undefined);
  onTestFinished(() => void [idle, slow].map((one) => one.destroy()));
  slow.write('GET /api/v1/agents HTTP/1.1\r\nHost: ');

  const clients = Array.from({ length: CLIENTS }, (_, index) => client(`c${index}`));
  await eventually('some are accepted', () => accepted.length >= ACCEPTED_BEFORE, 60_000);
  const ended = await node.stop();
  await Promise.all(clients);

  expect([ended.code, ended.signal]).toEqual([0, null]);
  // Refused with a word, or nobody there any more: never half an answer that says yes.
  expect([...others].filter((outcome) => !['503', 'ECONNREFUSED', 'ECONNRESET', 'EPIPE', 'gone'].includes(outcome))).toEqual([]);
  expect(await told).toMatch(/\nretry: 2000\n: the node is stopping\n\n$/);
  expect((await closed)[0]).toBe(1001);

  await up(at);
  const received = async (): Promise<ReadonlySet<string>> => {
    const ids = new Set<string>();
    for (let cursor: string | null = ''; cursor !== null; ) {
      const more: string = cursor === '' ? '' : `&cursor=${encodeURIComponent(cursor)}`;
      const page = await fetch(`${at.urls.api}/api/v1/audit?kind=message.received&limit=500${more}`, { headers: { authorization } });
      const { items, nextCursor } = (await page.json()) as { items: ReadonlyArray<{ body: { id: string } }>; nextCursor: string | null };
      for (const { body } of items) ids.add(body.id);
      cursor = nextCursor;
    }
    return ids;
  };
  await eventually(
    'everything that was accepted is received',
    async () => {
      const ids = await received();
      return accepted.every((key) => ids.has(key));
    },
    60_000,
  );
});
