// Both ends of a real socket, and a clock of the test.
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { expect, it, onTestFinished } from 'vitest';
import WebSocket, { WebSocketServer } from 'ws';
import { BEAT_MS, keepBeating } from '../../../gateway/http/heartbeat.ts';
import { SimulatedClock } from '../../../runtime/index.ts';

async function pair({ autoPong }: { readonly autoPong: boolean }) {
  const clock = new SimulatedClock();
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1' });
  onTestFinished(() => void server.close());
  await once(server, 'listening');
  const client = new WebSocket(`ws://127.0.0.1:${(server.address() as AddressInfo).port}`, { autoPong });
  onTestFinished(() => client.terminate());
  const [[ours]] = (await Promise.all([once(server, 'connection'), once(client, 'open')])) as [[WebSocket], unknown];
  let lost = 0;
  keepBeating(ours, clock, () => {
    lost += 1;
  });
  return { clock, ours, client, lost: () => lost };
}

it('who answers stays, however long nothing else is said', async () => {
  const { clock, ours, lost } = await pair({ autoPong: true });
  for (let beat = 0; beat < 5; beat += 1) {
    const answered = once(ours, 'pong');
    clock.advance(BEAT_MS);
    await answered;
  }
  expect([ours.readyState, lost()]).toEqual([WebSocket.OPEN, 0]);
});

it('who says something is there, also without an answer to a ping', async () => {
  const { clock, ours, client, lost } = await pair({ autoPong: false });
  for (let beat = 0; beat < 5; beat += 1) {
    clock.advance(BEAT_MS);
    client.send('still here');
    await once(ours, 'message');
  }
  expect([ours.readyState, lost()]).toEqual([WebSocket.OPEN, 0]);
});

it('who is silent for a beat and its ping is let go, and said to be lost once', async () => {
  const { clock, ours, client, lost } = await pair({ autoPong: false });
  const closed = once(client, 'close');
  clock.advance(BEAT_MS);
  expect(ours.readyState).toBe(WebSocket.OPEN);
  clock.advance(BEAT_MS);
  await closed;
  clock.advance(BEAT_MS * 3);
  expect(lost()).toBe(1);
});
