import { describe, expect, it } from 'vitest';
import { fromCallback, setup } from 'xstate';
import { effect, sqliteJournal } from '../../runtime/index.ts';
import { worker } from '../../supervisors/index.ts';
import { startNode } from '../support/kernel-node.ts';
import { privateFolder } from '../support/private-folder.ts';
import { settle } from '../support/settle.ts';
import { recorder } from '../support/small-actors.ts';

const children = () => [worker('a', recorder, { durable: true })];

describe('a node whose journal another has taken over', () => {
  it.each([
    ['in memory', () => undefined],
    ['in SQLite', privateFolder],
  ])('writes nothing more, says StaleEpoch and goes down, %s (K33)', async (_where, folder) => {
    const dir = folder();
    const journal = dir === undefined ? {} : { journal: sqliteJournal({ dir, synchronous: 'OFF' }) };
    const old = await startNode(children(), journal);
    await old.tell('a', { type: 'ONE' });
    const next = await startNode(children(), { store: old.store, ...(dir === undefined ? {} : { journal: sqliteJournal({ dir, synchronous: 'OFF' }) }) });
    await next.tell('a', { type: 'TWO' });
    await expect(old.tell('a', { type: 'OF A ZOMBIE' })).rejects.toMatchObject({ code: 'StaleEpoch' });
    await settle();
    expect(old.ended).toMatch(/^crash: /);
    await expect(old.tell('a', { type: 'LATER' })).rejects.toMatchObject({ code: 'NodeStopped' });
    await next.tell('a', { type: 'THREE' });
    expect(next.context('a')).toEqual({ seen: ['ONE', 'TWO', 'THREE'] });
    expect(next.ended).toBeUndefined();
  });

  it('ends its effects and subscriptions, and its stop does not wait for anything (K33)', async () => {
    let aborted = 0;
    let closed = 0;
    const holder = setup({
      actors: {
        hold: effect({ idempotent: true, run: ({ signal }) => new Promise(() => signal.addEventListener('abort', () => void aborted++)) }),
        feed: fromCallback(() => () => void closed++),
      },
    }).createMachine({ invoke: [{ src: 'hold' }, { src: 'feed' }] });
    const spec = () => [worker('h', holder, { durable: true }), ...children()];
    const old = await startNode(spec());
    await startNode(spec(), { store: old.store });
    await expect(old.tell('a', { type: 'X' })).rejects.toMatchObject({ code: 'StaleEpoch' });
    await settle();
    await old.system.stop();
    expect([aborted, closed, old.clock.pending]).toEqual([1, 1, 0]);
  });

  it('hands out epochs that only grow, one for each node that opens it (K33)', async () => {
    const epochs: number[] = [];
    const first = await startNode(children());
    for (let node = first, n = 0; n < 3; n += 1) {
      await node.tell('a', { type: 'X' });
      epochs.push(node.journal.written.at(-1)?.nodeEpoch ?? 0);
      node = await startNode(children(), { store: first.store });
    }
    expect(epochs).toEqual([1, 2, 3]);
  });
});
