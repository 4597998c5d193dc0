// The session's statechart in a real cell, over a launcher whose every answer the test gives.
import { describe, expect, it } from 'vitest';
import { assign, setup } from 'xstate';
import type { HostInfo } from '../../../actors/session/host-connection.ts';
import { sessionMachine } from '../../../actors/session/session.machine.ts';
import type { Launched, SessionLauncher } from '../../../actors/session/session-launcher.ts';
import { createSystem, SimulatedClock } from '../../../runtime/index.ts';
import { supervisor, worker } from '../../../supervisors/index.ts';
import { arrive } from './linked-sockets.ts';

const launched: Launched = { kind: 'pty', pid: 7, attach: null };
const info: HostInfo = { agent: 'testing', epoch: 4, nonce: 'n', pid: 7, startedAt: 0, remote: 'test' };

/** Answers are promises that the test settles; `log` is what was asked for. */
function launcherInMemory() {
  const log: string[] = [];
  const open: Record<string, { resolve(value: unknown): void; reject(error: Error): void }> = {};
  const asked = <T>(name: string): Promise<T> => {
    log.push(name);
    return new Promise<T>((resolve, reject) => {
      open[name] = { resolve: resolve as (value: unknown) => void, reject };
    });
  };
  const launcher: SessionLauncher = {
    launch: () => asked('launch'),
    ready: () => asked('ready'),
    life: () => asked('life'),
    stop: () => asked('stop'),
    abandon: () => void log.push('abandon'),
    terminal: () => undefined,
    close: async () => {},
  };
  const answer = async (name: string, value: unknown): Promise<void> => {
    if (value instanceof Error) open[name]?.reject(value);
    else open[name]?.resolve(value);
    await arrive(4);
  };
  return { launcher, log, answer };
}

const hear = { actions: 'hear' } as const;
const listener = setup({
  types: { context: {} as { heard: unknown[] } },
  actions: { hear: assign({ heard: ({ context, event }) => [...(context as { heard: unknown[] }).heard, event] }) },
}).createMachine({ context: { heard: [] }, on: { SESSION_READY: hear, SESSION_LOST: hear } });

async function session() {
  const { launcher, log, answer } = launcherInMemory();
  const gone: string[] = [];
  const system = await createSystem({
    name: 'test',
    clock: new SimulatedClock(),
    root: supervisor({
      intensity: 10,
      children: [
        supervisor('agents', { children: [worker('testing', listener)] }),
        supervisor('sessions', {
          intensity: 10,
          children: [
            worker(
              'testing',
              sessionMachine(launcher, (agent) => void gone.push(agent)),
              { input: { agent: 'testing' }, restart: 'transient' },
            ),
          ],
        }),
      ],
    }),
  });
  await system.start();
  await arrive(4);
  const heard = (): unknown[] => (system.inspect('agents/testing')?.context as { heard: unknown[] } | undefined)?.heard ?? [];
  const state = (): unknown => system.inspect('sessions/testing')?.value;
  return { system, log, gone, answer, heard, state };
}

describe('a session', () => {
  it('tells its agent when it is ready, with what a person needs to look at it', async () => {
    const { system, answer, heard, state, log } = await session();
    expect(state()).toBe('starting');
    await answer('launch', launched);
    expect(state()).toBe('awaiting_ready');
    await answer('ready', info);
    expect(state()).toBe('ready');
    expect(heard()).toEqual([{ type: 'SESSION_READY', epoch: 4, pid: 7, attach: null, terminal: 'pty' }]);
    const stopped = system.stop();
    await arrive(4);
    await answer('stop', undefined);
    await stopped;
    expect(log).toEqual(['launch', 'ready', 'life', 'stop', 'abandon']);
  });

  it.each([
    ['its terminal does not start', ['launch']],
    ['its host does not answer', ['launch', 'ready']],
    ['its terminal ends', ['launch', 'ready', 'life']],
  ])('crashes when %s: its agent is told why, what is left of it is ended, its supervisor starts another', async (_name, path) => {
    const { answer, heard, state, log } = await session();
    const answers = { launch: launched, ready: info };
    for (const step of path.slice(0, -1)) await answer(step, answers[step as keyof typeof answers]);
    await answer(path.at(-1) as string, new Error('no more'));
    expect(heard().at(-1)).toMatchObject({ type: 'SESSION_LOST', why: 'no more' });
    expect(log).toEqual([...path, 'abandon', 'launch']);
    expect(state()).toBe('starting');
  });

  it('that is killed ends its terminal at once, and its end is heard of though it says nothing', async () => {
    const { system, answer, log, gone, heard } = await session();
    await answer('launch', launched);
    await answer('ready', info);
    await system.kill('sessions/testing');
    await arrive(4);
    expect(log).toEqual(['launch', 'ready', 'life', 'abandon', 'launch']);
    expect([gone, heard().length]).toEqual([['testing'], 1]);
  });

  it.each([
    ['starting', []],
    ['awaiting_ready', ['launch']],
  ] as const)('can be stopped in order while it is %s', async (_state, path) => {
    const { system, answer, heard, log } = await session();
    if (path.length > 0) await answer('launch', launched);
    const stopped = system.terminateChild('sessions', 'testing');
    await arrive(4);
    await answer('stop', undefined);
    await stopped;
    expect(log.slice(-2)).toEqual(['stop', 'abandon']);
    expect(heard()).toEqual([{ type: 'SESSION_LOST', why: 'stopped', inOrder: true }]);
  });
});
