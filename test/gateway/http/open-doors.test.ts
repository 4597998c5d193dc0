import { createServer } from 'node:net';
import { expect, it, onTestFinished } from 'vitest';
import { isFree } from '../../../gateway/free-offset.ts';
import { openDoors } from '../../../gateway/http/open-doors.ts';
import type { Door } from '../../../gateway/ports.ts';
import { SimulatedClock } from '../../../runtime/index.ts';
import { freePort } from '../../support/free-port.ts';
import { recordingLog, TRUST } from '../../support/test-door.ts';
import { testIdentity } from '../../support/test-identity.ts';

const open = (doors: readonly Door[], host = '127.0.0.1') =>
  openDoors({
    doors,
    trust: { ...TRUST, host },
    clock: new SimulatedClock(),
    log: recordingLog(),
    nodeNow: () => undefined,
    identity: testIdentity(new SimulatedClock()),
    acceptHost: () => undefined,
  });

async function threeDoors(): Promise<readonly Door[]> {
  const [health, api, rpc] = [await freePort(), await freePort(), await freePort()];
  return [
    { name: 'health', port: health, purpose: 'health' },
    { name: 'api', port: api, purpose: 'main routes' },
    { name: 'rpc', port: rpc, purpose: 'JSON-RPC and agent hosts' },
  ];
}

const freeOf = (doors: readonly Door[]) => Promise.all(doors.map(({ port }) => isFree(port, '127.0.0.1')));

it('opens every door, and closes every one of them', async () => {
  const doors = await threeDoors();
  const front = await open(doors);
  expect(await freeOf(doors)).toEqual([false, false, false]);
  await front.close();
  expect(await freeOf(doors)).toEqual([true, true, true]);
});

it('a port that a stranger has is named with its purpose, and the doors before it are closed again', async () => {
  const doors = await threeDoors();
  const [, , taken] = doors;
  const stranger = createServer().listen(taken?.port, '127.0.0.1');
  await new Promise((resolve) => stranger.once('listening', resolve));
  onTestFinished(() => void stranger.close());
  await expect(open(doors)).rejects.toMatchObject({
    code: 'PortInUse',
    message: expect.stringContaining(`port ${taken?.port} (JSON-RPC and agent hosts) is in use on 127.0.0.1: end what uses it, or shift`),
  });
  expect(await freeOf(doors)).toEqual([true, true, false]);
});

it('two doors of one port are refused before any is opened, with both named', async () => {
  const [health, api] = await threeDoors();
  if (health === undefined || api === undefined) throw new Error('no doors');
  const agent: Door = { name: 'agent:testing', port: health.port, purpose: 'health of testing' };
  await expect(open([health, api, agent])).rejects.toMatchObject({ code: 'PortRefused', message: expect.stringMatching(/\(health of testing\).*it is the port of 'health' too/) });
  expect(await freeOf([health, api])).toEqual([true, true]);
});

it('a port that no browser and no fetch would connect to is refused before any is opened', async () => {
  const [health] = await threeDoors();
  const api: Door = { name: 'api', port: 10080, purpose: 'main routes' };
  await expect(open([health as Door, api])).rejects.toMatchObject({ code: 'PortRefused', message: expect.stringMatching(/port 10080 \(main routes\).*another --port-offset/) });
  await expect(fetch('http://127.0.0.1:10080')).rejects.toMatchObject({ cause: { message: 'bad port' } });
  expect(await freeOf([health as Door])).toEqual([true]);
});

it('an address that this machine does not have is refused by name', async () => {
  await expect(open((await threeDoors()).slice(0, 1), '192.0.2.1')).rejects.toMatchObject({ code: 'PortRefused', message: expect.stringContaining('on 192.0.2.1') });
});
