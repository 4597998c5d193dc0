// Very many children that come and go: nothing of them is left, and nobody else notices.
import { describe, expect, it } from 'vitest';
import { setup } from 'xstate';
import { dynamicSupervisor, worker } from '../../supervisors/index.ts';
import { counter, runningTree } from '../support/running-tree.ts';
import { settle } from '../support/settle.ts';

const CHILDREN = 10_000;
const once = setup({ types: { events: {} as { type: 'END' } | { type: 'CRASH' } } }).createMachine({
  initial: 'on',
  states: {
    on: {
      on: {
        END: 'off',
        CRASH: {
          actions: () => {
            throw new Error('planned');
          },
        },
      },
    },
    off: { type: 'final' },
  },
});

describe('ten thousand temporary children', () => {
  it('start, end in whatever way, and leave nothing behind: no entry, no restart, no address', async () => {
    const { system, log } = await runningTree({ children: [dynamicSupervisor('pool', { intensity: 0 }), worker('aside', counter)] });
    const ids = Array.from({ length: CHILDREN }, (_, at) => `c${at}`);
    const started = await Promise.all(ids.map((id) => system.startChild('pool', worker(id, once, { restart: 'temporary' }))));
    expect(started.every(({ ok }) => ok)).toBe(true);
    expect(system.countChildren('pool')).toEqual({ specs: CHILDREN, active: CHILDREN, supervisors: 0, workers: CHILDREN });
    log.length = 0;
    ids.forEach((id, at) => {
      if (at % 3 === 0) void system.ref(`pool/${id}`).tell({ type: 'END' });
      else if (at % 3 === 1) void system.ref(`pool/${id}`).tell({ type: 'CRASH' });
      else void system.terminateChild('pool', id);
    });
    await settle();
    expect(system.countChildren('pool')).toEqual({ specs: 0, active: 0, supervisors: 0, workers: 0 });
    expect(log).toHaveLength(CHILDREN);
    expect(log.filter((line) => line.startsWith('up'))).toEqual([]);
    expect(system.inspect('pool/c0')).toBeUndefined();
    await system.ref('aside').tell({ type: 'ADD' });
    expect(await system.ref('aside').ask({ type: 'GET' }, { timeoutMs: 1_000 })).toBe(1);
    await system.stop();
  });
});
