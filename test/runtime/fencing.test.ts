import { describe, expect, it } from 'vitest';
import { fromCallback, setup } from 'xstate';
import { effect, type Journal, memoryJournal, memoryStore, sqliteJournal } from '../../runtime/index.ts';
import { worker } from '../../supervisors/index.ts';
import { startNode } from '../support/kernel-node.ts';
import { privateFolder } from '../support/private-folder.ts';
import { settle } from '../support/settle.ts';
import { recorder } from '../support/small-actors.ts';

const withLoad = (inner: Journal, load: Journal['load']): Journal =>
  new Proxy(inner, {
    get: (target, name) => {
      const asked = name === 'load' ? load : target[name as keyof Journal];
      return typeof asked === 'function' ? (asked as () => unknown).bind(target) : asked;
    },
  });
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

  it('says of no actor that it has crashed, when its rows are gone because it has ended there (K33, K10)', async () => {
    const brief = setup({}).createMachine({ initial: 'here', states: { here: { on: { END: 'gone' } }, gone: { type: 'final' } } });
    const spec = () => [worker('brief', brief, { durable: true, restart: 'transient', ignore: ['NOTE'] }), ...children()];
    const store = memoryStore();
    const inner = memoryJournal({ store });
    let before = async (): Promise<void> => undefined;
    const load: Journal['load'] = async (address) => {
      await before();
      return inner.load(address);
    };
    const old = await startNode(spec(), { store, journal: withLoad(inner, load) });
    before = async () => {
      before = async () => undefined;
      const next = await startNode(spec(), { store });
      await next.tell('brief', { type: 'END' });
      await settle();
    };
    old.journal.failNext('vanished');
    await expect(old.tell('brief', { type: 'NOTE' }, { id: 'one' })).rejects.toMatchObject({ code: 'JournalUnavailable' });
    for (let second = 0; second < 5; second += 1) await old.pass(1_000);
    expect([old.exits().filter((exit) => exit.startsWith('brief crash')), old.ended]).toEqual([[], expect.stringMatching(/^crash: /)]);
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
