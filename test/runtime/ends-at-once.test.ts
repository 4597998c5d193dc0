// An end comes when it comes: also while the start of its actor, its last step, or what the journal knows of it is under way.
import { describe, expect, it } from 'vitest';
import { setup } from 'xstate';
import { type Journal, memoryJournal, memoryStore, tell } from '../../runtime/index.ts';
import { supervisor, worker } from '../../supervisors/index.ts';
import { type KernelNode, startNode } from '../support/kernel-node.ts';
import { settle } from '../support/settle.ts';
import { recorder } from '../support/small-actors.ts';

const durable = (id: string) => worker(id, recorder, { durable: true });
const starts = (node: KernelNode, address: string) => node.telemetry.filter((event) => event.kind === 'actor.started' && event.address === address).length;

/** A journal whose answers about one actor wait once they are held: each for itself. */
function slowToLoad(slow: string) {
  const inner = memoryJournal({ store: memoryStore() });
  let held = false;
  const waiting: Array<() => void> = [];
  const load: Journal['load'] = async (address) => {
    const image = await inner.load(address);
    if (held && address === slow) await new Promise<void>((resolve) => void waiting.push(resolve));
    return image;
  };
  const journal = new Proxy(inner, {
    get: (target, name) => {
      const asked = name === 'load' ? load : target[name as keyof Journal];
      return typeof asked === 'function' ? (asked as () => unknown).bind(target) : asked;
    },
  });
  const hold = (): void => {
    held = true;
  };
  const answerFirst = (): void => waiting.shift()?.();
  const answer = (): void => {
    held = false;
    for (const resolve of waiting.splice(0)) resolve();
  };
  return { journal, hold, answerFirst, answer };
}

/** Its journal has refused a write, so that ends wait for no other one (K22). */
async function distrusted(node: KernelNode): Promise<void> {
  node.journal.failNext('refused');
  await expect(node.tell('other', { type: 'NOTE' })).rejects.toMatchObject({ code: 'JournalUnavailable' });
  await settle();
}

describe('an actor that ends while the journal is not trusted (K22)', () => {
  it('and while its start is being written has failed to start, and its supervisor goes on', async () => {
    const node = await startNode([durable('other')]);
    await distrusted(node);
    const release = node.journal.holdCommits();
    const started = node.system.startChild('', durable('late'));
    await settle();
    await node.system.kill('late');
    release();
    expect(await Promise.race([started, settle()])).toMatchObject({ ok: false, reason: 'start_failed', detail: 'killed' });
    expect(await node.system.startChild('', durable('late'))).toMatchObject({ ok: true });
  });

  it('and while its step is being written goes on from that step: it is read behind the commit (K10)', async () => {
    const node = await startNode([durable('other'), durable('a')]);
    await distrusted(node);
    const release = node.journal.holdCommits();
    const told = node.tell('a', { type: 'NOTE' });
    await settle();
    await node.system.kill('a');
    await settle();
    release();
    await told;
    expect(await node.ask('a', { type: 'GET' })).toEqual(['NOTE']);
    expect(node.system.inspect('a')?.epoch).toBe(2);
  });

  it('and while it is read back behind a lost batch leaves its mail to the next one', async () => {
    const sender = setup({ types: { events: {} as { type: string } } }).createMachine({ on: { GO: { actions: tell('a', { type: 'FROM_INSIDE' }) } } });
    const { journal, hold, answer } = slowToLoad('a');
    const node = await startNode([durable('a'), worker('sender', sender)], { journal });
    hold();
    node.journal.failNext('vanished');
    await expect(node.tell('a', { type: 'NOTE' })).rejects.toMatchObject({ code: 'JournalUnavailable' });
    await node.tell('sender', { type: 'GO' });
    await settle();
    await node.system.kill('a');
    answer();
    await settle();
    expect(await node.ask('a', { type: 'GET' })).toEqual(['FROM_INSIDE']);
  });
});

describe('a supervisor that ends while the start of a child is under way (K24)', () => {
  it('has started nobody when the journal answers: its successor has', async () => {
    const { journal, hold, answerFirst, answer } = slowToLoad('tree/a');
    const node = await startNode([supervisor('tree', { children: [durable('a')] })], { journal });
    await node.tell('tree/a', { type: 'NOTE' });
    hold();
    await node.system.kill('tree/a');
    await node.system.kill('tree');
    await settle();
    node.telemetry.splice(0);
    answerFirst();
    await settle();
    expect([starts(node, 'tree/a'), node.exits()]).toEqual([0, []]);
    answer();
    expect([await node.ask('tree/a', { type: 'GET' }), node.exits()]).toEqual([['NOTE'], []]);
  });

  it('starts nobody while those that run are being ended: none is left behind without it', async () => {
    const { journal, hold, answer } = slowToLoad('tree/a');
    const node = await startNode([supervisor('tree', { children: [durable('a'), durable('b')] })], { journal });
    hold();
    await node.system.kill('tree/a');
    await settle();
    const release = node.journal.holdCommits();
    void node.tell('tree/b', { type: 'NOTE' });
    await settle();
    answer();
    await settle();
    const killed = node.system.kill('tree');
    node.telemetry.splice(0);
    release();
    await killed;
    await settle();
    expect([starts(node, 'tree/a'), starts(node, 'tree/b')]).toEqual([1, 1]);
  });
});

describe('an actor whose rows are on their way out', () => {
  it('begins anew below the successor of its supervisor: it is read behind the commit that takes them (K26, K10)', async () => {
    const node = await startNode([supervisor('tree', { children: [durable('a')] })]);
    await node.tell('tree/a', { type: 'NOTE' });
    await node.system.terminateChild('tree', 'a');
    const release = node.journal.holdCommits();
    const deleted = node.system.deleteChild('tree', 'a');
    await settle();
    await node.system.kill('tree');
    await settle();
    release();
    await deleted;
    await settle();
    expect(await node.ask('tree/a', { type: 'GET' })).toEqual([]);
  });
});

describe('an actor that is to end', () => {
  it('does not leave memory before: whoever ends it does not wait for ever (K27)', async () => {
    const IDLE_MS = 60_000;
    const tree = supervisor('tree', { children: [worker('a', recorder, { durable: true, passivate: true })] });
    const node = await startNode([tree], { residency: { passivateAfterMs: IDLE_MS } });
    node.clock.advance(IDLE_MS);
    let gone = false;
    void node.system.kill('tree').then(() => {
      gone = true;
    });
    await settle();
    expect(gone).toBe(true);
    await node.tell('tree/a', { type: 'NOTE' });
    expect(await node.ask('tree/a', { type: 'GET' })).toEqual(['NOTE']);
  });

  it('and whose start falls with its batch has ended: whoever ends it does not wait for ever (K10)', async () => {
    const node = await startNode([]);
    node.journal.failNext('refused');
    const release = node.journal.holdCommits();
    const started = node.system.startChild('', supervisor('tree', { children: [durable('a')] }));
    await settle();
    let gone = false;
    void node.system.kill('tree').then(() => {
      gone = true;
    });
    release();
    await settle();
    expect([gone, await started, node.system.inspect('tree/a')]).toMatchObject([true, { ok: false, reason: 'start_failed' }, undefined]);
  });
});
