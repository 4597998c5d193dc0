// Mail as rows: what came while the journal was read for an actor, what a batch sends to whom it ends, and what a row says of its message.
import { describe, expect, it } from 'vitest';
import { setup } from 'xstate';
import { startChild, stopChildAt, tell } from '../../runtime/index.ts';
import { dynamicSupervisor, worker } from '../../supervisors/index.ts';
import { type KernelNode, startNode } from '../support/kernel-node.ts';
import { settle } from '../support/settle.ts';
import { recorder } from '../support/small-actors.ts';

/** Whoever reads the actor waits until the answer is called. */
function holdReads(journal: KernelNode['journal'], held: string): () => void {
  let release = (): void => undefined;
  const released = new Promise<void>((resolve) => {
    release = resolve;
  });
  const { load } = journal;
  journal.load = async (address, slice) => {
    const image = await load.call(journal, address, slice);
    if (address === held) await released;
    return image;
  };
  return () => release();
}

describe('an actor whose start was lost with its batch', () => {
  it('has the mail that became a row meanwhile: it is read again (K10)', async () => {
    const children = () => [worker('a', recorder, { durable: true, passivate: true }), worker('b', recorder, { durable: true })];
    const node = await startNode(children(), { residency: { passivateAfterMs: 10 } });
    await node.pass(20);
    expect(node.system.inspect('a')?.state).toBe('passivated');
    const release = holdReads(node.journal, 'a');
    await node.tell('a', { type: 'NOTE' });
    expect([...node.store.mail.all()]).toHaveLength(1);
    // Its start writes nothing by itself: another message makes the batch one that can be lost.
    node.journal.failNext('vanished');
    release();
    const lost = node.tell('b', { type: 'OTHER' });
    await expect(lost).rejects.toMatchObject({ code: 'JournalUnavailable' });
    await settle();
    expect([node.context('a').seen, [...node.store.mail.all()]]).toEqual([['NOTE'], []]);
  });

  it('and with the next one too runs once (K10)', async () => {
    const node = await startNode([worker('a', recorder, { durable: true })]);
    node.telemetry.splice(0);
    let release = (): void => undefined;
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    const { load } = node.journal;
    node.journal.load = async (address, slice) => {
      const image = await load.call(node.journal, address, slice);
      await held;
      return image;
    };
    await node.system.kill('a', 'crash');
    await settle();
    node.journal.failNext('vanished', 'vanished');
    // What gives the batches of the start something to write.
    node.system.record('start.followed', {});
    release();
    for (let tries = 0; tries < 5; tries += 1) await node.pass(100);
    await node.tell('a', { type: 'NOTE' });
    const starts = node.telemetry.filter((event) => event.kind === 'actor.started' && event.address === 'a');
    expect([starts.length, node.context('a').seen]).toEqual([1, ['NOTE']]);
  });
});

describe('mail for a child that is started and stopped within one batch', () => {
  it('is dead in the same commit: a crash right behind leaves nothing for nobody (K25)', async () => {
    const brief = setup({ types: { events: {} as { type: string } } }).createMachine({
      on: { HIRE: { actions: [startChild('many', { template: 'one', id: 'x', input: null }), tell('many/x', { type: 'WORK' })] }, FIRE: { actions: stopChildAt('many/x') } },
    });
    const one = (_input: unknown, id: string) => worker(id, recorder, { durable: true, restart: 'transient' });
    const node = await startNode([dynamicSupervisor('many', { durable: true, templates: { one } }), worker('maker', brief, { durable: true })]);
    const before = node.journal.written.length;
    await Promise.all([node.tell('maker', { type: 'HIRE' }), node.tell('maker', { type: 'FIRE' })]);
    expect(node.journal.written[before]).toMatchObject({ mail: { put: [] }, children: { put: [] }, deadLetters: [{ reason: 'noproc', envelope: { to: 'many/x' } }] });
  });
});

describe('a child that a step stops while it is being started', () => {
  const boss = setup({ types: { events: {} as { type: string } } }).createMachine({
    on: { HIRE: { actions: [startChild('many', { template: 'one', id: 'x', input: null }), tell('many/x', { type: 'WORK' })] }, FIRE: { actions: stopChildAt('many/x') } },
  });
  const one = (_input: unknown, id: string) => worker(id, recorder, { durable: true, restart: 'transient' });
  const children = () => [dynamicSupervisor('many', { durable: true, templates: { one } }), worker('boss', boss, { durable: true })];

  /** Stopped, and what it left is not yet given up. */
  async function stoppedWhileRead() {
    const node = await startNode(children());
    const release = holdReads(node.journal, 'many/x');
    await node.tell('boss', { type: 'HIRE' });
    await settle();
    await node.tell('boss', { type: 'FIRE' });
    return { node, release };
  }

  it('is not started behind that: nothing of it is written (K25)', async () => {
    const { node, release } = await stoppedWhileRead();
    release();
    await settle();
    expect(node.journal.written.flatMap(({ actors }) => actors.put.map(({ address }) => address))).not.toContain('many/x');
    expect([node.deadLetters(), [...node.store.mail.all()], node.system.whichChildren('many')]).toEqual([['noproc WORK'], [], []]);
  });

  it('leaves no mail for nobody when the node dies then: the next one finds and says it (K25)', async () => {
    const { node, release } = await stoppedWhileRead();
    const again = await startNode(children(), { store: node.store, clock: node.clock });
    await settle();
    expect([again.deadLetters(), [...again.store.mail.all()]]).toEqual([['noproc WORK'], []]);
    release();
  });
});

describe('a message that was a row when its node died', () => {
  const children = () => [worker('a', recorder, { durable: true, passivate: true })];

  /** Its only actor is not in memory, and cannot be read before the returned call. */
  async function sleeping() {
    const node = await startNode(children(), { residency: { passivateAfterMs: 10 } });
    await node.pass(20);
    const { load } = node.journal;
    let release = (): void => undefined;
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    node.journal.load = (address, slice) => held.then(() => load.call(node.journal, address, slice));
    return { node, release };
  }

  it('is still about the message that it was to cancel (K22)', async () => {
    const { node, release } = await sleeping();
    await node.tell('a', { type: 'CANCEL' }, { priority: 'control', about: 'job' });
    expect([...node.store.mail.all()]).toMatchObject([{ envelope: { priority: 'control', about: 'job' } }]);
    const again = await startNode(children(), { store: node.store, clock: node.clock });
    await again.tell('a', { type: 'WORK' }, { id: 'job' });
    await settle();
    expect([again.context('a').seen, again.deadLetters()]).toEqual([['CANCEL'], ['cancelled WORK']]);
    release();
  });

  it('is still one whose reply is kept under its id (K23)', async () => {
    const { node, release } = await sleeping();
    void node.ask('a', { type: 'GET' }, { id: 'question', timeoutMs: 60_000 }).catch(() => undefined);
    await settle();
    expect([...node.store.mail.all()]).toMatchObject([{ envelope: { id: 'question' } }]);
    const again = await startNode(children(), { store: node.store, clock: node.clock });
    await settle();
    expect(await again.ask('a', { type: 'GET' }, { id: 'question' })).toEqual([]);
    release();
  });
});
