import { expect, it } from 'vitest';
import { drainableHosts } from '../../../gateway/node/drainable-hosts.ts';
import { SimulatedClock } from '../../../runtime/index.ts';
import { ScriptedHosts } from '../../support/scripted-hosts.ts';
import { settle } from '../../support/settle.ts';

function draining() {
  const clock = new SimulatedClock();
  const scripted = new ScriptedHosts();
  const hosts = drainableHosts(scripted, clock);
  const { signal } = new AbortController();
  const call = (method: string): Promise<unknown> => hosts.call('testing', method, {}, { signal });
  return { clock, scripted, hosts, call };
}

it('waits for what executes, and resolves as soon as it has ended', async () => {
  const { clock, scripted, hosts, call } = draining();
  const executing = call('request.execute');
  const drained = hosts.drain(10_000);
  clock.advance(5_000);
  scripted.of('request.execute')[0]?.answer('done');
  expect([await executing, await drained]).toEqual(['done', 0]);
});

it('counts what is still running when the time is over', async () => {
  const { clock, hosts, call } = draining();
  void call('request.execute');
  void call('request.execute');
  const drained = hosts.drain(10_000);
  await settle(5);
  clock.advance(10_000);
  expect(await drained).toBe(2);
});

it('a turn is not waited for: only its present step must not be cut', async () => {
  const { hosts, call } = draining();
  void call('turn.start');
  expect(await hosts.drain(10_000)).toBe(0);
});

it.each(['request.execute', 'turn.start'])('begins no %s once it drains: it has not run, so it may go on after the next start', async (method) => {
  const { scripted, hosts, call } = draining();
  await hosts.drain(0);
  await expect(call(method)).rejects.toMatchObject({ code: 'NoSession', message: expect.stringContaining('while its node stops') });
  expect(scripted.calls).toEqual([]);
});

it('still lets through what ends or tells', async () => {
  const { scripted, hosts, call } = draining();
  await hosts.drain(0);
  void call('turn.cancel');
  hosts.notify('testing', 'message', {});
  expect([scripted.calls.length, scripted.notes.length, hosts.connected('testing')]).toEqual([1, 1, true]);
});

it('an execution that failed is one that has ended', async () => {
  const { scripted, hosts, call } = draining();
  const executing = call('request.execute');
  const drained = hosts.drain(10_000);
  scripted.of('request.execute')[0]?.fail('SessionLost');
  await expect(executing).rejects.toMatchObject({ code: 'SessionLost' });
  expect(await drained).toBe(0);
});
